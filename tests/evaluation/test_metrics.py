import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skimage.metrics
import tensorflow as tf
from PIL import Image

from srgan_report.evaluation.metric_names import MEAN_COLUMNS, METRICS
from srgan_report.evaluation.metrics import (
    average,
    luma,
    measure,
    measure_crops,
    psnr_article,
    ssim,
    summarize,
)
from srgan_report.inference.upscaler import interpolate
from srgan_report.networks import load_lpips
from srgan_report.training.losses import pixel_mse

BENCHMARKS = Path(__file__).parents[3] / "shared" / "sr_benchmarks"
NAMES = ["psnr", "ssim", "psnr_y", "ssim_y", "lpips"]


def noisy_pair(seed, size=24):
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, (size, size, 3), np.uint8)
    noise = random.integers(-40, 41, image.shape)
    return image, np.clip(image.astype(int) + noise, 0, 255).astype(np.uint8)


def mean_difference(images):
    """Stands in for LPIPS: from two batches in [-1, 1] to one number an image."""
    reference, estimate = images
    assert reference.dtype == estimate.dtype == np.float32
    return tf.reduce_mean(np.abs(reference - estimate), axis=(1, 2, 3))


def by_hand_luma(image):
    """Poynton's integers for ITU-R BT.601, of 8-bit levels."""
    return 16 + image.astype(np.float64) @ [65.481, 128.553, 24.966] / 255


class TestPsnrArticle:
    def test_a_fifth_off(self):
        # 20 log10(1 / 0.2)
        images = tf.zeros((1, 4, 4, 3)), tf.fill((1, 4, 4, 3), 0.2)
        assert float(psnr_article(pixel_mse(*images))) == pytest.approx(13.9794, abs=1e-4)

    def test_takes_one_error_for_the_whole_batch(self):
        # The squared errors 0.01 and 0.09 have the mean 0.05; the images' own PSNR would be 20 and 10.46.
        estimate = tf.stack([tf.fill((4, 4, 3), 0.1), tf.fill((4, 4, 3), 0.3)])
        assert float(psnr_article(pixel_mse(tf.zeros((2, 4, 4, 3)), estimate))) == pytest.approx(
            13.0103, abs=1e-4
        )

    def test_lies_six_decibels_below_the_psnr_of_one_image(self):
        image, noisy = (images[None].astype(np.float32) / 127.5 - 1 for images in noisy_pair(1))
        above = tf.image.psnr(image, noisy, max_val=2)[0] - psnr_article(pixel_mse(image, noisy))
        assert float(above) == pytest.approx(20 * math.log10(2), abs=1e-4)

    def test_the_same_image_is_infinite(self):
        assert float(psnr_article(tf.zeros(()))) == math.inf


class TestSsim:
    @pytest.mark.parametrize("size", [11, 24])
    def test_agrees_with_tensorflow(self, size):
        image, noisy = noisy_pair(1, size)
        expected = float(tf.image.ssim(image, noisy, max_val=255))
        assert ssim(image, noisy) == pytest.approx(expected, abs=1e-4)

    def test_the_same_image_is_one(self):
        image, _ = noisy_pair(1)
        assert ssim(image, image) == pytest.approx(1)

    def test_flat_images_by_hand(self):
        # Without variance only luminance is left: (2·100·120 + C1) / (100² + 120² + C1), C1 = (0.01·255)².
        flat = np.full((16, 16, 3), 100, np.uint8)
        c1 = 2.55**2
        expected = (2 * 100 * 120 + c1) / (100**2 + 120**2 + c1)
        assert ssim(flat, flat + np.uint8(20)) == pytest.approx(expected, abs=1e-6)

    def test_one_channel_agrees_with_tensorflow(self):
        image, noisy = (by_hand_luma(images) for images in noisy_pair(1))
        expected = tf.image.ssim(image[..., None], noisy[..., None], max_val=255)
        assert ssim(image, noisy) == pytest.approx(float(expected), abs=1e-4)


