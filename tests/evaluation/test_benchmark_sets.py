import logging
import math
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import skimage.metrics
import tensorflow as tf
from PIL import Image

from srgan_report.data.benchmark_sets import MIN_SIDE, read_sets
from srgan_report.evaluation.benchmark_sets import BORDER, STORED, average_by_set, measure_sets
from srgan_report.evaluation.metric_names import METRICS
from srgan_report.networks.lpips import load_lpips
from srgan_report.networks.saved import SavedGenerator

SETS = Path(__file__).parents[3] / "shared" / "sr_benchmarks"


def lpips(pair):
    """Stands in for LPIPS: the mean absolute difference of the images, in [-1, 1]."""
    reference, estimate = (tf.convert_to_tensor(image) for image in pair)
    return tf.reduce_mean(tf.abs(reference - estimate), axis=(1, 2, 3))


def repeat_pixels():
    """A generator that repeats pixels, as nearest-neighbour interpolation does."""
    image = keras.Input((None, None, 3))
    return keras.Model(image, keras.layers.Rescaling(2.0, -1.0)(keras.layers.UpSampling2D(4)(image)))


def paint(value):
    """A generator of one colour, whatever it is given."""
    image = keras.Input((None, None, 3))
    black = keras.layers.Rescaling(0.0, 2 * value / 255 - 1)(keras.layers.UpSampling2D(4)(image))
    return keras.Model(image, black)


@pytest.fixture
def sets(tmp_path):
    """Two images in one set and one in another, all of different sizes: HR noise, LR every fourth pixel."""
    random = np.random.default_rng(0)
    for path, height, width in (("Set5/a", 40, 44), ("Set5/b", 48, 40), ("mine/c", 52, 56)):
        high = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        (tmp_path / path).parent.mkdir(exist_ok=True)
        Image.fromarray(high).save(tmp_path / f"{path}_HR.png")
        Image.fromarray(high[::4, ::4]).save(tmp_path / f"{path}_LR.png")
    return read_sets(str(tmp_path), ["Set5", "mine"])


@pytest.fixture
def table():
    """Three images in one set and one in another; the values of all metrics are easy to recognise."""
    rows = [("Set5", "1", 1.0), ("Set5", "2", 2.0), ("Set5", "3", 6.0), ("10", "1", 4.0)]
    return pd.DataFrame(
        {
            "set": set_name,
            "image": image,
            "method": method,
            **{measure: value + 10 * index + plus for index, measure in enumerate(METRICS)},
            "low_resolution": STORED,
            "generator_version": version,
        }
        for method, plus, version in (
            ("nearest", 0, math.nan),
            ("bicubic", 50, math.nan),
            ("srgan_mse", 100, "2026-01-31"),
        )
        for set_name, image, value in rows
    )


