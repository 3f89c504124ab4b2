import json
import shutil

import keras
import pandas as pd
import pytest
import tensorflow as tf
from omegaconf import OmegaConf

from benchmarks.scaling import estimates
from benchmarks.training_step.flops import step_flop
from srgan_report.data.photographs import read_sample
from srgan_report.networks import build_discriminator, build_generator
from srgan_report.parameters.sections import CropsParameters
from srgan_report.pipelines.data_preparation.nodes import cut_validation_crops
from srgan_report.training.losses import pixel_mse
from srgan_report.training.step import TrainingStep


@pytest.fixture(scope="module")
def networks():
    return build_generator(residual_blocks=1), build_discriminator(crop_size=32)


def test_a_checkpoint_is_as_large_as_reckoned(networks, tmp_path):
    generator, discriminator = networks
    step = TrainingStep(
        "SRGAN", generator=generator, discriminator=discriminator, content_loss=pixel_mse, learning_rate=1e-3
    )
    parts = {"networks": step.network_variables, "optimizers": step.optimizer_variables}
    tf.train.Checkpoint(**parts).write(str(tmp_path / "step"))
    written = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert written == pytest.approx(estimates.checkpoint_bytes(*networks), rel=0.01)


def test_gradients_are_as_large_as_reckoned(networks):
    expected = sum(
        variable.numpy().nbytes for network in networks for variable in network.trainable_variables
    )
    assert estimates.gradient_bytes(*networks) == expected


def test_a_validation_crop_is_as_large_as_reckoned():
    split = pd.DataFrame(
        {"position": [0], "id": ["flower.jpg"], "height": [427], "width": [640], "subset": ["validation"]}
    )
    crops = CropsParameters(size=96, too_small="error", validation_per_photograph=2, downscaling="bilinear")
    arrays = cut_validation_crops(read_sample(), split, crops, seed=0)
    pixels = [arrays[name] for name in ("high_resolution", "low_resolution")]
    assert 2 * estimates.crop_bytes(96) == sum(array.nbytes for array in pixels)


def test_a_ring_passes_on_all_parts_but_ones_own_twice():
    # Three workers: two rounds in which sums of a third go around, and two in which they are handed out.
    assert estimates.all_reduce_bytes(9_000, 3) == 12_000
    assert estimates.all_reduce_bytes(9_000, 1) == 0


class TestReckon:
    @pytest.fixture(scope="class")
    def tables(self):
        measured = json.loads((estimates.SPEED / "input_pipeline.json").read_text())
        return estimates.reckon(estimates.RESULTS, measured)

    def test_is_what_is_saved(self, tables):
        assert json.loads((estimates.RESULTS / "scaling.json").read_text()) == tables

    def test_steps_and_passes_are_the_papers(self, tables):
        steps = {row["variant"]: row["steps"] for row in tables["cost_cpu"]}
        assert {name: number for name, number in steps.items() if "SRResNet" in name} == dict.fromkeys(
            ["SRResNet-MSE", "SRResNet-VGG22", "SRResNet-VGG54"], 1_000_000
        )
        assert {steps[f"SRGAN-{loss}"] for loss in ("MSE", "VGG22", "VGG54")} == {200_000}
        passes = {row["number"]: row["passes_of_srresnet"] for row in tables["data"]}
        assert passes[350_000] == pytest.approx(16e6 / 350e3)

    def test_the_networks_are_the_articles_and_the_papers(self, tables):
        counts = [
            (row["generator_parameters"], row["discriminator_parameters"]) for row in tables["networks"]
        ]
        assert counts == [(1_030_531, 38_249_281), (1_554_883, 23_569_217)]

    def test_hours_are_those_of_all_steps(self, tables):
        for row in tables["cost_cpu"] + tables["cost_gpu"]:
            assert row["hours"] == pytest.approx(row["steps"] * row["seconds"] / 3600)

    def test_crops_take_their_cpu_time(self, tables):
        seconds_a_crop = tables["input"][0]["cores"] / tables["input"][0]["images_per_second"]
        for row in tables["cost_cpu"] + tables["cost_gpu"]:
            assert row["input_cores"] == pytest.approx(16 / row["seconds"] * seconds_a_crop)

    def test_operations_are_counted_of_the_papers_networks(self, tables):
        vgg = keras.applications.VGG19(weights=None, include_top=False, input_shape=(None, None, 3))
        paper = OmegaConf.load(estimates.PROJECT / "conf" / "paper" / "parameters.yml")
        networks = {
            "generator": build_generator(**paper.generator),
            "discriminator": build_discriminator(crop_size=96, **paper.discriminator),
            "maps": keras.Model(vgg.input, vgg.get_layer("block5_conv4").output),
        }
        largest = max(row["gflop_per_image"] for row in tables["cost_cpu"])
        assert largest == pytest.approx(step_flop(96, **networks) / 1e9)


def test_the_document_quotes_the_saved_results():
    text = estimates.DOCUMENT.read_text()
    assert text.count("<!-- scaling: ") == 7
    assert estimates.renew(text, estimates.RESULTS) == text


def test_a_new_number_reaches_the_document(tmp_path):
    shutil.copytree(estimates.RESULTS, tmp_path / "scaling")
    path = tmp_path / "scaling" / "scaling.json"
    tables = json.loads(path.read_text())
    tables["input"][0]["cores"] = 98.76
    path.write_text(json.dumps(tables))
    renewed = estimates.renew("Before\n<!-- scaling: input -->\nold\n<!-- end -->\n", tmp_path / "scaling")
    assert "| 98.76 |" in renewed
    assert "old" not in renewed
    assert renewed.startswith("Before\n<!-- scaling")


def test_what_was_not_measured_anew_stays(monkeypatch, tmp_path):
    published, measured = tmp_path / "published", tmp_path / "measured"
    shutil.copytree(estimates.RESULTS, published)
    measured.mkdir()
    new = json.loads((published / "paper_step_cpu.json").read_text())
    new["rows"][0]["seconds"] = 36.0
    (measured / "paper_step_cpu.json").write_text(json.dumps(new))
    document = tmp_path / "scaling.md"
    document.write_text(estimates.DOCUMENT.read_text())
    monkeypatch.setattr(estimates, "RESULTS", published)
    monkeypatch.setattr(estimates, "DOCUMENT", document)
    estimates.main([f"--results={measured}"])
    assert json.loads((published / "scaling.json").read_text())["cost_cpu"][0]["hours"] == 10_000
    lines = set(estimates.PROJECT.joinpath("docs", "scaling.md").read_text().splitlines())
    changed = [line for line in document.read_text().splitlines() if line not in lines]
    assert len(changed) == 1
    assert changed[0].endswith("| 10,000 |")


def test_missing_results_are_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        estimates.main([f"--results={tmp_path}"])
    error = capsys.readouterr().err
    assert error == f"--results must hold results. {tmp_path} has none. Measure first: make benchmark\n"
