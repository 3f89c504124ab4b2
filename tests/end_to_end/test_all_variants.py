"""The real `kedro run`, as a user types it, on the sample photographs, with a few steps of tiny crops."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

PROJECT = Path(__file__).parents[2]
KEDRO = Path(sys.executable).with_name("kedro")
NAMES = ["srresnet_mse", "srresnet_vgg22", "srresnet_vgg54", "srgan_mse", "srgan_vgg22", "srgan_vgg54"]
TINY = (
    "crops.size=32,crops.validation_per_photograph=2,figures.crops=[0],generator.residual_blocks=1,"
    "training.start_from=scratch,training.learning_rate=0.001,training.batch_size=2,training.epochs=2,"
    "training.steps_per_epoch=2,"
    "srresnet_mse.training.epochs=3,srresnet_mse.training.steps_per_epoch=2,"
    "srgan_vgg54.training.steps_per_epoch=1"
)


def kedro_run(data_root, *arguments, params="", common=TINY) -> subprocess.CompletedProcess[str]:
    every_param = ",".join(filter(None, [f"data_root={data_root}", common, params]))
    environment = {key: value for key, value in os.environ.items() if key != "KEDRO_ENV"}
    return subprocess.run(
        [KEDRO, "run", *arguments, f"--params={every_param}"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
    )


def latest(data_root, path) -> Path:
    """The newest version of a saved dataset, found without Kedro."""
    return max((data_root / path).glob(f"*/{Path(path).name}"))


@pytest.fixture(scope="module")
def data_root(tmp_path_factory) -> Path:
    """Where one run of all_variants has written."""
    root = tmp_path_factory.mktemp("data")
    run = kedro_run(root, "--pipeline=all_variants")
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-5000:]
    assert "Report: file://" in run.stdout + run.stderr
    return root


@pytest.fixture(scope="module")
def validation_crops(data_root) -> dict[str, np.ndarray]:
    with np.load(latest(data_root, "03_primary/validation_crops.npz")) as arrays:
        return dict(arrays)


@pytest.mark.slow
def test_threads_end_with_the_bits_of_one_after_the_other(data_root, tmp_path):
    run = kedro_run(tmp_path, "--pipelines=all_variants", "--runner=ThreadRunner")
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-5000:]
    sums = [
        {
            name: json.loads(latest(root, f"06_models/{name}/training_summary.json").read_text())[
                "generator_sha256"
            ]
            for name in NAMES
        }
        for root in (data_root, tmp_path)
    ]
    assert sums[0] == sums[1]
    assert len(set(sums[0].values())) == len(NAMES)


@pytest.mark.slow
class TestBrokenOff:
    """A second run with another seed, killed when some variants are trained and none is evaluated."""

    @pytest.fixture(scope="class")
    def compared(self, data_root, tmp_path_factory):
        """The data root with that run, after a comparison; and what the comparison printed."""
        folder = tmp_path_factory.mktemp("broken_off")
        root = shutil.copytree(data_root, folder / "data")
        command = ["run", "--pipelines=all_variants", f"--params=data_root={root},{TINY},seed=1"]
        pausing = [sys.executable, Path(__file__).with_name("pausing.py"), "srgan_vgg54.train", folder]
        process = subprocess.Popen([*pausing, *command], cwd=PROJECT)
        while not (folder / "reached").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()
        run = kedro_run(root, "--pipelines=comparison")
        assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-5000:]
        return root, " ".join((run.stdout + run.stderr).split())

    def test_nothing_of_it_is_mixed_in(self, data_root, compared):
        root, _ = compared
        (complete,) = (path.name for path in (data_root / "08_reporting/comparison.csv").iterdir())
        assert len(list(root.glob("06_models/srgan_mse/training_history.csv/*"))) == 2
        record = json.loads(latest(root, "08_reporting/provenance.json").read_text())
        own = latest(root, "08_reporting/report.html").parent.name
        assert set(record["loaded"].values()) == {complete, own}
        of_variants = {name for name in record["loaded"] if name.partition(".")[0] in NAMES}
        assert {record["loaded"][name] for name in of_variants} == {complete}
        assert record["loaded"]["validation_crops"] == complete
        again, before = (
            pd.read_csv(latest(each, "08_reporting/comparison.csv")) for each in (root, data_root)
        )
        pd.testing.assert_frame_equal(again, before)

    def test_it_says_which_is_read(self, data_root, compared):
        _, output = compared
        (complete,) = (path.name for path in (data_root / "08_reporting/comparison.csv").iterdir())
        assert f"Reading results of run {complete} for SRResNet-MSE, SRResNet-VGG22" in output
        assert "SRGAN-MSE: skipped incomplete results of " in output


class TestAllVariants:
    def test_split_holds_out_the_first_photographs(self, data_root):
        split = pd.read_csv(latest(data_root, "02_intermediate/split.csv"))
        assert list(split.columns) == ["position", "id", "height", "width", "sha256", "subset"]
        assert (split["subset"] == "validation").tolist() == [True] * 2 + [False] * (len(split) - 2)
        assert "flower" in split["id"][0]

    @pytest.mark.parametrize("name", NAMES)
    def test_generator_loads_anywhere_and_made_the_saved_crops(self, data_root, validation_crops, name):
        generator = keras.models.load_model(latest(data_root, f"06_models/{name}/generator.keras"))
        signed = generator.predict(validation_crops["low_resolution"], verbose=0)
        with np.load(latest(data_root, f"07_model_output/{name}/super_resolved.npz")) as arrays:
            saved = arrays[name]
        assert saved.shape == validation_crops["high_resolution"].shape
        np.testing.assert_allclose(saved, (signed + 1) * 127.5, atol=0.501)

    @pytest.mark.parametrize("name", NAMES)
    def test_metrics_are_those_of_the_saved_crops(self, data_root, validation_crops, name):
        with np.load(latest(data_root, f"07_model_output/{name}/super_resolved.npz")) as arrays:
            pairs = zip(validation_crops["high_resolution"], arrays[name], strict=True)
            expected = [peak_signal_noise_ratio(hr, sr) for hr, sr in pairs]
        table = pd.read_csv(latest(data_root, f"07_model_output/{name}/photograph_metrics.csv"))
        np.testing.assert_allclose(table["psnr"], expected, rtol=1e-5)
        metrics = json.loads(latest(data_root, f"07_model_output/{name}/metrics.json").read_text())
        assert metrics[name]["psnr"] == pytest.approx(np.mean(expected))

    @pytest.mark.parametrize("name", NAMES)
    def test_history_has_a_row_for_each_epoch(self, data_root, name):
        history = pd.read_csv(latest(data_root, f"06_models/{name}/training_history.csv"))
        assert history["epoch"].tolist() == ([1, 2, 3] if name == "srresnet_mse" else [1, 2])
        assert ("discriminator_loss" in history) == name.startswith("srgan")
        assert np.isfinite(history.to_numpy()).all()

    def test_only_adversarial_variants_save_a_discriminator(self, data_root):
        saved = {path.parent.name for path in data_root.glob("06_models/*/discriminator.keras")}
        assert saved == {name for name in NAMES if name.startswith("srgan")}

    def test_overrides_reach_their_variant_alone(self, data_root):
        steps = {
            name: json.loads(latest(data_root, f"06_models/{name}/training_summary.json").read_text())[
                "steps"
            ]
            for name in NAMES
        }
        assert steps == dict.fromkeys(NAMES, 4) | {"srresnet_mse": 6, "srgan_vgg54": 2}

    def test_comparison_names_every_method_once(self, data_root):
        comparison = pd.read_csv(latest(data_root, "08_reporting/comparison.csv"))
        assert comparison["method"].tolist() == ["nearest", "bicubic", *NAMES]
        bicubic = comparison.set_index("method")["psnr"]["bicubic"]
        np.testing.assert_allclose(comparison["psnr_over_bicubic"], comparison["psnr"] - bicubic)

    def test_figures_are_pngs_with_a_small_pdf_beside_each(self, data_root):
        figures = [f"{name}/article_rows" for name in NAMES] + [
            "comparison_grid",
            "error_maps",
            "extreme_crops",
            "gains_over_bicubic",
            "photographs",
            "perception_distortion",
            "spectra",
            "training_curves",
        ]
        for figure in figures:
            png = latest(data_root, f"08_reporting/figures/{figure}.png")
            with Image.open(png) as image:
                assert image.format == "PNG"
                assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
            pdf = png.with_suffix(".pdf").read_bytes()
            assert pdf.startswith(b"%PDF-")
            assert len(pdf) < 1_000_000

    def test_spectra_are_saved_of_every_method_and_the_originals(self, data_root):
        for table in ("power_spectra", "lattice_peaks"):
            saved = pd.read_csv(latest(data_root, f"08_reporting/{table}.csv"))
            assert set(saved["method"]) == {"high_resolution", "nearest", "bicubic", *NAMES}

    def test_report_shows_the_saved_numbers_and_needs_no_network(self, data_root):
        html = latest(data_root, "08_reporting/report.html").read_text()
        comparison = pd.read_csv(latest(data_root, "08_reporting/comparison.csv"))
        for psnr in comparison["psnr"]:
            assert f"{psnr:.2f}" in html
        fetched = re.findall(
            r"""(?:src\s*=\s*["']?|url\(["']?|@import\s+["']|<link[^>]*href=["'])(https?:)?//""", html
        )
        assert fetched == []

    def test_everything_written_lies_in_the_layers(self, data_root):
        assert {path.name for path in data_root.iterdir()} == {
            "02_intermediate",
            "03_primary",
            "06_models",
            "07_model_output",
            "08_reporting",
        }

    def test_tensorboard_events_lie_beside_the_report(self, data_root):
        for name in NAMES:
            assert list((data_root / "08_reporting/tensorboard" / name).rglob("events.out.tfevents.*"))


class TestPerceptionAndStatistics:
    def test_metrics_hold_every_measure_and_no_interval_of_two_photographs(self, data_root):
        text = latest(data_root, "07_model_output/srgan_mse/metrics.json").read_text()
        metrics = json.loads(text, parse_constant=pytest.fail)  # as strict as other languages
        for measure in ("psnr", "ssim", "psnr_y", "ssim_y", "lpips"):
            mean, low, high = (metrics["srgan_mse"][measure + end] for end in ("", "_low", "_high"))
            assert np.isfinite(mean)
            assert (low, high) == (None, None)

    def test_differences_are_not_tested_on_two_photographs(self, data_root):
        differences = pd.read_csv(latest(data_root, "08_reporting/differences.csv"))
        assert len(differences) == 5 * 15
        assert set(differences["photographs"]) == {2}
        assert differences["p_holm"].isna().all()
        assert not differences["larger_than_chance"].any()


class TestFromMse:
    def test_srgan_starts_from_the_saved_srresnet_mse(self, data_root):
        standing_still = "srgan_mse.training.start_from=srresnet_mse,srgan_mse.training.learning_rate=1e-30"
        run = kedro_run(
            data_root, "--pipelines=all_variants_from_mse", "--namespaces=srgan_mse", params=standing_still
        )
        assert run.returncode == 0, run.stderr[-5000:]
        start, end = (
            keras.models.load_model(latest(data_root, f"06_models/{name}/generator.keras"))
            for name in ("srresnet_mse", "srgan_mse")
        )
        for ours, theirs in zip(end.trainable_variables, start.trainable_variables, strict=True):
            np.testing.assert_array_equal(ours, theirs)

    def test_the_wrong_pipeline_is_one_clear_line(self, tmp_path):
        run = kedro_run(tmp_path / "empty", "--env=paper", "--pipeline=all_variants", common="")
        assert run.returncode == 1
        last = run.stderr.strip().splitlines()[-1]
        command = "kedro run --pipelines=all_variants_from_mse --env=paper"
        assert last.endswith(f"Run: {command} (and the same --params)")
        assert "Traceback" not in run.stdout + run.stderr
        assert not (tmp_path / "empty").exists()


class TestBenchmarkSets:
    def test_measures_every_saved_variant_on_ones_own_set(self, data_root, tmp_path):
        (tmp_path / "sets/mine").mkdir(parents=True)
        image = Image.fromarray(data.astronaut()[:128, 128:300])
        image.save(tmp_path / "sets/mine/face_HR.png")
        image.resize((43, 32), Image.BICUBIC).save(tmp_path / "sets/mine/face_LR.png")
        where = f"benchmark_sets.root={tmp_path / 'sets'},benchmark_sets.sets=[mine]"
        run = kedro_run(data_root, "--pipeline=benchmark_sets", params=where)
        assert run.returncode == 0, run.stderr[-5000:]
        metrics = pd.read_csv(latest(data_root, "07_model_output/benchmark_metrics.csv"))
        assert metrics["method"].tolist() == ["nearest", "bicubic", *NAMES]
        version = latest(data_root, "06_models/srgan_vgg54/generator.keras").parent.name
        assert metrics.set_index("method")["generator_version"]["srgan_vgg54"] == version
        assert latest(data_root, "08_reporting/figures/benchmark.png").read_bytes().startswith(b"\x89PNG")

        run = kedro_run(data_root, "--pipeline=comparison")
        assert run.returncode == 0, run.stderr[-5000:]
        html = latest(data_root, "08_reporting/report.html").read_text()
        comparison = pd.read_csv(latest(data_root, "08_reporting/benchmark_comparison.csv"))
        for psnr in comparison["psnr_y"]:
            assert f"{psnr:.2f}" in html

    def test_without_a_folder_is_one_clear_line(self, data_root):
        run = kedro_run(data_root, "--pipeline=benchmark_sets")
        assert run.returncode == 1
        assert "benchmark_sets.root must" in run.stderr.strip().splitlines()[-1]
        assert "Traceback" not in run.stdout + run.stderr


class TestParts:
    def test_namespace_trains_one_variant_on_what_is_saved(self, data_root):
        before = set(data_root.glob("06_models/*/generator.keras/*"))
        splits = set(data_root.glob("02_intermediate/split.csv/*"))
        run = kedro_run(data_root, "--namespaces=srresnet_mse", params="srresnet_mse.training.epochs=1")
        assert run.returncode == 0, run.stderr[-5000:]
        added = set(data_root.glob("06_models/*/generator.keras/*")) - before
        assert [path.parts[-3] for path in added] == ["srresnet_mse"]
        assert set(data_root.glob("02_intermediate/split.csv/*")) == splits

        run = kedro_run(data_root, "--pipeline=comparison")
        assert run.returncode == 0, run.stderr[-5000:]
        comparison = pd.read_csv(latest(data_root, "08_reporting/comparison.csv")).set_index("method")
        assert comparison["steps"]["srresnet_mse"] == 2
        assert comparison["steps"]["srgan_mse"] == 4

    def test_comparison_of_nothing_is_one_clear_line(self, tmp_path):
        run = kedro_run(tmp_path / "empty", "--pipeline=comparison")
        assert run.returncode == 1
        assert (
            run.stderr.strip()
            .splitlines()[-1]
            .startswith("Error: This pipeline reads data that is not saved yet")
        )
        assert "Traceback" not in run.stdout + run.stderr
        assert not (tmp_path / "empty").exists()
