import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from PIL import Image

from srgan_report.errors import InputError
from srgan_report.inference import upscaler as upscaling
from srgan_report.inference.upscaler import Upscaler, interpolate, receptive_radius, to_8_bits
from srgan_report.networks import build_generator

ARTICLE = {}
PAPER = {
    "residual_blocks": 16,
    "activation": "prelu",
    "activate_residual": False,
    "skip_kernel_size": 3,
    "output_activation": "linear",
}


def repeating(slope, offset):
    """A generator that repeats pixels and gives slope · x + offset."""
    return keras.Sequential(
        [keras.Input((None, None, 3)), keras.layers.UpSampling2D(4), keras.layers.Rescaling(slope, offset)]
    )


def random_generator(**settings):
    """A generator of which no weight is what it is at first, BatchNorm's statistics included."""
    generator = build_generator(**settings)
    random = np.random.default_rng(0)
    for weight in generator.weights:
        spread = 0.2 * random.standard_normal(weight.shape)
        weight.assign(
            weight * (1 + spread) if weight.name in ("kernel", "moving_variance") else weight + spread
        )
    return generator


def averaging():
    """A generator on whose reach's rim much depends: 4 pixels, of which 2 in LR, 1 / 2 and 4 / 4 upscaled."""
    x = image = keras.Input((None, None, 3))
    for size, times in ((5, 2), (3, 2), (9, 1)):
        mean = keras.initializers.Constant(1 / (3 * size**2))
        x = layers.Conv2D(3, size, padding="same", kernel_initializer=mean)(x)
        x = layers.UpSampling2D(times)(x)
    return keras.Model(image, x)


def noise(*shape):
    return np.random.default_rng(2).random((*shape, 3), np.float32)


@pytest.fixture
def crops():
    return np.random.default_rng(1).random((5, 6, 7, 3), np.float32)


@pytest.fixture
def windows(monkeypatch):
    """The shapes of what generators are given."""
    shapes = []

    def accelerate(generator):
        def forward(images, training):
            tf.py_function(lambda shape: shapes.append(tuple(shape.numpy())), [tf.shape(images)], [])
            return generator(images, training=training)

        return forward

    monkeypatch.setattr(upscaling, "accelerate", accelerate)
    return shapes


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


class TestUntiled:
    def test_maps_minus_one_to_one_onto_levels(self, crops):
        upscaled = Upscaler(repeating(2.0, -1.0))(crops)
        assert (upscaled.shape, upscaled.dtype) == ((5, 24, 28, 3), np.uint8)
        expected = np.round(crops * 255).repeat(4, axis=1).repeat(4, axis=2)
        np.testing.assert_allclose(upscaled, expected, atol=1)

    def test_clips_what_lies_beyond(self, crops):
        upscaled = Upscaler(repeating(6.0, -3.0))(crops)
        assert (upscaled.min(), upscaled.max()) == (0, 255)

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
        at_once, by_twos = (Upscaler(generator, batch_size=size)(crops) for size in (5, 2))
        np.testing.assert_array_equal(at_once, by_twos)

    def test_batch_norm_uses_what_it_has_learnt_and_learns_nothing(self, crops):
        norm = keras.layers.BatchNormalization(epsilon=0)
        generator = keras.Sequential([keras.Input((None, None, 3)), keras.layers.UpSampling2D(4), norm])
        norm.set_weights([np.full(3, 2), np.zeros(3), np.full(3, 0.5), np.ones(3)])
        upscaled = Upscaler(generator)(crops)  # 2 (x - 0.5)
        np.testing.assert_allclose(upscaled[:, ::4, ::4], np.round(crops * 255), atol=1)
        np.testing.assert_array_equal(norm.moving_mean, np.full(3, 0.5))

    def test_a_second_size_is_not_traced_again(self, monkeypatch):
        traced = []

        def accelerate(generator):
            return lambda images, training: (
                traced.append(images.shape) or generator(images, training=training)
            )

        monkeypatch.setattr(upscaling, "accelerate", accelerate)
        upscale = Upscaler(repeating(2.0, -1.0), tile_size=8)
        for shape in ((1, 6, 7), (3, 5, 5), (2, 9, 20)):
            upscale(noise(*shape))
        assert traced == [(None, None, None, 3)]

    @pytest.mark.parametrize(
        ("shape", "batches"),
        [((7, 3, 4), [3, 3, 1]), ((7, 9, 10), [2, 2, 2, 1]), ((2, 12, 16), [1, 1]), ((2, 2, 50), [2] * 4)],
    )
    def test_a_batch_has_no_more_pixels_than_one_window(self, windows, shape, batches):
        # Without a halo windows are tiles: of up to 16 pixels' side, so 256 pixels.
        Upscaler(repeating(2.0, -1.0), tile_size=16, batch_size=3)(noise(*shape))
        assert [window[0] for window in windows] == batches


