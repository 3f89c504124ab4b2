import keras
import numpy as np
import pytest

from srgan_report.networks import build_discriminator


def article_discriminator(crop_size, **slope):
    """The article's "Model definition", told again in plain Keras; the paper's differs in the slope."""
    layers = [keras.Input((crop_size, crop_size, 3)), keras.layers.Conv2D(64, 3, padding="same")]
    layers += [keras.layers.LeakyReLU(**slope)]
    widths = [64, 128, 128, 256, 256, 512, 512]
    for index, width in enumerate(widths):
        layers += [
            keras.layers.Conv2D(width, 3, strides=2 - index % 2, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.LeakyReLU(**slope),
        ]
    layers += [
        keras.layers.Flatten(),
        keras.layers.Dense(1024),
        keras.layers.LeakyReLU(**slope),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
    return keras.Sequential(layers)


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


def crops(number, size):
    return np.random.default_rng(7).uniform(-1, 1, (number, size, size, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def small():
    return build_discriminator(crop_size=24, batch_normalization_momentum=0.25, seed=3)


class TestArchitecture:
    def test_exact_number_of_parameters_for_the_articles_crops(self):
        discriminator = build_discriminator()
        assert discriminator.count_params() == 38_249_281
        assert discriminator.get_layer("dense").count_params() == 33_555_456
        assert discriminator.input_shape == (None, 128, 128, 3)

    def test_exact_number_of_parameters_for_the_papers_crops(self):
        # Kernel · inputs · filters + filters each, and 4 · filters for BatchNorm behind all but the first.
        convolutions = 27 * 64 + 64
        for inputs, filters in [
            (64, 64),
            (64, 128),
            (128, 128),
            (128, 256),
            (256, 256),
            (256, 512),
            (512, 512),
        ]:
            convolutions += 9 * inputs * filters + filters + 4 * filters
        assert convolutions == 4_692_800
        # Four strides of two leave 6 by 6 of 96 pixels (8 by 8 of 128) in 512 channels.
        dense = 6 * 6 * 512 * 1024 + 1024 + 1024 + 1
        assert convolutions + dense == 23_569_217
        assert convolutions + dense + (8 * 8 - 6 * 6) * 512 * 1024 == 38_249_281
        assert build_discriminator(crop_size=96).count_params() == 23_569_217

    @pytest.fixture(scope="class", params=[{}, {"negative_slope": 0.2}], ids=["article", "paper"])
    def discriminators(self, request):
        """Ours and the source's, with the same weights."""
        ours = build_discriminator(crop_size=32, **request.param)
        theirs = article_discriminator(32, **request.param)
        shake(ours, seed=1)
        theirs.set_weights(ours.get_weights())
        return ours, theirs

    @pytest.mark.parametrize("training", [False, True])
    def test_computes_what_the_source_says(self, discriminators, training):
        ours, theirs = (discriminator(crops(4, 32), training=training) for discriminator in discriminators)
        assert np.ptp(ours) > 0.01  # else the comparison would say little
        np.testing.assert_allclose(ours, theirs, atol=1e-5)

    # Four strides of two: 24 pixels become 12, 6, 3 and 2.
    @pytest.mark.parametrize(("crop_size", "last"), [(24, 2), (32, 2), (64, 4)])
    def test_other_crop_sizes(self, crop_size, last):
        discriminator = build_discriminator(crop_size=crop_size)
        assert discriminator.get_layer("flatten").output.shape == (None, last * last * 512)
        probability = discriminator(crops(2, crop_size)).numpy()
        assert probability.shape == (2, 1)
        assert ((probability > 0) & (probability < 1)).all()

    def test_momentum_reaches_every_batch_norm(self, small):
        norms = [layer for layer in small.layers if isinstance(layer, keras.layers.BatchNormalization)]
        assert [norm.momentum for norm in norms] == [0.25] * 7


class TestInitialWeights:
    def test_same_seed_same_weights_whatever_was_built_before(self, small):
        keras.utils.set_random_seed(0)
        again = build_discriminator(crop_size=24, seed=3)
        for a, b in zip(small.get_weights(), again.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_another_seed_gives_other_weights(self, small):
        other = build_discriminator(crop_size=24, seed=4)
        for name in ("first_conv", "block7_conv", "dense", "probability"):
            assert np.abs(small.get_layer(name).kernel - other.get_layer(name).kernel).max() > 0.001

    def test_is_glorot_uniform_as_in_keras(self, small):
        kernel = small.get_layer("block1_conv").kernel.numpy()
        limit = np.sqrt(6 / (9 * 64 + 9 * 64))
        assert 0.99 * limit < np.abs(kernel).max() <= limit
        assert not small.get_layer("dense").bias.numpy().any()


class TestOutput:
    @pytest.fixture(scope="class")
    def with_logits(self):
        return build_discriminator(crop_size=24, output="logit", batch_normalization_momentum=0.25, seed=3)

    def test_last_layer_says_what_it_gives(self, small, with_logits):
        assert small.layers[-1].name == "probability"
        assert with_logits.layers[-1].name == "logit"

    def test_weights_are_the_same_at_first(self, small, with_logits):
        for a, b in zip(small.get_weights(), with_logits.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_probability_is_the_logits_sigmoid(self, small, with_logits):
        x = crops(5, 24)
        logits = with_logits(x).numpy().astype(float)
        assert logits.min() < 0 or logits.max() > 1  # no probabilities
        np.testing.assert_allclose(small(x), 1 / (1 + np.exp(-logits)), rtol=1e-5)


class TestSaving:
    @pytest.mark.parametrize("output", ["probability", "logit"])
    def test_saved_and_loaded_in_safe_mode_it_gives_the_same_output(self, output, tmp_path):
        discriminator = build_discriminator(crop_size=24, output=output, negative_slope=0.2, seed=3)
        shake(discriminator, seed=2)
        discriminator.save(tmp_path / "discriminator.keras")
        loaded = keras.saving.load_model(tmp_path / "discriminator.keras", safe_mode=True)
        x = crops(2, 24)
        np.testing.assert_array_equal(discriminator(x), loaded(x))
        assert loaded.to_json() == discriminator.to_json()
