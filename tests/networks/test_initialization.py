import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_report.networks import build_generator, initialize

PAPER = {
    "activation": "prelu",
    "activate_residual": False,
    "skip_kernel_size": 3,
    "output_activation": "linear",
}


@pytest.fixture(scope="module")
def generator():
    return initialize(build_generator(residual_blocks=2, seed=1), "interpolating")


@pytest.fixture(scope="module")
def papers_generator():
    return initialize(build_generator(residual_blocks=16, **PAPER, seed=1), "interpolating")


def upscale_by_two(image):
    """Bilinear interpolation of one channel with half-pixel centres; beyond its edge all is grey."""
    for _ in range(2):
        padded = np.pad(image, ((1, 1), (0, 0)), constant_values=0.5)
        before, centre, after = padded[:-2], padded[1:-1], padded[2:]
        halves = [0.25 * before + 0.75 * centre, 0.75 * centre + 0.25 * after]
        image = np.stack(halves, axis=1).reshape(2 * len(image), -1).T
    return image


def upscale_by_four(image):
    """All three channels, on [-1, 1]."""
    upscaled = [upscale_by_two(upscale_by_two(image[..., colour])) for colour in range(3)]
    return 2 * np.stack(upscaled, axis=-1) - 1


class TestUntrainedOutput:
    @pytest.mark.parametrize("activation", ["leaky_relu", "prelu"])
    @pytest.mark.parametrize("activate_residual", [True, False])
    def test_interpolates_bilinearly_but_for_the_tanh(self, activation, activate_residual):
        generator = initialize(
            build_generator(
                residual_blocks=2,
                activation=activation,
                activate_residual=activate_residual,
            ),
            "interpolating",
        )
        image = np.random.default_rng(1).random((9, 12, 3), np.float32)
        error = generator(image[None])[0].numpy() - upscale_by_four(image)
        # What is left of tanh's bend after its correction.
        assert np.abs(error).max() < 0.07
        assert np.sqrt(np.mean(error**2)) < 0.025

    @pytest.mark.parametrize("training", [False, True])
    @pytest.mark.parametrize("activation", ["leaky_relu", "prelu"])
    @pytest.mark.parametrize("activate_residual", [True, False])
    def test_interpolates_exactly_with_linear_output(self, activation, activate_residual, training):
        generator = initialize(
            build_generator(
                residual_blocks=2,
                activation=activation,
                activate_residual=activate_residual,
                output_activation="linear",
            ),
            "interpolating",
        )
        image = np.random.default_rng(1).random((9, 12, 3), np.float32)
        upscaled = generator(image[None], training=training)[0]
        np.testing.assert_allclose(upscaled, upscale_by_four(image), atol=1e-5)

    def test_the_papers_agrees_with_tensorflows_resize_inside(self, papers_generator):
        image = np.random.default_rng(2).random((11, 8, 3), np.float32)
        # TensorFlow resizes by four at once; twice by two gives other weights, and so does its edge.
        twice = tf.image.resize(tf.image.resize(image, (22, 16)), (44, 32)).numpy()
        inner = np.s_[8:-8, 8:-8]
        upscaled = papers_generator(image[None])[0].numpy()
        np.testing.assert_allclose(upscaled[inner], (2 * twice - 1)[inner], atol=1e-5)

    def test_agrees_with_tensorflows_resize_on_a_smooth_image(self, generator):
        rows, columns = np.mgrid[:12, :12] / 11
        image = np.stack([rows, columns, (rows + columns) / 2], axis=-1).astype(np.float32)
        bilinear = tf.image.resize(image, (48, 48), method="bilinear").numpy()
        inner = np.s_[8:-8, 8:-8]
        upscaled = generator(image[None])[0].numpy()
        np.testing.assert_allclose(upscaled[inner], (2 * bilinear - 1)[inner], atol=0.07)

    def test_brighter_pixels_stay_brighter_through_the_whole_range(self, generator):
        levels = np.linspace(0, 1, 33, dtype=np.float32)
        flat = np.broadcast_to(levels[:, None, None, None], (33, 5, 5, 3))
        centre = generator(flat)[:, 10, 10].numpy()
        np.testing.assert_allclose(centre, np.repeat(2 * levels[:, None] - 1, 3, axis=1), atol=0.07)
        assert (np.diff(centre, axis=0) > 0).all()

    def test_what_is_left_of_the_tanh_does_not_depend_on_the_activations_slope(self):
        image = np.random.default_rng(3).random((1, 6, 6, 3), np.float32)
        upscaled = [
            initialize(build_generator(residual_blocks=1, activation=activation), "interpolating")(image)
            for activation in ("leaky_relu", "prelu")
        ]
        np.testing.assert_allclose(*upscaled, atol=1e-5)

    def test_colours_do_not_mix(self, generator):
        red = np.zeros((1, 6, 6, 3), np.float32)
        red[..., 0] = 1
        np.testing.assert_allclose(generator(red)[0, 12, 12], [1, -1, -1], atol=0.07)


