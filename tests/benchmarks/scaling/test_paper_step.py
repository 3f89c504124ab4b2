import json
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from omegaconf import OmegaConf

from benchmarks.scaling import paper_step
from benchmarks.training_step.flops import step_flop
from srgan_report.networks import build_generator


@pytest.fixture(scope="module")
def paper():
    tiny = {
        "crops": {"size": 32},
        "generator": {"residual_blocks": 1},
        "training": {"batch_size": 2},
        "srresnet_vgg22": {"training": {"total_variation_weight": 0.5}},
    }
    return OmegaConf.merge(paper_step.read_parameters(), tiny)


class TestMeasure:
    @pytest.fixture(scope="class")
    def row(self, paper):
        return paper_step.measure(paper, "srgan_mse", "float32", jit_compile=False, repeats=2)

    def test_rates_follow_from_the_seconds(self, row):
        assert row["images_per_second"] == pytest.approx(2 / row["seconds"])
        assert row["teraflops"] == pytest.approx(row["images_per_second"] * row["gflop_per_image"] / 1000)

    def test_the_losses_are_those_before_training(self, paper, row):
        _, networks = paper_step.build_step(paper, "srgan_mse", "float32", jit_compile=False)
        hr = tf.random.stateless_uniform((2, 32, 32, 3), (0, 0), -1, 1)
        lr = keras.ops.average_pool(hr[:, 1:-1, 1:-1], 2, 4)  # of what a pixel's bilinear copy is made
        sr = networks["generator"](lr / 2 + 0.5, training=True)
        assert row["losses"]["content_loss"] == pytest.approx(float(np.mean((hr - sr) ** 2)), rel=1e-4)

    def test_is_another_step_in_each_precision(self, paper, row):
        other = paper_step.measure(paper, "srgan_mse", "mixed_bfloat16", jit_compile=False, repeats=1)
        assert other["losses"] != row["losses"]
        assert other["losses"] == pytest.approx(row["losses"], rel=0.05)

    def test_counts_neither_the_first_step_nor_those_to_warm_up(self, paper, monkeypatch):
        durations = [100.0, *[50.0] * paper_step.WARM_UP, 2.0, 4.0, 3.0]
        clock = [0.0]

        def step(low_resolution, high_resolution):
            clock[0] += durations.pop(0)
            return {"content_loss": tf.constant(0.5)}

        networks = {"generator": build_generator(residual_blocks=1)}
        monkeypatch.setattr(paper_step, "build_step", lambda *_, **__: (step, networks))
        monkeypatch.setattr(paper_step.time, "perf_counter", lambda: clock[0])
        row = paper_step.measure(paper, "srresnet_mse", "float32", jit_compile=False, repeats=3)
        assert (row["first_step_seconds"], row["seconds"]) == (100, 3)
        assert durations == []


class TestBuildStep:
    @pytest.mark.parametrize("jit_compile", [False, True])
    def test_is_compiled_by_xla_if_asked(self, paper, jit_compile):
        step, _ = paper_step.build_step(paper, "srresnet_mse", "float32", jit_compile=jit_compile)
        concrete = step.get_concrete_function(tf.TensorSpec((2, 8, 8, 3)), tf.TensorSpec((2, 32, 32, 3)))
        assert concrete.function_def.attr["_XlaMustCompile"].b is jit_compile

    @pytest.mark.parametrize(
        ("variant", "names"),
        [
            ("srresnet_mse", {"generator"}),
            ("srresnet_vgg22", {"generator", "maps"}),
            ("srgan_mse", {"generator", "discriminator"}),
        ],
    )
    def test_has_the_networks_of_the_variant(self, paper, variant, names):
        _, networks = paper_step.build_step(paper, variant, "float32", jit_compile=False)
        assert set(networks) == names
        assert step_flop(32, **networks) > 0

    def test_the_networks_are_the_papers(self):
        paper = paper_step.read_parameters()
        _, networks = paper_step.build_step(paper, "srgan_mse", "float32", jit_compile=False)
        assert networks["generator"].count_params() == 1_554_883
        assert networks["discriminator"].count_params() == 23_569_217

    def test_a_variants_own_parameters_count(self, paper):
        step, _ = paper_step.build_step(paper, "srresnet_vgg22", "float32", jit_compile=False)
        batch = tf.random.stateless_uniform((2, 8, 8, 3), (0, 0)), tf.zeros((2, 32, 32, 3))
        losses = step(*batch)
        weighted = losses["content_loss"] + 0.5 * losses["total_variation"]
        assert float(losses["generator_loss"]) == pytest.approx(float(weighted))
        assert float(losses["total_variation"]) > 0