class TestLuma:
    def test_of_the_corners_of_the_colour_cube(self):
        # 16 for black, and 65.481, 128.553 and 24.966 more for full red, green and blue
        colours = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
        np.testing.assert_allclose(luma(colours), [16, 235, 81.481, 144.553, 40.966], atol=1e-9)

    def test_is_not_rounded(self):
        image, _ = noisy_pair(1)
        values = luma(image)
        assert (values.shape, values.dtype) == ((24, 24), np.float64)
        np.testing.assert_allclose(values, by_hand_luma(image), atol=1e-9)

    def test_of_full_range_leaves_grey_as_it_is(self):
        levels = np.arange(256, dtype=np.uint8)
        np.testing.assert_allclose(luma(np.stack([levels] * 3, axis=-1), full_range=True), levels, atol=1e-9)

    def test_of_full_range_weighs_colours_as_it_does_otherwise(self):
        colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
        expected = 255 * np.array([65.481, 128.553, 24.966]) / 219
        np.testing.assert_allclose(luma(colours, full_range=True), expected, atol=1e-9)


class TestMeasure:
    def test_gives_every_measure_in_order(self):
        image, noisy = noisy_pair(1, 32)
        values = measure(image, noisy, lpips=mean_difference)
        assert list(values) == list(METRICS) == NAMES
        assert all(type(value) is float for value in values.values())

    def test_agrees_with_other_libraries(self):
        image, noisy = noisy_pair(1, 40)
        values = measure(image, noisy, lpips=mean_difference)
        y, noisy_y = by_hand_luma(image), by_hand_luma(noisy)
        assert values == pytest.approx(
            {
                "psnr": 10 * math.log10(255**2 / np.mean((image - noisy.astype(float)) ** 2)),
                "ssim": float(tf.image.ssim(image, noisy, max_val=255)),
                "psnr_y": 10 * math.log10(255**2 / np.mean((y - noisy_y) ** 2)),
                "ssim_y": float(tf.image.ssim(y[..., None], noisy_y[..., None], max_val=255)),
                "lpips": np.mean(np.abs(image - noisy.astype(float))) / 127.5,
            },
            abs=1e-4,
        )

    def test_a_greyscale_photograph_is_its_own_luma(self):
        grey, noisy = (np.stack([images[..., 0]] * 3, axis=-1) for images in noisy_pair(1, 40))
        values = measure(grey, noisy, lpips=mean_difference, greyscale=True)
        expected = skimage.metrics.peak_signal_noise_ratio(grey[..., 0], noisy[..., 0], data_range=255)
        assert values["psnr_y"] == pytest.approx(expected, abs=1e-4)
        assert values["psnr_y"] == pytest.approx(values["psnr"], abs=1e-4)
        assert values["ssim_y"] == pytest.approx(values["ssim"], abs=1e-6)
        # As RGB its luma would have 219 levels instead of 255.
        squeezed = measure(grey, noisy, lpips=mean_difference)["psnr_y"]
        assert squeezed - values["psnr_y"] == pytest.approx(20 * math.log10(255 / 219), abs=1e-4)

    def test_the_luma_of_a_coloured_guess_at_a_greyscale_photograph_is_on_its_scale(self):
        grey = np.full((40, 40, 3), 100, np.uint8)
        guess = grey + np.array([10, 0, 0], np.uint8)
        error = 10 * 65.481 / 219
        values = measure(grey, guess, lpips=mean_difference, greyscale=True)
        assert values["psnr_y"] == pytest.approx(20 * math.log10(255 / error), abs=1e-4)

    @pytest.mark.parametrize("border", [0, 1, 4])
    def test_leaves_out_the_border_of_every_measure(self, border):
        image, noisy = noisy_pair(1, 41)
        outside = noisy.copy()
        outside[border : 41 - border, border : 41 - border] = image[
            border : 41 - border, border : 41 - border
        ]
        values = measure(image, outside, lpips=mean_difference, border=border)
        assert values == {"psnr": math.inf, "ssim": 1, "psnr_y": math.inf, "ssim_y": 1, "lpips": 0}

    @pytest.mark.parametrize("pixel", [(4, 4), (4, 36), (36, 4), (36, 36)])
    def test_counts_all_within_the_border(self, pixel):
        image, _ = noisy_pair(1, 41)
        touched = image.copy()
        touched[pixel] ^= 128
        values = measure(image, touched, lpips=mean_difference, border=4)
        assert values["psnr"] < 60
        assert values["psnr_y"] < 60
        assert values["lpips"] > 0

    def test_measures_lpips_itself(self):
        image, noisy = noisy_pair(1, 48)
        pair = [images[None, 4:-4, 4:-4].astype(np.float32) / 127.5 - 1 for images in (image, noisy)]
        values = measure(image, noisy, lpips=load_lpips(), border=4)
        assert values["lpips"] == pytest.approx(float(load_lpips()(pair)[0]), rel=1e-5)
        assert values["lpips"] > 0.01

    def test_31_pixels_are_enough_for_lpips(self):
        assert measure(*noisy_pair(1, 39), lpips=load_lpips(), border=4)["lpips"] > 0.001


