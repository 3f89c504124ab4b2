import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_report.training.losses import (
    PerceptualLoss,
    add_in_order,
    adversarial_loss,
    discriminator_loss,
    pixel_mse,
)


def column(*values):
    return tf.constant(values, tf.float32)[:, None]


def differentiate(loss, *inputs):
    """The loss and its gradient with respect to each input."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = loss(*inputs)
    return float(value), [gradient.numpy().item() for gradient in tape.gradient(value, inputs)]


class TestPixelMse:
    def test_by_hand(self):
        # Squared differences 0, 1, 4 and 0 in four values.
        high = tf.constant([0.0, 1.0, 1.0, -1.0], shape=(1, 2, 2, 1))
        low = tf.constant([0.0, 0.0, -1.0, -1.0], shape=(1, 2, 2, 1))
        assert float(pixel_mse(high, low)) == 1.25

    def test_is_one_mean_over_the_whole_batch(self):
        high, low = np.random.default_rng(1).uniform(-1, 1, (2, 3, 5, 4, 3)).astype(np.float32)
        loss = pixel_mse(tf.constant(high), tf.constant(low))
        assert (loss.shape, loss.dtype) == ((), tf.float32)
        assert float(loss) == pytest.approx(np.mean((high.astype(float) - low) ** 2), rel=1e-6)


class TestPerceptualLoss:
    @pytest.fixture
    def network(self):
        """Maps of its input doubled and tenfold."""
        image = keras.Input((None, None, 3))
        outputs = [keras.layers.Rescaling(2)(image), keras.layers.Rescaling(10)(image)]
        return keras.Model(image, outputs)

    def test_by_hand(self, network):
        # Maps differ by 2 · 0.5 and 10 · 0.5 everywhere: 0.01 · (1 + 25).
        high, low = tf.fill((2, 4, 4, 3), 0.5), tf.zeros((2, 4, 4, 3))
        assert float(PerceptualLoss(network, 0.01)(high, low)) == pytest.approx(0.26)

    def test_each_map_counts_by_its_mean_whatever_its_size(self):
        image = keras.Input((None, None, 3))
        outputs = [keras.layers.MaxPooling2D(4)(image), keras.layers.Rescaling(1)(image)]
        loss = PerceptualLoss(keras.Model(image, outputs), 1.0)
        assert float(loss(tf.ones((1, 4, 4, 3)), tf.zeros((1, 4, 4, 3)))) == pytest.approx(2)

    def test_a_single_map_counts_once_whatever_the_batch(self):
        image = keras.Input((None, None, 3))
        loss = PerceptualLoss(keras.Model(image, [keras.layers.Rescaling(2)(image)]), 0.5)
        assert float(loss(tf.ones((3, 4, 4, 3)), tf.zeros((3, 4, 4, 3)))) == pytest.approx(2)

    def test_is_zero_for_the_same_image(self, network):
        image = tf.random.stateless_uniform((1, 4, 4, 3), seed=(1, 2))
        assert float(PerceptualLoss(network, 0.006)(image, image)) == 0

    def test_network_runs_in_inference_mode(self):
        image = keras.Input((None, None, 3))
        dropped = keras.layers.Dropout(0.5, seed=1)(image)
        loss = PerceptualLoss(keras.Model(image, [dropped]), 1.0)
        ones = tf.ones((1, 8, 8, 3))
        assert float(loss(ones, ones)) == 0


class TestAdversarialLoss:
    @pytest.mark.parametrize(
        ("probabilities", "expected"),
        [
            ([0.5], math.log(2)),
            ([1.0], 0),
            ([0.25, 0.5], (math.log(4) + math.log(2)) / 2),  # the mean of the batch
        ],
    )
    def test_by_hand(self, probabilities, expected):
        assert float(adversarial_loss(column(*probabilities))) == pytest.approx(expected, abs=1e-6)

    def test_is_finite_where_the_discriminator_is_certain(self):
        assert 10 < float(adversarial_loss(column(0.0))) < 20

    @pytest.mark.parametrize(
        ("logits", "expected"),
        [
            ([0.0], math.log(2)),
            ([-40.0], 40),
            ([-math.log(3), 0.0], (math.log(4) + math.log(2)) / 2),  # a probability of 1/4, and of 1/2
        ],
    )
    def test_from_logits_by_hand(self, logits, expected):
        assert float(adversarial_loss(column(*logits), from_logits=True)) == pytest.approx(expected)

    def test_logits_do_not_saturate(self):
        # d/dz -ln(1 / (1 + exp(-z))) = -1 / (1 + exp(z))
        loss, (gradient,) = differentiate(lambda z: adversarial_loss(z, from_logits=True), column(-40.0))
        assert loss == pytest.approx(40)
        assert gradient == pytest.approx(-1)

    def test_probabilities_saturate(self):
        _, (gradient,) = differentiate(adversarial_loss, tf.sigmoid(column(-40.0)))
        assert gradient == 0
        _, (gradient,) = differentiate(lambda z: adversarial_loss(tf.sigmoid(z)), column(-40.0))
        assert gradient == 0

    @pytest.mark.parametrize("compile_it", [False, True])
    def test_probabilities_straight_from_a_networks_sigmoid_do_not(self, compile_it):
        sigmoid = keras.Sequential([keras.Input((1,)), keras.layers.Activation("sigmoid")])

        def loss_and_gradient(logit):
            with tf.GradientTape() as tape:
                tape.watch(logit)
                loss = adversarial_loss(sigmoid(logit))
            return loss, tape.gradient(loss, logit)

        function = tf.function(loss_and_gradient) if compile_it else loss_and_gradient
        loss, gradient = function(column(-40.0))
        assert float(loss) == pytest.approx(40)
        assert float(gradient[0, 0]) == pytest.approx(-1)


class TestDiscriminatorLoss:
    def test_a_coins_toss_costs_two_ln_two(self):
        loss = discriminator_loss(column(0.5, 0.5), column(0.5, 0.5))
        assert float(loss) == pytest.approx(2 * math.log(2))

    def test_telling_all_apart_costs_nothing(self):
        assert float(discriminator_loss(column(1.0, 1.0), column(0.0, 0.0))) == pytest.approx(0, abs=1e-5)

    def test_is_the_formula(self):
        real, fake = np.random.default_rng(1).uniform(0.05, 0.95, (2, 6))
        expected = -np.mean(np.log(real)) - np.mean(np.log(1 - fake))
        assert float(discriminator_loss(column(*real), column(*fake))) == pytest.approx(expected, rel=1e-5)

    def test_takes_real_and_fake_in_this_order(self):
        assert float(discriminator_loss(column(0.9), column(0.1))) == pytest.approx(-2 * math.log(0.9))

    def test_from_logits_is_the_formula(self):
        real, fake = np.random.default_rng(1).normal(0, 3, (2, 6))
        expected = np.mean(np.log1p(np.exp(-real))) + np.mean(np.log1p(np.exp(fake)))
        loss = discriminator_loss(column(*real), column(*fake), from_logits=True)
        assert (loss.shape, loss.dtype) == ((), tf.float32)
        assert float(loss) == pytest.approx(expected, rel=1e-5)

    def test_from_logits_it_does_not_saturate(self):
        # A photograph taken for an SR crop, and the other way about.
        loss, gradients = differentiate(
            lambda real, fake: discriminator_loss(real, fake, from_logits=True), column(-40.0), column(50.0)
        )
        assert loss == pytest.approx(90)
        assert gradients == pytest.approx([-1, 1])


@pytest.mark.parametrize("compile_it", [False, True])
def test_sums_are_taken_from_the_first_to_the_last(compile_it):
    add = tf.function(add_in_order) if compile_it else add_in_order
    # In float32 10^8 + 1 is 10^8.
    columns = [tf.constant(values) for values in ([1e8, 1.0], [1.0, 2.0], [-1e8, 4.0])]
    assert add(columns).numpy().tolist() == [0, 7]
    assert add([tf.constant(1e8), tf.constant(-1e8), tf.constant(1.0)]).numpy() == 1
    assert add([tf.constant(3.0)]).numpy() == 3
