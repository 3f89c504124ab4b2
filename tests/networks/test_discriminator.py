import keras
import numpy as np
import pytest

from srgan_report.networks import build_discriminator


def article_discriminator(crop_size):
    """The article's "Model definition", told again in plain Keras."""
    layers = [keras.Input((crop_size, crop_size, 3)), keras.layers.Conv2D(64, 3, padding="same")]
    layers += [keras.layers.LeakyReLU()]
    widths = [64, 128, 128, 256, 256, 512, 512]
    for index, width in enumerate(widths):
        layers += [
            keras.layers.Conv2D(width, 3, strides=2 - index % 2, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.LeakyReLU(),
        ]
    layers += [
        keras.layers.Flatten(),
        keras.layers.Dense(1024),
        keras.layers.LeakyReLU(),
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

    @pytest.fixture(scope="class")
    def discriminators(self):
        """Ours and the article's, with the same weights."""
        ours, theirs = build_discriminator(crop_size=32), article_discriminator(32)
        shake(ours, seed=1)
        theirs.set_weights(ours.get_weights())
        return ours, theirs

    @pytest.mark.parametrize("training", [False, True])
    def test_computes_what_the_articles_does(self, discriminators, training):
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


class TestSaving:
    def test_saved_and_loaded_in_safe_mode_it_gives_the_same_output(self, small, tmp_path):
        small.save(tmp_path / "discriminator.keras")
        loaded = keras.saving.load_model(tmp_path / "discriminator.keras", safe_mode=True)
        x = crops(2, 24)
        np.testing.assert_array_equal(small(x), loaded(x))
        assert loaded.to_json() == small.to_json()