class TestMeasureOnBenchmarkSets:
    """Bicubic interpolation of Set5 and Set14, on which everybody's numbers agree: the metric's proof."""

    @staticmethod
    def mean_psnr_y(name, upscale):
        folder = BENCHMARKS / name
        if not folder.is_dir():
            pytest.skip(f"Looked for the pairs *_HR.png and *_LR.png of {name} in {folder}: there is none.")
        values = []
        for path in sorted(folder.glob("*_HR.png")):
            pair = path, path.with_name(path.name.replace("_HR", "_LR"))
            high, low = (np.asarray(Image.open(file).convert("RGB")) for file in pair)
            greyscale = Image.open(path).mode == "L"
            measures = measure(high, upscale(low), lpips=mean_difference, border=4, greyscale=greyscale)
            values.append(measures["psnr_y"])
        return np.mean(values)

    @pytest.mark.parametrize(("name", "expected"), [("Set5", 28.43), ("Set14", 25.99)])
    def test_pillows_bicubic_has_the_published_psnr(self, name, expected):
        def upscale(image):
            size = 4 * image.shape[1], 4 * image.shape[0]
            return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))

        assert self.mean_psnr_y(name, upscale) == pytest.approx(expected, abs=0.005)

    @pytest.mark.parametrize(("name", "expected"), [("Set5", 28.43), ("Set14", 26.00)])
    def test_the_baselines_bicubic_has_it_too(self, name, expected):
        def upscale(image):
            return interpolate(image[None].astype(np.float32) / 255, "bicubic")[0]

        assert self.mean_psnr_y(name, upscale) == pytest.approx(expected, abs=0.01)


@pytest.fixture
def validation_crops():
    pairs = [noisy_pair(seed, 32) for seed in range(3)]
    return {
        "high_resolution": np.stack([image for image, _ in pairs]),
        "low_resolution": np.zeros((3, 8, 8, 3), np.float32),
        "photograph_id": np.array(["rose", "rose", "tulip"]),
        "position": np.array([0, 0, 4]),
        "crop": np.array([0, 1, 0]),
        "greyscale": np.zeros(3, bool),
    }


@pytest.fixture
def super_resolved():
    noisy = np.stack([noisy_pair(seed, 32)[1] for seed in range(3)])
    return {"nearest": noisy, "bicubic": noisy[::-1]}