class TestTiled:
    """Tiles of 8 pixels and a halo of 13 (article) or 10 (paper): windows of up to 34 or 28."""

    @pytest.fixture(scope="class", params=[ARTICLE, PAPER], ids=["article", "paper"])
    def generator(self, request):
        return random_generator(**request.param | {"residual_blocks": 1})

    @pytest.mark.parametrize(
        "shape",
        [
            pytest.param((1, 48, 56), id="multiples of the tile"),
            pytest.param((1, 37, 59), id="prime sides"),
            pytest.param((1, 3, 50), id="lower than a tile"),
            pytest.param((1, 45, 7), id="narrower than a tile"),
            pytest.param((1, 35, 29), id="one pixel more than a window"),
            pytest.param((3, 36, 41), id="several images"),
            pytest.param((3, 9, 11), id="nothing to tile"),
        ],
    )
    def test_is_what_the_untiled_model_gives(self, generator, shape):
        images = noise(*shape)
        tiled = Upscaler(generator, tile_size=8, batch_size=2)(images)
        untiled = to_8_bits((generator(images, training=False).numpy() + 1) / 2)
        assert untiled.std() > 12
        assert tiled.dtype == np.uint8
        difference = np.abs(tiled.astype(int) - untiled)
        assert difference.max() <= 1  # where a level's end falls between two roundings
        assert difference.mean() < 1e-3

    @pytest.mark.parametrize("tile_size", [1, 5, 7])
    def test_halo_is_as_wide_as_it_must_be(self, tile_size, monkeypatch):
        images, generator = noise(1, 23, 31), averaging()
        untiled = to_8_bits((generator(images).numpy() + 1) / 2).astype(int)
        tiled = Upscaler(generator, tile_size=tile_size)(images)
        assert np.abs(tiled - untiled).max() <= 1
        monkeypatch.setattr(upscaling, "receptive_radius", lambda generator: 3)
        tiled = Upscaler(generator, tile_size=tile_size)(images)
        assert np.abs(tiled - untiled).max() > 1

    def test_windows_are_alike_and_no_larger_than_they_must_be(self, windows):
        # With halos of 4 on both sides one tile of 10 covers a side of up to 18, and two of 6 one of 19.
        Upscaler(averaging(), tile_size=10)(noise(1, 19, 18))
        assert windows == [(1, 6 + 8, 18, 3)] * 2


