import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_report.networks import build_generator


class PixelShuffle(keras.layers.Layer):
    def call(self, x):
        return tf.nn.depth_to_space(x, 2)


PAPER = {
    "activation": "prelu",
    "activate_residual": False,
    "skip_kernel_size": 3,
    "output_activation": "linear",
}


def same_conv(filters, size, **kwargs):
    return keras.layers.Conv2D(filters, size, padding="same", **kwargs)


def article_generator():
    """The article's "Model definition", told again in plain Keras."""
    image = keras.Input((None, None, 3))
    stem = keras.Sequential([same_conv(64, 9), keras.layers.LeakyReLU()])(image)
    trunk = stem
    for _ in range(5):
        half = [[same_conv(64, 3), keras.layers.BatchNormalization(), keras.layers.LeakyReLU()] for _ in "ab"]
        trunk = trunk + keras.Sequential(half[0] + half[1])(trunk)
    trunk = stem + keras.Sequential([same_conv(64, 9), keras.layers.BatchNormalization()])(trunk)
    for _ in range(2):
        trunk = keras.Sequential([same_conv(256, 3), PixelShuffle(), keras.layers.LeakyReLU()])(trunk)
    return keras.Model(image, same_conv(3, 9, activation="tanh")(trunk))


def paper_generator():
    """Ledig et al. 2017, figure 4, told in plain Keras."""

    def prelu():
        return keras.layers.PReLU(shared_axes=(1, 2))

    image = keras.Input((None, None, 3))
    stem = keras.Sequential([same_conv(64, 9), prelu()])(image)
    trunk = stem
    for _ in range(16):
        head = [same_conv(64, 3), keras.layers.BatchNormalization(), prelu()]
        tail = [same_conv(64, 3), keras.layers.BatchNormalization()]
        trunk = trunk + keras.Sequential(head + tail)(trunk)
    trunk = stem + keras.Sequential([same_conv(64, 3), keras.layers.BatchNormalization()])(trunk)
    for _ in range(2):
        trunk = keras.Sequential([same_conv(256, 3), PixelShuffle(), prelu()])(trunk)
    return keras.Model(image, same_conv(3, 9)(trunk))


def shake(model, seed):
    """Gives every weight a random value, BatchNorm's gammas, betas and statistics included."""
    random = np.random.default_rng(seed)
    model.set_weights(
        [
            random.uniform(0.5, 1.5, weight.shape)
            if weight.path.endswith(("gamma", "moving_variance"))
            else random.normal(0, 0.05, weight.shape)
            for weight in model.weights
        ]
    )


def images(*shape):
    return np.random.default_rng(7).random(shape, np.float32)


class TestArchitecture:
    def test_exact_number_of_parameters(self):
        assert build_generator().count_params() == 1_030_531

    def test_paper_blocks_by_keyword(self):
        # A block more: two convolutions of 3·3·64·64 + 64 and two BatchNorms of 4·64 parameters.
        block = 2 * (3 * 3 * 64 * 64 + 64) + 2 * 4 * 64
        assert build_generator(residual_blocks=16).count_params() == 1_030_531 + 11 * block

    def test_exact_number_of_the_papers_parameters(self):
        # First convolution and PReLU              9·9·3·64 + 64 + 64                       =    15,680
        # A block, sixteen times                   2 (3·3·64·64 + 64) + 2·4·64 + 64 = 74,432  = 1,190,912
        # Convolution and BatchNorm before the sum 3·3·64·64 + 64 + 4·64                    =    37,184
        # Sub-pixel convolution and PReLU, twice   3·3·64·256 + 256 + 64 = 147,776          =   295,552
        # Last convolution                         9·9·64·3 + 3                             =    15,555
        assert 15_680 + 1_190_912 + 37_184 + 295_552 + 15_555 == 1_554_883
        assert build_generator(residual_blocks=16, **PAPER).count_params() == 1_554_883

    @pytest.fixture(scope="class", params=["article", "paper"])
    def generators(self, request):
        """Ours and the source's, with the same weights."""
        if request.param == "article":
            ours, theirs = build_generator(), article_generator()
        else:
            ours, theirs = build_generator(residual_blocks=16, **PAPER), paper_generator()
        shake(ours, seed=1)
        theirs.set_weights(ours.get_weights())
        return ours, theirs

    @pytest.mark.parametrize("training", [False, True])
    def test_computes_what_the_source_says(self, generators, training):
        ours, theirs = (generator(images(2, 6, 5, 3), training=training).numpy() for generator in generators)
        assert ours.std() > 0.1  # else the comparison would say little
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * max(1, np.abs(theirs).max()))

    @pytest.mark.parametrize("keywords", [{}, PAPER], ids=["article", "paper"])
    @pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 5), (8, 13)])
    def test_upscales_any_size_four_times(self, keywords, height, width):
        upscaled = build_generator(residual_blocks=1, **keywords)(images(1, height, width, 3))
        assert upscaled.shape == (1, 4 * height, 4 * width, 3)
        assert upscaled.dtype == tf.float32

    def test_leaky_relu_has_keras_default_slope(self):
        generator = build_generator(residual_blocks=1)
        slopes = {x.negative_slope for x in generator.layers if isinstance(x, keras.layers.LeakyReLU)}
        assert slopes == {keras.layers.LeakyReLU().negative_slope} == {0.3}

    def test_output_lies_within_tanhs_range(self):
        generator = build_generator(residual_blocks=1)
        shake(generator, seed=2)
        upscaled = generator(100 * images(1, 4, 4, 3)).numpy()
        assert -1 <= upscaled.min() < -0.9 < 0.9 < upscaled.max() <= 1

    def test_linear_output_does_not(self):
        generator = build_generator(residual_blocks=1, output_activation="linear")
        shake(generator, seed=2)
        upscaled = generator(100 * images(1, 4, 4, 3)).numpy()
        assert upscaled.min() < -2
        assert upscaled.max() > 2

    def test_momentum_reaches_every_batch_norm(self):
        generator = build_generator(residual_blocks=1, batch_normalization_momentum=0.25)
        norms = [layer for layer in generator.layers if isinstance(layer, keras.layers.BatchNormalization)]
        assert [norm.momentum for norm in norms] == [0.25] * 3

    def test_momentum_is_keras_default_otherwise(self):
        norm = build_generator(residual_blocks=1).get_layer("skip_norm")
        assert norm.momentum == keras.layers.BatchNormalization().momentum