class TestMeasureSets:
    def test_has_a_row_for_every_method_set_and_image(self, sets):
        generators = {"srgan_mse": SavedGenerator("2026-01-31", repeat_pixels)}
        metrics, _ = measure_sets(sets, generators, lpips)
        assert list(metrics) == ["set", "image", "method", *METRICS, "low_resolution", "generator_version"]
        assert metrics[["method", "set", "image"]].to_records(index=False).tolist() == [
            (method, set_name, image)
            for method in ("nearest", "bicubic", "srgan_mse")
            for set_name, image in (("Set5", "a"), ("Set5", "b"), ("mine", "c"))
        ]
        assert metrics["generator_version"].tolist() == [""] * 6 + ["2026-01-31"] * 3

    def test_measures_pictures_that_others_made(self, tmp_path, sets):
        """Nearest's own pictures have nearest's numbers; a set that they lack is left out."""
        folder = tmp_path / "theirs" / "set5"
        folder.mkdir(parents=True)
        for pair in sets["Set5"]:
            low = np.asarray(Image.open(pair.low_resolution))
            nearest = low.repeat(4, axis=0).repeat(4, axis=1)
            Image.fromarray(nearest).save(folder / f"{pair.name}_x4.png")
        others = {"Theirs": folder.parent}
        metrics = measure_sets(sets, {}, lpips, others)[0].set_index(["method", "set"])
        assert metrics.loc["Theirs"].index.unique().tolist() == ["Set5"]
        for name in METRICS:
            expected = metrics.loc[("nearest", "Set5"), name].tolist()
            assert metrics.loc[("Theirs", "Set5"), name].tolist() == expected
        means = average_by_set(metrics.reset_index(), seed=1)
        assert means["label"].tolist() == ["Nearest", "Bicubic", "Theirs", "Nearest", "Bicubic"]

    def test_says_where_low_resolution_comes_from(self, tmp_path, sets):
        (pair,) = sets["mine"]
        alone = {"mine": [pair], "alone": [replace(pair, low_resolution=None)]}
        metrics, _ = measure_sets(alone, {}, lpips)
        means = average_by_set(metrics, seed=1).set_index(["set", "method"])["low_resolution"]
        assert means["mine", "bicubic"] == "stored"
        assert means["alone", "bicubic"] == "made by bicubic interpolation with antialiasing"

    def test_a_generator_is_measured_as_interpolation_is(self, sets):
        metrics, _ = measure_sets(sets, {"srgan_mse": SavedGenerator("1", repeat_pixels)}, lpips)
        nearest, generated = (
            metrics.loc[metrics["method"] == method, list(METRICS)].to_numpy()
            for method in ("nearest", "srgan_mse")
        )
        np.testing.assert_allclose(generated, nearest, rtol=1e-6)

    def test_four_pixels_of_each_edge_are_left_out(self, sets):
        (pair,) = sets["mine"]
        metrics, _ = measure_sets(
            {"mine": [pair]}, {"srgan_mse": SavedGenerator("1", lambda: paint(100))}, lpips
        )
        measured = metrics.set_index("method").loc["srgan_mse"]
        inner = np.asarray(Image.open(pair.high_resolution))[4:-4, 4:-4]
        grey = np.full_like(inner, 100)
        expected = skimage.metrics.peak_signal_noise_ratio(inner, grey)
        assert measured["psnr"] == pytest.approx(expected, abs=1e-4)
        assert measured["lpips"] == pytest.approx(np.abs(inner / 127.5 - grey / 127.5).mean(), abs=1e-5)

    def test_a_greyscale_file_is_its_own_luma(self, tmp_path):
        grey = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
        (tmp_path / "Set14").mkdir()
        for name, high in (("grey", grey), ("rgb", np.stack([grey] * 3, axis=-1))):
            Image.fromarray(high).save(tmp_path / "Set14" / f"{name}_HR.png")
            Image.fromarray(high[::4, ::4]).save(tmp_path / "Set14" / f"{name}_LR.png")
        metrics, _ = measure_sets(read_sets(str(tmp_path), ["Set14"]), {}, lpips)
        psnr_y = metrics[metrics["method"] == "nearest"].set_index("image")["psnr_y"]
        nearest = grey[::4, ::4].repeat(4, axis=0).repeat(4, axis=1)
        expected = skimage.metrics.peak_signal_noise_ratio(grey[4:-4, 4:-4], nearest[4:-4, 4:-4])
        assert psnr_y["grey"] == pytest.approx(expected, abs=1e-4)
        assert psnr_y["rgb"] == pytest.approx(expected + 20 * math.log10(255 / 219), abs=1e-4)

    def test_logs_a_line_for_each_method_and_set(self, sets, caplog):
        with caplog.at_level(logging.INFO, logger="srgan_report"):
            metrics, _ = measure_sets(sets, {"srgan_vgg54": SavedGenerator("1", repeat_pixels)}, lpips)
        assert len(caplog.messages) == 6
        psnr = metrics[metrics["method"] == "srgan_vgg54"].groupby("set")["psnr_y"].mean()
        assert caplog.messages[2::3] == [
            f"SRGAN-VGG54 on Set5: PSNR-Y {psnr['Set5']:.2f} dB, mean of 2",
            f"SRGAN-VGG54 on mine: PSNR-Y {psnr['mine']:.2f} dB, mean of 1",
        ]

    def test_an_image_that_is_reproduced_exactly_is_in_no_line_of_the_log(self, tmp_path, caplog):
        (tmp_path / "Set5").mkdir()
        noise = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
        for name, high in (("blank", np.full((48, 48, 3), 255, np.uint8)), ("noise", noise)):
            Image.fromarray(high).save(tmp_path / "Set5" / f"{name}_HR.png")
            Image.fromarray(high[::4, ::4]).save(tmp_path / "Set5" / f"{name}_LR.png")
        with caplog.at_level(logging.INFO, logger="srgan_report"):
            metrics, _ = measure_sets(read_sets(str(tmp_path), ["Set5"]), {}, lpips)
        nearest = metrics.set_index(["method", "image"])["psnr_y"]["nearest"]
        assert nearest["blank"] == math.inf
        assert caplog.messages[0] == f"Nearest on Set5: PSNR-Y {nearest['noise']:.2f} dB, mean of 1"
        means = average_by_set(metrics, seed=1)
        assert means["psnr_y"].tolist() == metrics[metrics["image"] == "noise"]["psnr_y"].tolist()

    def test_the_smallest_image_can_be_measured(self, tmp_path):
        """Its border left out, LPIPS' own network must still fit in."""
        size = MIN_SIDE - 2 * BORDER
        images = [tf.zeros((1, size, size, 3)), tf.ones((1, size, size, 3))]
        assert np.isfinite(load_lpips()(images)).all()

    @pytest.mark.skipif(not SETS.is_dir(), reason=f"Set5 and Set14 are not in {SETS}")
    def test_interpolation_has_the_fields_psnr(self, monkeypatch):
        """Pillow's bicubic gives the same two digits. Set14's third picture is greyscale: its own Y."""
        monkeypatch.setattr("srgan_report.evaluation.metrics.ssim", lambda *images: math.nan)  # it takes long
        metrics, _ = measure_sets(read_sets(str(SETS), ["Set5", "Set14"]), {}, lpips)
        means = metrics.groupby(["method", "set"])["psnr_y"].mean()
        assert means["bicubic", "Set5"] == pytest.approx(28.43, abs=0.01)
        assert means["bicubic", "Set14"] == pytest.approx(26.00, abs=0.01)
        assert means["nearest", "Set5"] == pytest.approx(26.26, abs=0.01)
        assert means["nearest", "Set14"] == pytest.approx(24.65, abs=0.01)


