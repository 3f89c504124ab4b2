import math

import numpy as np
import pandas as pd
import pytest
import skimage.metrics
import tensorflow as tf

from srgan_report.metrics import average, measure_crops, psnr, ssim


def noisy_pair(seed, size=24):
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, (size, size, 3), np.uint8)
    noise = random.integers(-40, 41, image.shape)
    return image, np.clip(image.astype(int) + noise, 0, 255).astype(np.uint8)


class TestPsnr:
    def test_one_level_off_in_8_bits(self):
        image = np.full((1, 4, 4, 3), 100, np.uint8)
        # 10 log10(255² / 1)
        assert float(psnr(image, image + 1, value_range=255)[0]) == pytest.approx(48.1308, abs=1e-4)

    def test_a_fifth_off_between_minus_one_and_one(self):
        # 10 log10(2² / 0.2²) = 20
        images = tf.zeros((1, 4, 4, 3)), tf.fill((1, 4, 4, 3), 0.2)
        assert float(psnr(*images, value_range=2)[0]) == pytest.approx(20, abs=1e-4)

    def test_black_for_white_is_zero(self):
        black, white = np.zeros((1, 4, 4, 3), np.uint8), np.full((1, 4, 4, 3), 255, np.uint8)
        assert float(psnr(black, white, value_range=255)[0]) == pytest.approx(0, abs=1e-5)
        assert float(psnr(white, black, value_range=255)[0]) == pytest.approx(0, abs=1e-5)

    def test_the_same_image_is_infinite(self):
        image, _ = noisy_pair(1)
        assert math.isinf(psnr(image, image, value_range=255))

    def test_agrees_with_scikit_image_on_8_bits(self):
        image, noisy = noisy_pair(1)
        expected = skimage.metrics.peak_signal_noise_ratio(image, noisy, data_range=255)
        assert float(psnr(image, noisy, value_range=255)) == pytest.approx(expected, abs=1e-4)

    def test_is_one_number_an_image(self):
        images, noisy = np.stack([noisy_pair(1), noisy_pair(2)], axis=1).astype(np.float32) / 127.5 - 1
        expected = [
            skimage.metrics.peak_signal_noise_ratio(*pair, data_range=2)
            for pair in zip(images, noisy, strict=True)
        ]
        np.testing.assert_allclose(psnr(images, noisy, value_range=2), expected, atol=1e-4)

    def test_is_the_same_before_and_after_scaling(self):
        image, noisy = noisy_pair(1)
        scaled = (image[None].astype(np.float32) / 127.5 - 1, noisy[None].astype(np.float32) / 127.5 - 1)
        in_8_bits = float(psnr(image, noisy, value_range=255))
        assert float(psnr(*scaled, value_range=2)[0]) == pytest.approx(in_8_bits, abs=1e-4)


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


@pytest.fixture
def validation_crops():
    pairs = [noisy_pair(seed) for seed in range(3)]
    return {
        "high_resolution": np.stack([image for image, _ in pairs]),
        "low_resolution": np.zeros((3, 6, 6, 3), np.float32),
        "photograph_id": np.array(["rose", "rose", "tulip"]),
        "position": np.array([0, 0, 4]),
        "crop": np.array([0, 1, 0]),
    }


@pytest.fixture
def super_resolved():
    noisy = np.stack([noisy_pair(seed)[1] for seed in range(3)])
    return {"nearest": noisy, "bicubic": noisy[::-1]}


class TestMeasureCrops:
    def test_a_row_for_each_method_and_crop(self, validation_crops, super_resolved):
        table = measure_crops(validation_crops, super_resolved)
        assert list(table) == ["method", "photograph_id", "position", "crop", "psnr", "ssim"]
        assert list(table["method"]) == ["nearest"] * 3 + ["bicubic"] * 3
        assert list(table["photograph_id"]) == ["rose", "rose", "tulip"] * 2
        assert list(table["position"]) == [0, 0, 4] * 2
        assert list(table["crop"]) == [0, 1, 0] * 2

    def test_each_crop_is_measured_against_its_own(self, validation_crops, super_resolved):
        table = measure_crops(validation_crops, super_resolved)
        for row, method, index in ((1, "nearest", 1), (3, "bicubic", 0)):
            pair = validation_crops["high_resolution"][index], super_resolved[method][index]
            expected = skimage.metrics.peak_signal_noise_ratio(*pair, data_range=255)
            assert table["psnr"][row] == pytest.approx(expected, abs=1e-4)
            assert table["ssim"][row] == pytest.approx(float(tf.image.ssim(*pair, max_val=255)), abs=1e-4)

    def test_another_number_of_crops_is_an_error(self, validation_crops, super_resolved):
        with pytest.raises(ValueError, match="shorter"):
            measure_crops(validation_crops, {"nearest": super_resolved["nearest"][:2]})


class TestAverage:
    @pytest.fixture
    def table(self):
        return pd.DataFrame(
            {
                "method": ["b", "b", "b", "a"],
                "photograph_id": ["rose", "rose", "tulip", "rose"],
                "psnr": [20.0, 30.0, 31.0, 10.0],
                "ssim": [0.5, 0.6, 0.7, 0.1],
            }
        )

    def test_means_of_the_crops_numbers(self, table):
        # Not the PSNR of the mean error, which would be 24.3 dB.
        assert average(table)["b"]["psnr"] == pytest.approx(27)
        assert average(table)["b"]["ssim"] == pytest.approx(0.6)

    def test_counts_crops_and_photographs(self, table):
        assert (average(table)["b"]["crops"], average(table)["b"]["photographs"]) == (3, 2)

    def test_methods_keep_their_order(self, table):
        assert list(average(table)) == ["b", "a"]