class TestInitialWeights:
    def test_same_seed_same_weights_whatever_was_built_before(self):
        first = build_generator(residual_blocks=1, seed=3).get_weights()
        build_generator(residual_blocks=2, seed=4)
        keras.utils.set_random_seed(0)
        second = build_generator(residual_blocks=1, seed=3).get_weights()
        for a, b in zip(first, second, strict=True):
            np.testing.assert_array_equal(a, b)

    def test_more_blocks_leave_the_other_weights_as_they_are(self):
        small, large = (build_generator(residual_blocks=blocks, seed=3) for blocks in (1, 2))
        for layer in small.layers:
            if layer.weights:
                for a, b in zip(layer.weights, large.get_layer(layer.name).weights, strict=True):
                    np.testing.assert_array_equal(a, b)

    def test_another_seed_gives_other_weights(self):
        first, second = (build_generator(residual_blocks=1, seed=seed) for seed in (3, 4))
        for layer in ("first_conv", "block1_conv1", "upsample2_conv", "last_conv"):
            assert np.abs(first.get_layer(layer).kernel - second.get_layer(layer).kernel).max() > 0.01

    def test_layers_of_one_shape_differ(self):
        generator = build_generator(residual_blocks=2)
        names = ["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"]
        kernels = [generator.get_layer(name).kernel.numpy().tobytes() for name in names]
        assert len(set(kernels)) == 4

    def test_default_is_glorot_uniform_as_in_keras(self):
        generator = build_generator(residual_blocks=1)
        limit = np.sqrt(6 / (9 * 64 + 9 * 64))
        kernel = generator.get_layer("block1_conv1").kernel.numpy()
        assert 0.99 * limit < np.abs(kernel).max() <= limit
        assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
        assert not generator.get_layer("block1_conv1").bias.numpy().any()
        np.testing.assert_array_equal(generator.get_layer("block1_norm2").gamma, np.ones(64))


class TestPrelu:
    @pytest.fixture
    def generator(self):
        return build_generator(residual_blocks=1, activation="prelu")

    def test_has_one_slope_a_channel_a_quarter_at_first(self, generator):
        prelus = [layer for layer in generator.layers if isinstance(layer, keras.layers.PReLU)]
        assert len(prelus) == 5
        for prelu in prelus:
            np.testing.assert_array_equal(prelu.alpha, np.full((1, 1, 64), 0.25))

    def test_takes_leaky_relus_place(self, generator):
        leaky = build_generator(residual_blocks=1)
        names = [layer.name for layer in leaky.layers if isinstance(layer, keras.layers.LeakyReLU)]
        assert names == [layer.name for layer in generator.layers if isinstance(layer, keras.layers.PReLU)]

    def test_its_slopes_are_trained(self, generator):
        alphas = [weight for weight in generator.trainable_variables if weight.path.endswith("alpha")]
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(generator(images(2, 5, 5, 3), training=True) ** 2)
        gradients = tape.gradient(loss, alphas)
        assert len(gradients) == 5
        assert all(np.abs(gradient).max() > 0 for gradient in gradients)

    def test_other_weights_start_as_with_leaky_relu(self, generator):
        leaky = build_generator(residual_blocks=1)
        ours = [weight.numpy() for weight in generator.weights if not weight.path.endswith("alpha")]
        for a, b in zip(ours, leaky.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


class TestSaving:
    @pytest.mark.parametrize("keywords", [{}, PAPER], ids=["article", "paper"])
    def test_saved_and_loaded_in_safe_mode_it_gives_the_same_output(self, tmp_path, keywords):
        generator = build_generator(residual_blocks=2, batch_normalization_momentum=0.9, **keywords)
        shake(generator, seed=5)
        generator.save(tmp_path / "generator.keras")
        loaded = keras.saving.load_model(tmp_path / "generator.keras", safe_mode=True)
        x = images(1, 5, 6, 3)
        np.testing.assert_array_equal(generator(x), loaded(x))
        assert loaded.to_json() == generator.to_json()