class TestMeasureCrops:
    def test_a_row_for_each_method_and_crop(self, validation_crops, super_resolved):
        table = measure_crops(validation_crops, super_resolved, mean_difference)
        assert list(table) == ["method", "photograph_id", "position", "crop", *NAMES]
        assert list(table["method"]) == ["nearest"] * 3 + ["bicubic"] * 3
        assert list(table["photograph_id"]) == ["rose", "rose", "tulip"] * 2
        assert list(table["position"]) == [0, 0, 4] * 2
        assert list(table["crop"]) == [0, 1, 0] * 2

    def test_each_crop_is_measured_against_its_own(self, validation_crops, super_resolved):
        table = measure_crops(validation_crops, super_resolved, load_lpips())
        for row, method, index in ((1, "nearest", 1), (3, "bicubic", 0)):
            pair = validation_crops["high_resolution"][index], super_resolved[method][index]
            expected = measure(*pair, lpips=load_lpips())
            assert table.loc[row, NAMES].to_dict() == pytest.approx(expected, rel=1e-5)
            assert table["psnr"][row] == pytest.approx(
                skimage.metrics.peak_signal_noise_ratio(*pair, data_range=255), abs=1e-4
            )

    def test_crops_of_greyscale_photographs_are_their_own_luma(self, validation_crops, super_resolved):
        validation_crops["greyscale"] = np.array([False, True, False])
        table = measure_crops(validation_crops, super_resolved, mean_difference)
        for row, index, greyscale in ((0, 0, False), (1, 1, True), (2, 2, False)):
            pair = validation_crops["high_resolution"][index], super_resolved["nearest"][index]
            expected = measure(*pair, lpips=mean_difference, greyscale=greyscale)
            assert table.loc[row, NAMES].to_dict() == pytest.approx(expected, rel=1e-5)

    def test_lpips_takes_many_crops_in_batches(self):
        random = np.random.default_rng(1)
        images = random.integers(0, 256, (2, 70, 32, 32, 3), np.uint8)
        crops = {
            "high_resolution": images[0],
            **{key: np.arange(70) for key in ("photograph_id", "position", "crop")},
            "greyscale": np.zeros(70, bool),
        }
        batches = []

        def count(pair):
            batches.append(len(pair[0]))
            return mean_difference(pair)

        table = measure_crops(crops, {"nearest": images[1]}, count)
        assert sum(batches) == 70
        assert 1 < len(batches) <= 5
        expected = np.abs(images[0].astype(float) - images[1]).mean(axis=(1, 2, 3)) / 127.5
        np.testing.assert_allclose(table["lpips"], expected, atol=1e-5)

    def test_another_number_of_crops_is_an_error(self, validation_crops, super_resolved):
        with pytest.raises(ValueError, match="shorter"):
            measure_crops(validation_crops, {"nearest": super_resolved["nearest"][:2]}, mean_difference)


