import json
import shutil

import pandas as pd
import pytest
import scaling
import tensorflow as tf

from srgan_report.crops import validation_crops
from srgan_report.losses import pixel_mse
from srgan_report.networks import build_discriminator, build_generator
from srgan_report.photographs import read_sample
from srgan_report.trainer import Trainer


@pytest.fixture(scope="module")
def networks():
    return build_generator(residual_blocks=1), build_discriminator(crop_size=32)


def test_a_checkpoint_is_as_large_as_reckoned(networks, tmp_path):
    generator, discriminator = networks
    trainer = Trainer(
        "SRGAN", generator=generator, discriminator=discriminator, content_loss=pixel_mse, learning_rate=1e-3
    )
    parts = {"networks": trainer._network_variables, "optimizers": trainer._optimizer_variables}
    tf.train.Checkpoint(**parts).write(str(tmp_path / "step"))
    written = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert written == pytest.approx(scaling.checkpoint_bytes(*networks), rel=0.01)


def test_gradients_are_as_large_as_reckoned(networks):
    expected = sum(
        variable.numpy().nbytes for network in networks for variable in network.trainable_variables
    )
    assert scaling.gradient_bytes(*networks) == expected


def test_a_validation_crop_is_as_large_as_reckoned():
    rows = pd.DataFrame({"position": [0], "id": ["flower.jpg"]})
    arrays = validation_crops(read_sample(), rows, 96, 2, "bilinear", seed=0)
    pixels = [arrays[name] for name in ("high_resolution", "low_resolution")]
    assert 2 * scaling.crop_bytes(96) == sum(array.nbytes for array in pixels)


def test_a_ring_passes_on_all_parts_but_ones_own_twice():
    # Three workers: two rounds in which sums of a third go around, and two in which they are handed out.
    assert scaling.all_reduce_bytes(9_000, 3) == 12_000
    assert scaling.all_reduce_bytes(9_000, 1) == 0


class TestReckon:
    @pytest.fixture(scope="class")
    def tables(self):
        measured = json.loads((scaling.RESULTS / "many_records.json").read_text())
        return scaling.reckon(scaling.SPEED, measured)

    def test_is_what_is_saved(self, tables):
        assert json.loads((scaling.RESULTS / "scaling.json").read_text()) == tables

    def test_steps_and_passes_are_the_papers(self, tables):
        assert {row["steps"] for row in tables["cost"]} == {1_000_000, 200_000}
        passes = {row["number"]: row["passes_of_srresnet"] for row in tables["data"]}
        assert passes[350_000] == pytest.approx(16e6 / 350e3)

    def test_the_networks_are_the_articles_and_the_papers(self, tables):
        counts = [
            (row["generator_parameters"], row["discriminator_parameters"]) for row in tables["networks"]
        ]
        assert counts == [(1_030_531, 38_249_281), (1_554_883, 23_569_217)]

    def test_hours_follow_from_operations(self, tables):
        for row in tables["cost"]:
            rate = row["exaflop"] * 1e18 / (row["hours"] * 3600)
            assert 1e10 < rate < 1e13  # of a CPU
            assert row["hours"] == pytest.approx(row["steps"] * row["step_seconds"] / 3600)


def test_the_document_quotes_the_saved_results():
    text = scaling.DOCUMENT.read_text()
    assert text.count("<!-- scaling: ") == 6
    assert scaling.renew(text, scaling.RESULTS) == text


def test_a_new_number_reaches_the_document(tmp_path):
    shutil.copytree(scaling.RESULTS, tmp_path / "scaling")
    path = tmp_path / "scaling" / "scaling.json"
    tables = json.loads(path.read_text())
    tables["input"][0]["cores"] = 98.76
    path.write_text(json.dumps(tables))
    renewed = scaling.renew("Before\n<!-- scaling: input -->\nold\n<!-- end -->\n", tmp_path / "scaling")
    assert "| 98.76 |" in renewed
    assert "old" not in renewed
    assert renewed.startswith("Before\n<!-- scaling")


def test_missing_results_are_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        scaling.main([f"--results={tmp_path}"])
    assert (
        capsys.readouterr().err == "--results must hold many_records.json. Measure it first: make benchmark\n"
    )
