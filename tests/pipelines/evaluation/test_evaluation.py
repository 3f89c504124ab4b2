import hashlib

import keras
import numpy as np
import pandas as pd
import pytest
import skimage.metrics
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from srgan_report.evaluation.comparison import unpack_results
from srgan_report.networks import load_lpips
from srgan_report.pipelines.evaluation import nodes
from srgan_report.pipelines.evaluation.nodes import interpolate_crops, super_resolve
from srgan_report.pipelines.evaluation.pipeline import create_baselines_pipeline, create_pipeline
from srgan_report.variants import VARIANTS

SEED = 2017


def evaluate(crops, super_resolved):
    """Evaluates crops, which are also the photographs that are shown."""
    return nodes.evaluate(crops, crops, super_resolved, super_resolved, SEED)


class KeptDataset(MemoryDataset):
    """Holds its data after the run, as a file would."""

    def _release(self):
        pass


@pytest.fixture
def validation_crops():
    random = np.random.default_rng(1)
    low_resolution = random.random((3, 8, 8, 3), np.float32)
    upscaled = low_resolution.repeat(4, axis=1).repeat(4, axis=2)
    noise = random.integers(-20, 21, upscaled.shape)
    return {
        "low_resolution": low_resolution,
        "high_resolution": np.clip(255 * upscaled + noise, 0, 255).astype(np.uint8),
        "photograph_id": np.array(["rose", "rose", "tulip"]),
        "position": np.array([0, 0, 1]),
        "crop": np.array([0, 1, 0]),
        "greyscale": np.zeros(3, bool),
    }


@pytest.fixture
def generator():
    """Repeats pixels, as nearest-neighbour interpolation does."""
    image = keras.Input((None, None, 3))
    return keras.Model(image, keras.layers.Rescaling(2.0, -1.0)(keras.layers.UpSampling2D(4)(image)))


class TestSuperResolve:
    def test_crops_come_under_the_variants_name(self, generator, validation_crops):
        photograph = {"low_resolution": validation_crops["low_resolution"][:1, :, :-3]}
        both = super_resolve("srgan_mse", generator, validation_crops, photograph)
        for upscaled, original in zip(both, (validation_crops, photograph), strict=True):
            assert list(upscaled) == ["srgan_mse"]
            nearest = interpolate_crops(original)["nearest"]
            np.testing.assert_allclose(upscaled["srgan_mse"], nearest, atol=1)


class TestInterpolateCrops:
    def test_gives_both_baselines_as_8_bit_images(self, validation_crops):
        upscaled = interpolate_crops(validation_crops)
        assert list(upscaled) == ["nearest", "bicubic"]
        assert {image.shape for image in upscaled.values()} == {(3, 32, 32, 3)}
        assert {image.dtype for image in upscaled.values()} == {np.dtype(np.uint8)}
        assert (upscaled["nearest"] != upscaled["bicubic"]).any()


class TestEvaluate:
    def test_means_are_those_of_the_table(self, validation_crops):
        table, metrics, _ = evaluate(validation_crops, interpolate_crops(validation_crops))
        assert list(metrics) == ["nearest", "bicubic"]
        for method, means in metrics.items():
            rows = table[table["method"] == method]
            for name in ("psnr", "ssim", "psnr_y", "ssim_y", "lpips"):
                rose, tulip = rows[name][:2].mean(), rows[name].iloc[2]
                assert means[name] == pytest.approx((rose + tulip) / 2)
                assert np.isnan([means[f"{name}_low"], means[f"{name}_high"]]).all()  # of two photographs
            assert (means["crops"], means["photographs"]) == (3, 2)

    def test_crops_that_interpolation_reproduces_are_in_no_mean_of_a_variant(self, validation_crops):
        validation_crops["low_resolution"][1] = validation_crops["high_resolution"][1] = 0
        crops = validation_crops["high_resolution"]
        guess = np.where(crops < 255, crops + np.uint8(1), crops - np.uint8(1))  # nowhere exact
        table, metrics, _ = evaluate(validation_crops, {"srgan_mse": guess})
        assert metrics["srgan_mse"]["psnr"] == pytest.approx(table["psnr"][[0, 2]].mean())
        assert np.isfinite(table["psnr"]).all()
        _, baselines, _ = evaluate(validation_crops, interpolate_crops(validation_crops))
        for means in (metrics["srgan_mse"], baselines["nearest"], baselines["bicubic"]):
            assert (means["crops"], means["photographs"], means["left_out"]) == (2, 2, 1)
            assert np.isfinite([means["psnr"], means["psnr_y"]]).all()

    def test_greyscale_photographs_are_their_own_luma(self, validation_crops):
        grey = {
            key: validation_crops[key][..., :1].repeat(3, axis=-1)
            for key in ("high_resolution", "low_resolution")
        }
        crops = validation_crops | grey | {"greyscale": np.array([True, True, False])}
        table, _, measured = evaluate(crops, interpolate_crops(crops))
        above = (table["psnr_y"] - table["psnr"])[:3]
        assert above.tolist() == pytest.approx([0, 0, 20 * np.log10(255 / 219)], abs=1e-4)
        measures = measured["bicubic"]
        assert measures == {name: table[name][3:].tolist() for name in measures}  # bicubic's rows
        assert measures["psnr_y"][:2] == pytest.approx(measures["psnr"][:2], abs=1e-4)

    def test_metrics_tell_which_crops_they_are_of(self, validation_crops):
        def crops_of(crops):
            return evaluate(crops, interpolate_crops(crops))[1]["bicubic"]["validation_crops_sha256"]

        pixels = validation_crops["high_resolution"].tobytes() + validation_crops["low_resolution"].tobytes()
        assert crops_of(validation_crops) == hashlib.sha256(pixels).hexdigest()
        other = validation_crops | {"high_resolution": 255 - validation_crops["high_resolution"]}
        assert crops_of(other) != crops_of(validation_crops)


