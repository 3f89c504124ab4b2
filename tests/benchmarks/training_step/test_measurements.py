import sys

import pytest

from benchmarks.training_step import measurements, processes

PYTHON = sys.executable


class TestMeasureSpeed:
    def test_sides_take_turns_and_turn_the_order(self, fake_workers):
        requests = fake_workers()
        measurements.measure_speed({"article": PYTHON, "project": PYTHON}, "srresnet_mse", 16, 8, 2)
        turn = ["article step", "project step", "article matrix_product"]
        assert requests() == turn + turn + turn[::-1]  # the first turn is the first steps'

    def test_bfloat16_has_a_bound_of_its_own(self, fake_workers):
        requests = fake_workers()
        sides = {"article": PYTHON, "project": PYTHON, "project_bfloat16": PYTHON}
        measured, _ = measurements.measure_speed(sides, "srresnet_mse", 16, 8, 1)
        assert requests()[-2:] == ["article matrix_product", "project_bfloat16 matrix_product"]
        assert measured["bound_images_per_second"] == pytest.approx(2e-9 * 2048**3 / 4 / 10)
        assert measured["bfloat16_bound_images_per_second"] == pytest.approx(2e-9 * 2048**3 / 10)

    def test_figures(self, fake_workers):
        fake_workers()
        measured, surroundings = measurements.measure_speed(
            {"article": PYTHON, "project": PYTHON, "pytorch": PYTHON}, "srresnet_mse", 16, 8, 3
        )
        assert measured["ratios"] == {"project": {"article": 2.0, "pytorch": 0.5}}
        assert measured["sides"]["project"]["images_per_second"] == 4.0
        assert measured["repeats"]["article"] == [4, 4, 4]
        versions = {"article": "1.0", "project": "1.0", "pytorch": "1.0"}
        assert surroundings == {"versions": versions, "gpus": 0}

    def test_a_loss_that_is_not_a_number_is_an_error(self, fake_workers):
        fake_workers(loss="float('nan')")
        with pytest.raises(
            processes.WorkerError, match="article, srresnet_mse, 8 crops of 16 pixels: a loss"
        ):
            measurements.measure_speed({"article": PYTHON}, "srresnet_mse", 16, 8, 1)


def test_summary_by_hand():
    seconds = {
        "article": [4.0, 6.0, 8.0],
        "project": [1.0, 2.0, 4.0],
        "project_bfloat16": [1.0, 1.0, 2.0],
        "matrix_product": [0.1, 0.2, 0.1],
        "matrix_product_bfloat16": [0.05, 0.05, 0.04],
    }
    first = {"article": 9.0, "project": 3.0, "project_bfloat16": 5.0, "matrix_product": 1.0}
    summary = measurements.summarize_speed(first, seconds, gflop=10.0, batch_size=16, product=20.0)
    assert summary["matrix_product_gflops"] == pytest.approx(200)
    assert summary["bound_images_per_second"] == pytest.approx(20)
    assert summary["bfloat16_matrix_product_gflops"] == pytest.approx(400)
    assert summary["bfloat16_bound_images_per_second"] == pytest.approx(40)
    assert list(summary["sides"]) == ["article", "project", "project_bfloat16"]
    # 160 GFLOP a step; within a repeat the product takes a tenth, a tenth and a fortieth of a step's time.
    assert summary["sides"]["project"] == pytest.approx(
        {"first_step_seconds": 3, "seconds": 2, "images_per_second": 8, "share_of_bound": 0.8}
    )
    # A twentieth, a twentieth and a fiftieth.
    assert summary["sides"]["project_bfloat16"]["share_of_bound"] == pytest.approx(0.4)
    # Medians of 4, 3, 2 and of 4, 6, 4: the latter isn't the ratio of the medians, 6.
    assert summary["ratios"] == {"project": {"article": 3}, "project_bfloat16": {"article": 4}}
    assert summary["repeats"] == seconds


class TestMeasureMemory:
    def test_of_two_steps_of_each_side_alone(self, fake_workers):
        requests = fake_workers()
        measured = measurements.measure_memory(
            {"article": PYTHON, "project": PYTHON}, "srgan_mse", size=16, batch_size=8
        )
        assert requests() == ["article step"] * 2 + ["project step"] * 2
        assert measured == {
            "variant": "srgan_mse",
            "batch_size": 8,
            "sides": {
                "article": pytest.approx({"process_mb": 37, "step_mb": 32, "ratio_to_article": 1}),
                "project": pytest.approx({"process_mb": 21, "step_mb": 16, "ratio_to_article": 0.5}),
            },
        }

    def test_without_the_article_there_is_no_ratio(self, fake_workers):
        fake_workers()
        measured = measurements.measure_memory({"project": PYTHON}, "srresnet_mse", 16, 8)
        assert measured["sides"]["project"] == pytest.approx({"process_mb": 21, "step_mb": 16})