class TestArchitecture:
    def test_the_papers_stays_the_papers(self, papers_generator):
        assert papers_generator.count_params() == 1_554_883

    def test_is_the_default_one(self, generator):
        default = build_generator(residual_blocks=2)
        assert [type(layer) for layer in generator.layers] == [type(layer) for layer in default.layers]
        assert [(weight.path, weight.shape) for weight in generator.weights] == [
            (weight.path, weight.shape) for weight in default.weights
        ]

    def test_only_what_interpolates_differs_from_the_default_weights(self, generator):
        default = build_generator(residual_blocks=2, seed=1)
        changed = {
            weight.path
            for weight, other in zip(generator.weights, default.weights, strict=True)
            if (weight.numpy() != other.numpy()).any()
        }
        norms = {f"{name}/gamma" for name in ("block1_norm2", "block2_norm2", "skip_norm")}
        convolutions = {"first_conv", "upsample1_conv", "upsample2_conv", "last_conv"}
        assert norms <= changed
        assert {path.split("/")[0] for path in changed - norms} == convolutions

    def test_other_channels_keep_their_random_weights(self, generator):
        default = build_generator(residual_blocks=2, seed=1)
        for name, kept in (("first_conv", np.s_[..., 12:]), ("upsample1_conv", np.s_[..., 12:64])):
            np.testing.assert_array_equal(
                generator.get_layer(name).kernel.numpy()[kept], default.get_layer(name).kernel.numpy()[kept]
            )


class TestRepeatedSubPixels:
    """ICNR: what the untrained sub-pixel convolutions give has no checkerboard."""

    @pytest.fixture(scope="class")
    def icnr(self):
        return initialize(build_generator(residual_blocks=1, seed=1), "interpolating_icnr")

    def test_other_channels_are_upscaled_by_nearest_neighbours(self, icnr):
        features = np.random.default_rng(1).normal(size=(1, 5, 6, 64)).astype(np.float32)
        convolved = icnr.get_layer("upsample1_conv")(features)
        shuffled = tf.nn.depth_to_space(convolved, 2)[0, ..., 12:].numpy()
        repeated = shuffled[::2, ::2].repeat(2, axis=0).repeat(2, axis=1)
        np.testing.assert_array_equal(shuffled, repeated)
        assert shuffled.std() > 0.1

    def test_output_is_the_same(self, icnr):
        other = initialize(build_generator(residual_blocks=1, seed=1), "interpolating")
        image = np.random.default_rng(1).random((1, 7, 8, 3), np.float32)
        np.testing.assert_allclose(icnr(image), other(image), atol=1e-6)


class TestTraining:
    @pytest.fixture(scope="class", params=[{}, PAPER], ids=["article", "paper"])
    def gradients(self, request):
        """The gradient of each trainable weight after a few steps, by its path."""
        generator = initialize(build_generator(residual_blocks=1, **request.param), "interpolating")
        optimizer = keras.optimizers.Adam(1e-3)
        random = np.random.default_rng(2)
        low, high = random.random((2, 6, 6, 3)), random.uniform(-1, 1, (2, 24, 24, 3))

        @tf.function
        def differentiate():
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(generator(low, training=True) - high))
            return tape.gradient(loss, generator.trainable_variables)

        optimizer.build(generator.trainable_variables)
        steps = []
        for _ in range(4):
            gradients = differentiate()
            steps.append({v.path: g for v, g in zip(generator.trainable_variables, gradients, strict=True)})
            optimizer.apply(gradients, generator.trainable_variables)
        return steps

    def test_all_weights_but_batch_norm_statistics_are_trainable(self, generator):
        frozen = {weight.path.rpartition("/")[2] for weight in generator.non_trainable_weights}
        assert frozen == {"moving_mean", "moving_variance"}

    def test_the_first_step_moves_the_long_skip(self, gradients):
        assert np.abs(gradients[0]["skip_norm/gamma"]).max() > 0

    def test_the_second_reaches_the_blocks(self, gradients):
        assert np.abs(gradients[1]["block1_norm2/gamma"]).max() > 0

    def test_the_fourth_reaches_every_kernel(self, gradients):
        kernels = {path: gradient for path, gradient in gradients[3].items() if path.endswith("kernel")}
        assert len(kernels) == 7
        assert all(np.abs(gradient).max() > 0 for gradient in kernels.values())
