import keras
import numpy as np
import pytest
from PIL import Image

from srgan_report.upscaling import interpolate, super_resolve, to_8_bits


def repeating(slope, offset):
    """A generator that repeats pixels and gives slope · x + offset."""
    return keras.Sequential(
        [keras.Input((None, None, 3)), keras.layers.UpSampling2D(4), keras.layers.Rescaling(slope, offset)]
    )


@pytest.fixture
def crops():
    return np.random.default_rng(1).random((5, 6, 7, 3), np.float32)


class TestTo8Bits:
    def test_rounds_to_the_nearest_level(self):
        levels = np.array([0, 0.49, 0.51, 99.6, 254.4, 255])
        assert to_8_bits(levels / 255).tolist() == [0, 0, 1, 100, 254, 255]

    def test_clips(self):
        clipped = to_8_bits(np.array([-7.0, -0.001, 1.001, 9.0]))
        assert clipped.tolist() == [0, 0, 255, 255]
        assert clipped.dtype == np.uint8

    def test_every_level_survives(self):
        levels = np.arange(256, dtype=np.uint8)
        np.testing.assert_array_equal(to_8_bits(levels.astype(np.float32) / 255), levels)


class TestSuperResolve:
    def test_maps_minus_one_to_one_onto_levels(self, crops):
        enlarged = super_resolve(repeating(2.0, -1.0), crops)
        assert (enlarged.shape, enlarged.dtype) == ((5, 24, 28, 3), np.uint8)
        expected = np.round(crops * 255).repeat(4, axis=1).repeat(4, axis=2)
        np.testing.assert_allclose(enlarged, expected, atol=1)

    def test_clips_what_lies_beyond(self, crops):
        enlarged = super_resolve(repeating(6.0, -3.0), crops).repeat(1)
        assert (enlarged.min(), enlarged.max()) == (0, 255)

    def test_batches_do_not_change_the_result(self, crops):
        generator = keras.Sequential(
            [
                keras.Input((None, None, 3)),
                keras.layers.Conv2D(3, 3, padding="same", kernel_initializer=keras.initializers.Ones()),
                keras.layers.BatchNormalization(),
                keras.layers.UpSampling2D(4),
                keras.layers.Activation("tanh"),
            ]
        )
        at_once, by_twos = (super_resolve(generator, crops, batch_size=size) for size in (5, 2))
        np.testing.assert_array_equal(at_once, by_twos)

    def test_batch_norm_uses_what_it_has_learnt_and_learns_nothing(self, crops):
        norm = keras.layers.BatchNormalization(epsilon=0)
        generator = keras.Sequential([keras.Input((None, None, 3)), keras.layers.UpSampling2D(4), norm])
        norm.set_weights([np.full(3, 2), np.zeros(3), np.full(3, 0.5), np.ones(3)])
        enlarged = super_resolve(generator, crops)  # 2 (x - 0.5)
        np.testing.assert_allclose(enlarged[:, ::4, ::4], np.round(crops * 255), atol=1)
        np.testing.assert_array_equal(norm.moving_mean, np.full(3, 0.5))


class TestInterpolate:
    def test_nearest_repeats_every_pixel(self, crops):
        expected = np.round(crops * 255).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=2)
        np.testing.assert_array_equal(interpolate(crops, "nearest"), expected)

    def test_bicubic_is_pillows(self, crops):
        # Pillow's BICUBIC is Keys' cubic with a = -0.5 too, and it does not smooth where it enlarges.
        channels = [
            Image.fromarray(crops[2, ..., colour]).resize((28, 24), Image.Resampling.BICUBIC)
            for colour in range(3)
        ]
        expected = np.clip(np.stack(channels, axis=-1), 0, 1) * 255
        np.testing.assert_allclose(interpolate(crops, "bicubic")[2], expected, atol=0.51)

    def test_bicubic_clips_its_overshoot(self):
        edge = np.zeros((1, 8, 8, 3), np.float32)
        edge[:, :, 4:] = 1
        row = interpolate(edge, "bicubic")[0, 16, :, 0]
        assert row[:12].max() == 0
        assert row[20:].min() == 255