class TestAverageBySet:
    def test_has_a_row_for_every_set_and_method(self, table):
        means = average_by_set(table, seed=1)
        facts = means[["set", "method", "label", "images"]].to_records(index=False).tolist()
        assert facts == [
            ("Set5", "nearest", "Nearest", 3),
            ("Set5", "bicubic", "Bicubic", 3),
            ("Set5", "srgan_mse", "SRGAN-MSE", 3),
            ("10", "nearest", "Nearest", 1),
            ("10", "bicubic", "Bicubic", 1),
            ("10", "srgan_mse", "SRGAN-MSE", 1),
        ]
        assert means["generator_version"].fillna("").tolist() == ["", "", "2026-01-31"] * 2

    def test_means_are_over_the_images_of_the_set(self, table):
        means = average_by_set(table, seed=1)
        assert means["psnr"].tolist() == [3.0, 53.0, 103.0, 4.0, 54.0, 104.0]
        assert means["lpips"].tolist() == [43.0, 93.0, 143.0, 44.0, 94.0, 144.0]

    def test_images_that_a_method_reproduces_exactly_are_in_no_mean(self, table):
        exact = (table["method"] == "bicubic") & (table["set"] == "Set5") & (table["image"] == "3")
        means = average_by_set(table.assign(psnr=table["psnr"].mask(exact, math.inf)), seed=1)
        assert means["psnr"].tolist() == [1.5, 51.5, 101.5, 4.0, 54.0, 104.0]
        assert means["images"].tolist() == [2, 2, 2, 1, 1, 1]
        assert means["left_out"].tolist() == [1, 1, 1, 0, 0, 0]

    def test_intervals_surround_the_means_where_there_are_ten_images(self, table):
        few = average_by_set(table, seed=1)
        assert few[[f"{measure}_low" for measure in METRICS]].isna().all(axis=None)
        set5 = table[table["set"] == "Set5"]
        table = pd.concat([set5] * 4 + [table[table["set"] == "10"]])
        means = average_by_set(table, seed=1).set_index(["set", "method"])
        for measure in METRICS:
            low, mean, high = means.loc[("Set5", "bicubic"), [f"{measure}_low", measure, f"{measure}_high"]]
            assert mean - 2 <= low < mean < high <= mean + 3
            assert means.loc["10", [f"{measure}_low", f"{measure}_high"]].isna().all(axis=None)

    def test_seed_decides_the_intervals(self, table):
        table = pd.concat([table.assign(psnr=table["psnr"] + shift**2) for shift in range(12)])
        first, again, other = (average_by_set(table, seed)["psnr_low"] for seed in (1, 1, 2))
        assert first.equals(again)
        assert not first.equals(other)
