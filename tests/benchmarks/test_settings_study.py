import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro.framework.cli.utils import _split_params
from skimage.metrics import peak_signal_noise_ratio

from benchmarks import settings_study
from srgan_report.framework.config_loader import CheckedConfigLoader
from srgan_report.inference.upscaler import interpolate
from srgan_report.networks import build_generator, initialize
from srgan_report.settings import CONFIG_LOADER_ARGS

CONF = str(Path(__file__).parents[2] / "conf")


TRAININGS = [(key, name) for key, study in settings_study.STUDIES.items() for name in study.settings]


def resolve(study, name):
    """The parameters of a setting's training, by way of the command line."""
    typed = settings_study.to_params(settings_study.plan(study, name, Path("data/study")))
    runtime_params = _split_params(None, None, typed)
    return CheckedConfigLoader(CONF, env="flagship", runtime_params=runtime_params, **CONFIG_LOADER_ARGS)[
        "parameters"
    ]


@pytest.fixture
def saved(tmp_path):
    """Results of the reference and of one other setting, of two runs each: the later ones count."""

    def save(name, psnr, version):
        folder = settings_study._folder("srresnet_mse", name, tmp_path)
        for path, content in (
            (
                "07_model_output/srresnet_mse/metrics.json",
                {"srresnet_mse": {"psnr": psnr, "ssim": 0.5, "lpips": 0.25}},
            ),
            ("06_models/srresnet_mse/training_summary.json", {"images": 9600, "seconds": 12.5}),
        ):
            file = folder / path / version / Path(path).name
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(content))
        for path, arrays in (
            ("03_primary/validation_crops.npz", {"high_resolution": noise}),
            ("07_model_output/srresnet_mse/super_resolved.npz", {"srresnet_mse": noise // 2}),
        ):
            file = folder / path / version / Path(path).name
            file.parent.mkdir(parents=True)
            np.savez(file, **arrays)

    noise = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)

    for version, psnr in (("2026-01-01T00.00.00.000Z", 20.0), ("2026-01-02T00.00.00.000Z", 23.0)):
        save("reference", psnr, version)
    save("ICNR", 23.456, "2026-01-01T00.00.00.000Z")
    return tmp_path


class TestPlan:
    @pytest.mark.parametrize(("study", "name"), TRAININGS)
    def test_parameters_are_known_and_leave_the_600_out(self, study, name):
        parameters, planned = resolve(study, name), settings_study.STUDIES[study]
        assert parameters["split"] == {"leave_out": 600, "validation_size": 200}
        training = parameters["training"] | parameters[planned.variant]["training"]
        assert training["start_from"] == ("srresnet_mse" if planned.from_mse else "scratch")
        crops = training["batch_size"] * training["steps_per_epoch"] * training["epochs"]
        assert crops == planned.images

    def test_each_differs_from_all_others(self):
        told_apart = set()
        for study, name in TRAININGS:
            same = {"data_root": "", "run": ""}  # run repeats what was typed
            patch = settings_study.STUDIES[study].patches.get(name)
            told_apart.add((json.dumps(resolve(study, name) | same), patch))
        assert len(told_apart) == len(TRAININGS)

    def test_each_has_a_folder_of_its_own(self):
        roots = {settings_study.plan(*training, Path("x"))["data_root"] for training in TRAININGS}
        assert len(roots) == len(TRAININGS)
        assert settings_study.plan("srresnet_mse", "Keras' initial weights", Path("x"))["data_root"] == (
            "x/srresnet_mse/Keras_initial_weights"
        )


class TestMeasure:
    def test_what_is_measured_is_read_and_not_trained_again(self, saved, monkeypatch):
        monkeypatch.setattr(settings_study.subprocess, "run", pytest.fail)
        measured = settings_study.measure("srresnet_mse", "reference", saved)
        # Half as bright: a quarter of the power, at every frequency.
        assert measured.pop("beyond_db") == pytest.approx(-6.0, abs=0.2)
        assert measured == {
            "setting": "reference",
            "psnr": 23.0,
            "ssim": 0.5,
            "lpips": 0.25,
            "images": 9600,
            "seconds": 12.5,
        }

    def test_without_the_start_it_says_what_to_train(self, tmp_path, monkeypatch):
        monkeypatch.setattr(settings_study, "START", tmp_path / "srresnet_mse")
        with pytest.raises(SystemExit, match="kedro run --pipelines=srresnet_mse --env=flagship"):
            settings_study.measure("srgan_vgg54", "reference", tmp_path)

    @pytest.mark.parametrize("variant", settings_study.STUDIES)
    def test_bounds_are_measured_on_the_same_crops(self, variant, tmp_path, monkeypatch):
        random = np.random.default_rng(0)
        high = random.integers(0, 256, (2, 32, 32, 3), np.uint8)
        crops = {
            "high_resolution": high,
            "low_resolution": high.reshape(2, 8, 4, 8, 4, 3).mean(axis=(2, 4), dtype=np.float32) / 255,
            "photograph_id": np.array(["a", "b"]),
            "position": np.array([0, 1]),
            "crop": np.array([0, 0]),
            "greyscale": np.array([False, False]),
        }
        path = tmp_path / variant / "reference" / "03_primary" / "validation_crops.npz" / "v1"
        path.mkdir(parents=True)
        np.savez(path / "validation_crops.npz", **crops)
        monkeypatch.setattr(settings_study, "START", tmp_path / "srresnet_mse")
        start = tmp_path / "srresnet_mse" / "generator.keras" / "v1"
        start.mkdir(parents=True)
        generator = initialize(build_generator(residual_blocks=1), "interpolating")
        generator.save(start / "generator.keras")
        expected = {"bicubic interpolation": interpolate(crops["low_resolution"], "bicubic")}
        if variant != "srresnet_mse":
            images = np.asarray(generator(crops["low_resolution"], training=False))
            expected["SRResNet-MSE, the start"] = np.uint8((images.clip(-1, 1) + 1) * 127.5 + 0.5)
        measured = settings_study.measure_bounds(variant, tmp_path)
        assert [row["setting"] for row in measured] == list(expected)
        for row, images in zip(measured, expected.values(), strict=True):
            psnr = [peak_signal_noise_ratio(*pair) for pair in zip(high, images, strict=True)]
            assert row["psnr"] == pytest.approx(np.mean(psnr), abs=0.02)

    def test_table_says_what_each_gains(self, saved):
        study = pd.DataFrame(
            [settings_study.measure("srresnet_mse", name, saved) for name in ("reference", "ICNR")]
        )
        assert settings_study.to_markdown(study).splitlines()[2:] == [
            "| reference | 23.00 |  | 0.5000 | 0.2500 | -5.8 |",
            "| ICNR | 23.46 | +0.46 | 0.5000 | 0.2500 | -5.8 |",
        ]