class TestPipeline:
    def test_evaluates_a_variant_within_its_namespace(self, generator, validation_crops):
        pipeline = create_pipeline(VARIANTS["srgan_mse"])
        results = {name: KeptDataset() for name in sorted(pipeline.all_outputs())}
        assert list(results) == [
            "srgan_mse.metrics",
            "srgan_mse.photograph_metrics",
            "srgan_mse.results",
            "srgan_mse.super_resolved",
            "srgan_mse.upscaled_photograph",
            "srgan_mse.upscaled_photograph_metrics",
        ]
        catalog = DataCatalog(
            {
                "validation_crops": MemoryDataset(validation_crops),
                "figure_photograph": MemoryDataset(
                    {
                        "low_resolution": np.full((1, 8, 8, 3), 0.5, np.float32),
                        "high_resolution": np.full((1, 32, 32, 3), 108, np.uint8),
                        "photograph_id": np.array(["one"]),
                        "position": np.array([0]),
                        "crop": np.array([0]),
                        "greyscale": np.array([False]),
                    }
                ),
                "params:seed": MemoryDataset(SEED),
                "params:srgan_mse.name": MemoryDataset("srgan_mse"),
                "srgan_mse.generator": MemoryDataset(generator, copy_mode="assign"),
                "srgan_mse.training_summary": MemoryDataset({"status": "diverged"}),
                "srgan_mse.training_history": MemoryDataset(pd.DataFrame({"psnr": [20.0]})),
                "srgan_mse.article_rows": MemoryDataset("a figure"),
                **results,
            }
        )
        SequentialRunner().run(pipeline, catalog)
        pairs = zip(
            validation_crops["high_resolution"],
            catalog.load("srgan_mse.super_resolved")["srgan_mse"],
            strict=True,
        )
        expected = [skimage.metrics.peak_signal_noise_ratio(*pair) for pair in pairs]
        assert list(catalog.load("srgan_mse.photograph_metrics")["psnr"]) == pytest.approx(expected, abs=1e-3)
        means = catalog.load("srgan_mse.metrics")["srgan_mse"]
        assert means["psnr"] == pytest.approx((np.mean(expected[:2]) + expected[2]) / 2)
        assert means["status"] == "diverged"
        assert catalog.load("srgan_mse.upscaled_photograph")["srgan_mse"].shape == (1, 32, 32, 3)
        measures = catalog.load("srgan_mse.upscaled_photograph_metrics")["srgan_mse"]
        assert measures["psnr"] == pytest.approx([20 * np.log10(255 / 20)])  # 128 for 108
        gathered = unpack_results(catalog.load("srgan_mse.results"))
        assert gathered["training_history"]["psnr"].tolist() == [20.0]
        assert gathered["metrics"]["srgan_mse"]["psnr"] == means["psnr"]
        assert "article_rows" not in gathered

    def test_lpips_is_measured_by_the_real_network(self, validation_crops):
        upscaled = interpolate_crops(validation_crops)
        table, _, _ = evaluate(validation_crops, upscaled)
        pair = validation_crops["high_resolution"], upscaled["bicubic"]
        expected = load_lpips()([images.astype(np.float32) / 127.5 - 1 for images in pair])
        np.testing.assert_allclose(table["lpips"][3:], expected, rtol=1e-4)

    def test_baselines_need_what_is_upscaled_and_the_seed_alone(self):
        pipeline = create_baselines_pipeline()
        assert pipeline.inputs() == {"validation_crops", "figure_photograph", "params:seed"}
        assert pipeline.all_outputs() == {
            "baselines.super_resolved",
            "baselines.upscaled_photograph",
            "baselines.upscaled_photograph_metrics",
            "baselines.photograph_metrics",
            "baselines.metrics",
            "baselines.results",
        }