class TestReceptiveRadius:
    @pytest.mark.parametrize(("settings", "radius"), [(ARTICLE, 21), (PAPER, 40)], ids=["article", "paper"])
    def test_is_the_reach_of_the_gradient(self, settings, radius):
        generator = random_generator(**settings)
        assert receptive_radius(generator) == radius
        image = tf.constant(noise(1, 2 * radius + 5, 2 * radius + 5))
        centre = radius + 2
        with tf.GradientTape() as tape:
            tape.watch(image)
            upscaled = generator(image, training=False)
            of_centre = upscaled[:, 4 * centre : 4 * centre + 4, 4 * centre : 4 * centre + 4]
            output = tf.reduce_sum(of_centre)
        seen = tape.gradient(output, image).numpy()[0].any(axis=-1)
        expected = np.zeros_like(seen)
        expected[2:-2, 2:-2] = True
        np.testing.assert_array_equal(seen, expected)

    def test_saved_generators_have_the_same(self, tmp_path):
        build_generator(residual_blocks=1).save(tmp_path / "generator.keras")
        assert receptive_radius(keras.models.load_model(tmp_path / "generator.keras")) == 13

    @pytest.mark.parametrize(
        "unknown",
        [
            layers.Conv2D(3, 3, padding="same", strides=2),
            layers.Conv2D(3, 3, padding="same", dilation_rate=2),
            layers.UpSampling2D(2, interpolation="bilinear"),
            layers.UpSampling2D((2, 1)),
            layers.AveragePooling2D(2),
        ],
    )
    def test_an_operation_of_unknown_reach_is_an_error(self, unknown):
        image = keras.Input((None, None, 3))
        generator = keras.Model(image, layers.UpSampling2D(4)(unknown(image)))
        with pytest.raises(ValueError, match=f"Received: {type(unknown).__name__} '{unknown.name}'"):
            Upscaler(generator)

    @pytest.mark.parametrize(
        "shape", [(None, None, 1), (8, 8, 3), (None, 3)], ids=["gray", "of one size", "no image"]
    )
    def test_a_model_from_elsewhere_is_an_error_that_names_it(self, shape):
        model = keras.Sequential([keras.Input(shape), layers.Dense(3)])
        with pytest.raises(
            InputError, match=r"^srgan_mse\.generator is not a generator .*Received: \(\(None, "
        ):
            Upscaler(model, name="srgan_mse.generator")

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_weights_that_are_not_finite_are_an_error(self, value):
        generator = build_generator(residual_blocks=1)
        weights = generator.get_weights()
        weights[3].flat[0] = value
        generator.set_weights(weights)
        with pytest.raises(InputError, match=r"^srgan_mse\.generator has weights that are not finite"):
            Upscaler(generator, name="srgan_mse.generator")

    @pytest.mark.parametrize("value", [np.nan, 1e38])
    def test_values_that_are_not_finite_are_an_error_and_no_black_picture(self, value):
        generator = build_generator(residual_blocks=1, output_activation="linear")
        upscaler = Upscaler(generator)  # its weights change later, as in training
        generator.set_weights([np.full_like(weight, value) for weight in generator.get_weights()])
        with pytest.raises(InputError, match=r"^The generator makes values that are not finite"):
            upscaler(np.ones((1, 8, 8, 3), np.float32))

    def test_four_times_is_a_must(self):
        image = keras.Input((None, None, 3))
        with pytest.raises(ValueError, match=r"upscale 4 times\. Received: 2 times"):
            receptive_radius(keras.Model(image, layers.UpSampling2D(2)(image)))


class TestInterpolate:
    def test_nearest_repeats_every_pixel(self, crops):
        expected = np.round(crops * 255).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=2)
        np.testing.assert_array_equal(interpolate(crops, "nearest"), expected)

    def test_bicubic_is_pillows(self, crops):
        # Pillow's BICUBIC is Keys' cubic with a = -0.5 too, and it does not smooth where it upscales.
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


class TestMemory:
    """TensorFlow fails to allocate what a window of more than so many pixels needs."""

    def limited(self, side, tile_size=128):
        upscaler = Upscaler(averaging(), tile_size=tile_size)
        compute, computed = upscaler._forward, []

        def forward(images):
            computed.append(max(images.shape[1:3]))
            if computed[-1] > side:
                raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
            return compute(images)

        upscaler._forward = forward
        return upscaler, computed

    def test_tiles_are_halved_until_they_fit(self, caplog):
        images = noise(1, 150, 170)
        upscaler, _ = self.limited(60)
        np.testing.assert_array_equal(upscaler(images), Upscaler(averaging())(images))
        assert [message.partition(": ")[2] for message in caplog.messages] == [
            "not enough memory for tiles of 128 pixels, retrying with 64",
            "not enough memory for tiles of 64 pixels, retrying with 32",
        ]

    def test_and_stay_so_for_the_images_that_follow(self):
        upscaler, computed = self.limited(60)
        upscaler(noise(1, 150, 170))
        computed.clear()
        upscaler(noise(1, 140, 150))
        assert max(computed) <= 60

    def test_where_not_even_small_ones_fit_it_is_an_error_of_memory(self):
        upscaler, computed = self.limited(0)
        with pytest.raises(MemoryError, match="can't upscale even tiles of 32 pixels"):
            upscaler(noise(1, 150, 170))
        assert len(computed) == 3