class TestAverage:
    @pytest.fixture
    def table(self):
        return pd.DataFrame(
            {
                "method": ["b", "b", "b", "a"],
                "photograph_id": ["rose", "rose", "tulip", "rose"],
                "position": [0, 0, 1, 0],
                "crop": [0, 1, 0, 0],
                "psnr": [20.0, 30.0, 31.0, 10.0],
                "ssim": [0.5, 0.6, 0.7, 0.1],
                "psnr_y": [21.0, 31.0, 32.0, 11.0],
                "ssim_y": [0.6, 0.7, 0.8, 0.2],
                "lpips": [0.3, 0.1, 0.1, 0.9],
            }
        )

    def test_means_of_the_photographs_numbers(self, table):
        # (20 + 30) / 2 and 31; not the mean of three crops, and not the PSNR of the mean error
        means = average(table, 1)["b"]
        assert [means[name] for name in NAMES] == pytest.approx([28, 0.625, 29, 0.725, 0.15])

    def test_intervals_are_of_photographs(self):
        # Ten photographs whose two crops differ wildly, and whose means hardly.
        values = np.linspace(24, 25, 10).repeat(2) + np.tile([-20.0, 20.0], 10)
        positions = np.arange(10).repeat(2)
        crops = {"method": "a", "photograph_id": positions, "position": positions, "crop": [0, 1] * 10}
        means = average(pd.DataFrame(crops | dict.fromkeys(NAMES, values)), 1)["a"]
        assert 24 < means["psnr_low"] < 24.5 < means["psnr_high"] < 25
        assert 24 < means["lpips_low"] < 24.5 < means["lpips_high"] < 25

    def test_holds_every_mean_with_its_interval_and_the_counts(self, table):
        columns = [f"{name}{end}" for name in NAMES for end in ("", "_low", "_high")]
        assert columns == MEAN_COLUMNS
        assert list(average(table, 1)["b"]) == [*columns, "crops", "photographs", "left_out"]

    def test_crops_that_a_method_reproduces_exactly_are_in_no_mean(self, table):
        table = pd.concat([table, table.assign(method="c")], ignore_index=True)
        table.loc[(table["method"] == "b") & (table["crop"] == 1), ["psnr", "psnr_y", "ssim"]] = (
            np.inf,
            np.inf,
            1,
        )
        means = average(table, 1)
        assert [means["b"][name] for name in NAMES] == pytest.approx([25.5, 0.6, 26.5, 0.7, 0.2])
        assert means["c"]["lpips"] == pytest.approx(((0.3 + 0.9) / 2 + 0.1) / 2)
        counts = [tuple(means[name][key] for key in ("crops", "photographs", "left_out")) for name in "bac"]
        assert counts == [(2, 2, 1), (1, 1, 0), (3, 2, 1)]

    def test_of_crops_that_are_all_exact_there_is_no_mean(self, table):
        means = average(table.assign(psnr=np.inf), 1)["b"]
        assert all(math.isnan(means[name]) for name in MEAN_COLUMNS)
        assert (means["crops"], means["photographs"], means["left_out"]) == (0, 0, 3)

    def test_crops_that_others_reproduce_can_be_left_out_too(self, table):
        means = average(table, 1, np.array([False, False, True, False]))
        assert means["b"]["psnr"] == 25
        assert (means["b"]["left_out"], means["a"]["left_out"]) == (1, 0)

    def test_few_photographs_have_no_interval(self, table):
        means = average(table, 1)["a"]
        assert means["psnr"] == 10
        assert all(math.isnan(means[f"{name}{end}"]) for name in NAMES for end in ("_low", "_high"))

    def test_counts_crops_and_photographs(self, table):
        means = average(table, 1)["b"]
        assert (means["crops"], means["photographs"]) == (3, 2)

    def test_methods_keep_their_order(self, table):
        assert list(average(table, 1)) == ["b", "a"]


class TestSummarize:
    @pytest.fixture
    def values(self):
        return pd.DataFrame(np.random.default_rng(1).random((20, 5)), columns=NAMES)

    def test_interval_lies_around_its_mean(self, values):
        summary = summarize(values, 1)
        for name in NAMES:
            half = 1.96 * values[name].std(ddof=0) / math.sqrt(20)
            expected = [values[name].mean() + offset for offset in (-half, 0, half)]
            found = [summary[f"{name}{end}"] for end in ("_low", "", "_high")]
            np.testing.assert_allclose(found, expected, atol=0.2 * half)

    def test_same_seed_same_interval(self, values):
        assert summarize(values, 1) == summarize(values, 1)
        assert summarize(values, 1) != summarize(values, 2)

    def test_an_infinite_value_makes_an_infinite_mean_without_interval(self, values):
        values.loc[3, "psnr"] = math.inf
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            summary = summarize(values, 1)
        assert summary["psnr"] == math.inf
        assert math.isnan(summary["psnr_low"])
        assert math.isnan(summary["psnr_high"])
        assert summary["ssim_low"] < summary["ssim"] < summary["ssim_high"]
