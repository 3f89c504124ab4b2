import json

import numpy as np
import pandas as pd

from srgan_report.training.progress import Progress


def after_one_epoch_and_a_step():
    progress = Progress()
    progress.add_step({"loss": 1.0, "psnr": 20.0}, images=3, seconds=0.5)
    progress.add_step({"loss": 2.0, "psnr": 30.0}, images=1, seconds=0.25)
    progress.end_epoch(0.01, {"validation_psnr": 19.0})
    progress.add_step({"loss": 4.0, "psnr": 40.0}, images=3, seconds=1.0)
    return progress


class TestProgress:
    def test_row_has_means_over_images(self):
        progress = after_one_epoch_and_a_step()
        assert progress.rows == [
            {
                "epoch": 1,
                "step": 2,
                "images": 4,
                "learning_rate": 0.01,
                "loss": 1.25,
                "psnr": 22.5,
                "validation_psnr": 19.0,
                "seconds": 0.75,
            }
        ]

    def test_counts_within_the_epoch_and_in_all(self):
        progress = after_one_epoch_and_a_step()
        assert (progress.epoch, progress.step, progress.steps, progress.images) == (1, 1, 3, 3)

    def test_images_add_up_over_epochs(self):
        progress = after_one_epoch_and_a_step()
        progress.end_epoch(0.01, {})
        assert progress.history["images"].tolist() == [4, 7]

    def test_json_and_back_loses_nothing(self):
        progress = after_one_epoch_and_a_step()
        progress.add_step({"loss": 0.1, "psnr": float("inf")}, images=1, seconds=1 / 3)
        progress.warnings["won"] = "The discriminator has won."
        assert Progress(**json.loads(json.dumps(vars(progress)))) == progress

    def test_history_of_no_epoch_can_be_saved_and_read(self, tmp_path):
        Progress().history.to_csv(tmp_path / "history.csv", index=False)
        history = pd.read_csv(tmp_path / "history.csv")
        assert history.empty
        assert {"epoch", "step", "images", "seconds"} <= set(history)

    def test_sums_are_exact(self):
        progress = Progress()
        values = np.random.default_rng(1).random(20)
        for value in values:
            progress.add_step({"loss": float(value)}, images=1, seconds=0)
        total = 0.0
        for value in values:
            total += float(value)
        assert progress.sums["loss"] == total