def test_xla_comes_after_all_precisions_without_it():
    precisions = ("float32", "mixed_bfloat16")
    assert list(paper_step.cases(precisions, xla=False)) == [(name, False) for name in precisions]
    assert list(paper_step.cases(precisions, xla=True)) == [
        (name, jit_compile) for jit_compile in (False, True) for name in precisions
    ]


class TestMain:
    @pytest.fixture
    def measured(self, monkeypatch):
        monkeypatch.setattr(
            paper_step,
            "measure",
            lambda paper, variant, precision, *, jit_compile, repeats: {
                "variant": variant,
                "precision": precision,
                "jit_compile": jit_compile,
                "seconds": 1.0,
            },
        )

    @pytest.mark.parametrize(("gpu", "device"), [(None, "cpu"), ("NVIDIA H200", "gpu")])
    def test_what_a_gpu_measures_has_a_file_of_its_own(self, measured, monkeypatch, tmp_path, gpu, device):
        monkeypatch.setattr(paper_step, "gpu_name", lambda: gpu)
        paper_step.main(["srresnet_mse", f"--output={tmp_path / 'new'}"])
        (path,) = (tmp_path / "new").iterdir()
        assert path.name == f"paper_step_{device}.json"
        result = json.loads(path.read_text())
        assert result["machine"]["gpu"] == (gpu or "none")
        assert result["settings"]["size"] == 96
        measured = [(row["precision"], row["jit_compile"]) for row in result["rows"]]
        precisions = list(paper_step.PRECISIONS)[: 3 if gpu else 2]
        assert measured == [(name, xla) for xla in ([False, True] if gpu else [False]) for name in precisions]

    def test_what_is_measured_already_is_saved(self, measured, monkeypatch, tmp_path):
        def fail(*arguments, **keywords):
            if arguments[1] == "srgan_mse":
                raise MemoryError
            return {"seconds": 1.0}

        monkeypatch.setattr(paper_step, "measure", fail)
        monkeypatch.setattr(paper_step, "gpu_name", lambda: None)
        with pytest.raises(MemoryError):
            paper_step.main(["srresnet_mse", "srgan_mse", "--precisions=float32", f"--output={tmp_path}"])
        assert len(json.loads((tmp_path / "paper_step_cpu.json").read_text())["rows"]) == 1

    def test_what_was_measured_before_stays(self, measured, monkeypatch, tmp_path):
        monkeypatch.setattr(paper_step, "gpu_name", lambda: None)

        def measure(*arguments):
            paper_step.main([*arguments, "--precisions=float32", f"--output={tmp_path}"])
            rows = json.loads((tmp_path / "paper_step_cpu.json").read_text())["rows"]
            return [row["variant"] for row in rows]

        assert measure("srresnet_mse", "srgan_mse", "srgan_mse") == ["srresnet_mse", "srgan_mse"]
        assert measure("srgan_vgg22", "srgan_mse") == ["srresnet_mse", "srgan_mse", "srgan_vgg22"]
        assert measure("srgan_vgg22", "--repeats=7") == ["srgan_vgg22"]  # other settings, another table

    def test_a_folder_that_can_not_be_made_is_one_line(self, tmp_path, capsys):
        (tmp_path / "file").touch()
        with pytest.raises(SystemExit, match="2"):
            paper_step.main([f"--output={tmp_path / 'file' / 'folder'}"])
        assert capsys.readouterr().err.startswith(
            "argument --output: must be a folder that can be written to"
        )

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["srgan"], "argument variants: must be among .*Received: srgan"),
            (["--repeats=0"], "argument --repeats: must be an integer, at least 1. Received: 0"),
        ],
    )
    def test_bad_arguments_are_one_line(self, capsys, arguments, message):
        with pytest.raises(SystemExit, match="2"):
            paper_step.main(arguments)
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert re.match(message, error)
