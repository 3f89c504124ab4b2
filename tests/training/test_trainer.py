import contextlib
import itertools
import logging
import math
import re
import signal
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from tensorflow.python.eager import context

from srgan_report.errors import Interrupted
from srgan_report.networks import accelerate, build_discriminator, build_generator, build_perceptual_network
from srgan_report.training import step as training_step
from srgan_report.training.auxiliary_losses import total_variation
from srgan_report.training.checkpoints import Checkpoints
from srgan_report.training.divergence import Divergence
from srgan_report.training.losses import PerceptualLoss, pixel_mse
from srgan_report.training.optimizer import learning_rate_schedule
from srgan_report.training.step import TrainingStep
from srgan_report.training.trainer import Trainer
from srgan_report.training.validation import Validation

STEP_COLUMNS = ["content_loss", "generator_loss", "psnr", "psnr_article", "gradient_norm"]
HISTORY_COLUMNS = [
    "epoch",
    "step",
    "images",
    "learning_rate",
    *STEP_COLUMNS,
    "validation_content_loss",
    "validation_psnr",
    "validation_contrast",
    "seconds",
]


def batch(seed, images=2, size=4):
    """LR crops in [0, 1] and HR crops in [-1, 1]."""
    random = np.random.default_rng(seed)
    low_resolution = random.random((images, size, size, 3), np.float32)
    high_resolution = random.uniform(-1, 1, (images, 4 * size, 4 * size, 3)).astype(np.float32)
    return tf.constant(low_resolution), tf.constant(high_resolution)


@dataclass
class Crops:
    """Batches of one epoch, the same in every one."""

    pairs: list
    asked: list = field(default_factory=list)

    @property
    def steps(self):
        return len(self.pairs)

    @property
    def smallest_batch(self):
        return min(map(self.count_images, range(self.steps)))

    def count_images(self, step):
        return len(self.pairs[step][0])

    def batches(self, epoch, first_step=0):
        self.asked.append((epoch, first_step))
        yield from self.pairs[first_step:]


VALIDATION = [batch(100)]


@pytest.fixture(autouse=True)
def checkpoints_take_no_time(monkeypatch):
    """So that every one that may be due is affordable."""
    monkeypatch.setattr("srgan_report.training.checkpoints.monotonic", lambda: 0.0)


def linear_generator(seed=0):
    """Mixes colours linearly and repeats pixels: its gradients can be worked out by hand."""
    mix = keras.layers.Conv2D(3, 1, kernel_initializer=keras.initializers.GlorotUniform(seed))
    return keras.Sequential([keras.Input((None, None, 3)), mix, keras.layers.UpSampling2D(4)])


def logistic_discriminator(seed=1):
    """Judges a crop by its mean colour."""
    judge = keras.layers.Dense(1, "sigmoid", kernel_initializer=keras.initializers.GlorotUniform(seed))
    return keras.Sequential([keras.Input((16, 16, 3)), keras.layers.GlobalAveragePooling2D(), judge])


def he_normal(seed):
    return {"kernel_initializer": keras.initializers.HeNormal(seed)}


def deep_generator():
    # No bias before BatchNorm: its gradient is nothing but rounding errors, which Adam makes large.
    layers = [
        keras.Input((None, None, 3)),
        keras.layers.Conv2D(8, 3, padding="same", use_bias=False, **he_normal(2)),
        keras.layers.BatchNormalization(momentum=0.9),
        keras.layers.LeakyReLU(),
        keras.layers.UpSampling2D(4),
        keras.layers.Conv2D(3, 3, padding="same", activation="tanh", **he_normal(3)),
    ]
    return keras.Sequential(layers)


def deep_discriminator():
    layers = [
        keras.Input((16, 16, 3)),
        keras.layers.Conv2D(8, 4, strides=4, use_bias=False, **he_normal(4)),
        keras.layers.BatchNormalization(momentum=0.9),
        keras.layers.LeakyReLU(),
        keras.layers.Flatten(),
        keras.layers.Dense(1, "sigmoid", **he_normal(5)),
    ]
    return keras.Sequential(layers)


def make_step(generator=None, **kwargs):
    settings = {
        "name": "SRResNet-MSE",
        "generator": generator or linear_generator(),
        "content_loss": pixel_mse,
        "learning_rate": 0.01,
        "jit_compile": False,
    }
    return TrainingStep(**settings | kwargs)


def run(training, crops, validation, *, epochs, log_dir, checkpoints=None):
    """Trains from the start, unless checkpoints are given."""
    identity = {"run": uuid.uuid4().hex}
    fresh = Checkpoints(log_dir / "checkpoints", identity, training, every=100, resume=True)
    return Trainer(training, crops, validation, epochs, log_dir, checkpoints or fresh).train()


def assert_same_weights(model, weights, atol=1e-6):
    for ours, theirs in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=atol)


class Adam:
    """Kingma & Ba 2015, algorithm 1, with the constants that Keras documents."""

    def __init__(self, learning_rate, weights):
        self.learning_rate = learning_rate
        self.weights = [weight.astype(np.float64) for weight in weights]
        self.first = [np.zeros_like(weight) for weight in self.weights]
        self.second = [np.zeros_like(weight) for weight in self.weights]
        self.steps = 0

    def apply(self, gradients):
        self.steps += 1
        for weight, first, second, gradient in zip(
            self.weights, self.first, self.second, gradients, strict=True
        ):
            first[:] = 0.9 * first + 0.1 * gradient
            second[:] = 0.999 * second + 0.001 * gradient**2
            unbiased = first / (1 - 0.9**self.steps), second / (1 - 0.999**self.steps)
            weight -= self.learning_rate * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-7)


def norm(gradients):
    return np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))


class LinearGan:
    """The article's ``train_step`` for the linear generator and the logistic discriminator, by hand."""

    def __init__(self, learning_rate, weight, generator, discriminator):
        self.weight = weight
        self.generator = Adam(learning_rate, generator.get_weights())
        self.discriminator = Adam(learning_rate, discriminator.get_weights())

    def step(self, low, high):
        low, high = low.numpy().astype(np.float64), high.numpy().astype(np.float64)
        mix, offset = self.generator.weights
        judge, bias = self.discriminator.weights
        fake = (low @ mix[0, 0] + offset).repeat(4, axis=1).repeat(4, axis=2)
        colour_real, colour_fake = high.mean(axis=(1, 2)), fake.mean(axis=(1, 2))
        real_probability = 1 / (1 + np.exp(-colour_real @ judge - bias))
        fake_probability = 1 / (1 + np.exp(-colour_fake @ judge - bias))
        images = len(low)

        # d(content)/d(fake), and d(-log p)/d(logit) = p - 1, spread evenly over a crop's pixels.
        slope = 2 * (fake - high) / fake.size
        deceit = self.weight * ((fake_probability - 1) @ judge.T / images / 256)[:, None, None, :]
        # Of the adversarial term every one of a crop's 256 pixels gets the same.
        ratio = np.linalg.norm(slope) / (16 * np.linalg.norm(deceit)) if self.weight else np.inf
        slope = slope + deceit
        slope = slope.reshape(images, 4, 4, 4, 4, 3).sum(axis=(2, 4))
        mix_gradient = np.einsum("bhwi,bhwo->io", low, slope)[None, None]
        generator_gradients = [mix_gradient, slope.sum(axis=(0, 1, 2))]
        real_slope, fake_slope = (real_probability - 1) / images, fake_probability / images
        discriminator_gradients = [
            colour_real.T @ real_slope + colour_fake.T @ fake_slope,
            (real_slope + fake_slope).sum(axis=0),
        ]

        content = np.mean((fake - high) ** 2)
        adversarial = -np.mean(np.log(fake_probability))
        metrics = {
            "content_loss": content,
            "adversarial_loss": adversarial,
            "generator_loss": content + self.weight * adversarial,
            "discriminator_loss": -np.mean(np.log(real_probability)) - np.mean(np.log(1 - fake_probability)),
            "psnr": np.mean(10 * np.log10(4 / np.mean((fake - high) ** 2, axis=(1, 2, 3)))),
            "psnr_article": -10 * np.log10(content),
            "gradient_ratio": ratio,
            "gradient_norm": norm(generator_gradients),
            "discriminator_gradient_norm": norm(discriminator_gradients),
        }
        self.generator.apply(generator_gradients)
        self.discriminator.apply(discriminator_gradients)
        return metrics


class TestStep:
    @pytest.mark.parametrize("weight", [0.0, 0.001, 3.0])
    def test_three_steps_by_hand(self, weight):
        generator, discriminator = linear_generator(), logistic_discriminator()
        by_hand = LinearGan(0.01, weight, generator, discriminator)
        training = make_step(generator, discriminator=discriminator, adversarial_weight=weight)
        for seed in range(3):
            metrics = training.step(*batch(seed))
            expected = by_hand.step(*batch(seed))
            assert {name: float(value) for name, value in metrics.items()} == pytest.approx(
                expected, rel=1e-4
            )
            assert_same_weights(generator, by_hand.generator.weights, atol=2e-5)
            assert_same_weights(discriminator, by_hand.discriminator.weights, atol=2e-5)

    def test_total_variation_smooths_by_its_weight(self):
        plain, smoothed = linear_generator(), linear_generator()
        low, high = batch(1)
        upscaled = plain(low).numpy()
        steps = [np.abs(np.diff(upscaled, axis=axis)).sum() for axis in (1, 2)]
        make_step(plain).step(low, high)
        auxiliary = {"total_variation": (1.0, lambda _, estimate: total_variation(estimate))}
        metrics = make_step(smoothed, auxiliary_losses=auxiliary).step(low, high)
        expected = sum(steps) / len(low)
        assert float(metrics["total_variation"]) == pytest.approx(expected, rel=1e-5)
        assert float(metrics["generator_loss"]) == pytest.approx(
            float(metrics["content_loss"]) + expected, rel=1e-5
        )
        contrasts = [np.abs(generator.layers[0].kernel).sum() for generator in (plain, smoothed)]
        assert contrasts[1] < contrasts[0]

    def test_the_discriminator_does_not_see_the_border(self):
        low, high = batch(1, size=8)
        losses = []
        for frame in (0.0, 1.0):
            framed = high.numpy()
            framed[:, :8] = framed[:, -8:] = frame
            framed[:, :, :8] = framed[:, :, -8:] = frame
            step = make_step(discriminator=logistic_discriminator(), adversarial_border=8)
            losses.append(step.step(low, tf.constant(framed)))
        assert losses[0]["discriminator_loss"] == losses[1]["discriminator_loss"]
        assert losses[0]["content_loss"] != losses[1]["content_loss"]

    def test_a_discriminators_logits_train_as_their_probabilities_do(self):
        networks = []
        for output, activation in (("probability", "sigmoid"), ("logit", "linear")):
            generator, discriminator = linear_generator(), logistic_discriminator()
            discriminator.layers[-1].activation = keras.activations.get(activation)
            training = make_step(
                generator, discriminator=discriminator, discriminator_output=output, adversarial_weight=3.0
            )
            for seed in range(3):
                training.step(*batch(seed))
            networks.append((generator, discriminator))
        for ours, theirs in zip(*networks, strict=True):
            assert_same_weights(ours, theirs.get_weights(), atol=1e-5)

    def test_adams_first_step_moves_every_weight_by_the_learning_rate(self):
        generator = linear_generator()
        before = generator.get_weights()
        make_step(generator, learning_rate=0.25).step(*batch(1))
        for old, new in zip(before, generator.get_weights(), strict=True):
            np.testing.assert_allclose(np.abs(new - old), 0.25, rtol=1e-3)

    def test_without_a_discriminator_the_content_loss_is_all(self):
        metrics = make_step().step(*batch(1))
        assert sorted(metrics) == sorted(STEP_COLUMNS)
        assert metrics["generator_loss"] == metrics["content_loss"]

    def test_without_weight_the_adversary_changes_nothing_for_the_generator(self):
        alone, beside = deep_generator(), deep_generator()
        make_step(alone).step(*batch(1))
        make_step(beside, discriminator=deep_discriminator(), adversarial_weight=0.0).step(*batch(1))
        assert_same_weights(beside, alone.get_weights())

    def test_a_heavy_adversary_changes_the_generators_update(self):
        alone, beside = deep_generator(), deep_generator()
        make_step(alone).step(*batch(1))
        make_step(beside, discriminator=deep_discriminator(), adversarial_weight=100.0).step(*batch(1))
        difference = np.abs(alone.layers[0].kernel - beside.layers[0].kernel)
        assert difference.max() > 0.005

    def test_batch_norm_of_both_networks_learns_the_batchs_statistics(self):
        generator, discriminator = deep_generator(), deep_discriminator()
        low, high = batch(1)
        features = generator.layers[0](low).numpy()
        make_step(generator, discriminator=discriminator).step(low, high)
        expected = 0.9 * 0 + 0.1 * features.mean(axis=(0, 1, 2))
        np.testing.assert_allclose(generator.layers[1].moving_mean, expected, atol=1e-6)
        assert np.abs(discriminator.layers[1].moving_mean).max() > 0


def sums_left_to_time(training):
    """Finds sums, in the optimised graph of a step, whose order the moment of their computation decides.

    AddN of three or more begins with the first input whose memory it can take over. At any time it can take
    over what nobody else reads, and what memory of its own was just made for. One of the first two must be
    so; which of them it is makes no difference to their sum.
    """
    owners = {"Conv2DBackpropInput", "StridedSliceGrad", "Cast"}
    context.context().enable_run_metadata()
    try:
        training.take(*batch(1, size=8))
        metadata = context.context().export_run_metadata()
    finally:
        context.context().disable_run_metadata()
    found, long_sums = [], 0
    for graph in [part.post_optimization_graph for part in metadata.function_graphs]:
        nodes = {node.name: node for node in graph.node}
        inputs = {node.name: [name for name in node.input if name[0] != "^"] for node in graph.node}
        readers = Counter(name.split(":")[0] for names in inputs.values() for name in names)
        for node in graph.node:
            if node.op == "AddN" and len(inputs[node.name]) > 2:
                long_sums += 1
                first_two = [nodes[name.split(":")[0]] for name in inputs[node.name][:2]]
                if not any(term.op in owners and readers[term.name] == 1 for term in first_two):
                    found.append(
                        (node.name, [(term.name, term.op, readers[term.name]) for term in first_two])
                    )
    assert long_sums  # the folded convolution's kernels, if nothing else
    return found


class TestOrderOfSums:
    @pytest.fixture
    def make_srgan_step(self):
        def make(content_loss, formulation, output="probability", precision="float32"):
            papers = formulation == "paper"
            generator = build_generator(
                residual_blocks=2,
                activation="prelu" if papers else "leaky_relu",
                activate_residual=not papers,
                output_activation="linear" if papers else "tanh",
            )
            loss = pixel_mse
            if content_loss != "mse":
                vgg = keras.applications.VGG16(weights=None, include_top=False, input_shape=(None, None, 3))
                network = build_perceptual_network(
                    vgg, content_loss=content_loss, formulation=formulation, preprocessing="network"
                )
                loss = PerceptualLoss(accelerate(network, precision), scale=0.006)
            return TrainingStep(
                "SRGAN",
                generator=generator,
                discriminator=build_discriminator(crop_size=32, output=output),
                discriminator_output=output,
                content_loss=loss,
                learning_rate=1e-3,
                adversarial_weight=1e-3,
                auxiliary_losses={"total_variation": (1e-3, lambda _, estimate: total_variation(estimate))},
                roll_seed=1,
                precision=precision,
            )

        return make

    @pytest.mark.parametrize("variant", [("vgg22", "article"), ("vgg54", "paper"), ("mse", "paper")])
    @pytest.mark.parametrize("output", ["probability", "logit"])
    def test_is_not_left_to_time(self, make_srgan_step, variant, output):
        assert sums_left_to_time(make_srgan_step(*variant, output)) == []

    @pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
    def test_nor_in_mixed_precision(self, make_srgan_step, precision):
        assert sums_left_to_time(make_srgan_step("vgg22", "article", precision=precision)) == []

    def test_would_be_by_tensorflows_own_sum(self, make_srgan_step, monkeypatch):
        monkeypatch.setattr(training_step, "add_in_order", tf.add_n)
        assert sums_left_to_time(make_srgan_step("mse", "article"))

    def test_would_be_by_keras_cross_entropy(self, make_srgan_step, monkeypatch):
        def adversarial_loss(fake, *, from_logits):
            labels = tf.ones_like(fake)
            return tf.reduce_mean(keras.losses.binary_crossentropy(labels, fake, from_logits=from_logits))

        monkeypatch.setattr(training_step, "adversarial_loss", adversarial_loss)
        assert sums_left_to_time(make_srgan_step("mse", "article"))


class TestValidate:
    def test_measures_in_inference_mode_and_changes_nothing(self):
        generator = deep_generator()
        low, high = batch(1)
        before = generator.get_weights()
        expected = generator(low, training=False).numpy()
        metrics = Validation(generator, pixel_mse).measure(low, high)
        errors = np.mean((expected - high.numpy()) ** 2, axis=(1, 2, 3))
        levels = np.rint((expected + 1) * 127.5) - (high.numpy() + 1) * 127.5
        assert sorted(metrics) == ["validation_content_loss", "validation_contrast", "validation_psnr"]
        assert float(metrics["validation_content_loss"]) == pytest.approx(errors.mean(), rel=1e-4)
        assert float(metrics["validation_psnr"]) == pytest.approx(
            np.mean(10 * np.log10(255**2 / np.mean(levels**2, axis=(1, 2, 3)))), rel=1e-6
        )
        contrasts = [np.mean([image.std() for image in images]) for images in (expected, high.numpy())]
        assert float(metrics["validation_contrast"]) == pytest.approx(contrasts[0] / contrasts[1], rel=1e-5)
        assert_same_weights(generator, before, atol=0)

    def test_psnr_is_of_clipped_images(self):
        generator = linear_generator()
        generator.set_weights([np.zeros((1, 1, 3, 3)), np.full(3, 7.0)])  # beyond white
        low, _ = batch(1)
        metrics = Validation(generator, pixel_mse).measure(low, tf.zeros((2, 16, 16, 3)))
        assert float(metrics["validation_psnr"]) == pytest.approx(10 * np.log10(4))

    def test_a_crop_that_is_reproduced_exactly_counts_as_100_db(self):
        generator = linear_generator()
        generator.set_weights([np.zeros((1, 1, 3, 3)), np.full(3, 1.0)])  # white
        low, _ = batch(1)
        high = tf.stack([tf.ones((16, 16, 3)), tf.zeros((16, 16, 3))])
        metrics = Validation(generator, pixel_mse).measure(low, high)
        assert float(metrics["validation_psnr"]) == pytest.approx((100 + 10 * np.log10(4)) / 2)

    def test_blank_crops_have_all_of_their_contrast(self):
        low, _ = batch(1)
        metrics = Validation(linear_generator(), pixel_mse).measure(low, tf.ones((2, 16, 16, 3)))
        assert float(metrics["validation_contrast"]) == 1


class TestTrain:
    def test_history_has_a_row_for_each_epoch(self, tmp_path):
        crops = Crops([batch(1), batch(2, images=1)])
        history = run(make_step(), crops, VALIDATION, epochs=3, log_dir=tmp_path).history
        assert list(history) == HISTORY_COLUMNS
        assert list(history["epoch"]) == [1, 2, 3]
        assert list(history["step"]) == [2, 4, 6]
        assert list(history["images"]) == [3, 6, 9]
        assert (history["seconds"] > 0).all()

    def test_history_of_an_adversarial_variant_has_both_losses(self, tmp_path):
        training = make_step(discriminator=logistic_discriminator(), adversarial_weight=0.5)
        row = run(training, Crops([batch(1)]), VALIDATION, epochs=1, log_dir=tmp_path).history.iloc[0]
        assert row["generator_loss"] == pytest.approx(row["content_loss"] + 0.5 * row["adversarial_loss"])
        assert row["discriminator_loss"] > 0

    def test_epochs_are_asked_for_in_order_from_zero(self, tmp_path):
        crops = Crops([batch(1)])
        run(make_step(), crops, VALIDATION, epochs=3, log_dir=tmp_path)
        assert crops.asked == [(0, 0), (1, 0), (2, 0)]

    def test_means_are_over_images_where_the_last_batch_is_smaller(self, tmp_path):
        # A learning rate too small to change a float: every batch meets the same generator.
        generator = linear_generator()
        batches = [batch(1, images=3), batch(2, images=1)]
        training = make_step(generator, learning_rate=1e-30)
        row = run(training, Crops(batches), batches, epochs=1, log_dir=tmp_path).history.iloc[0]
        errors = np.concatenate(
            [np.mean((generator(low) - high).numpy() ** 2, axis=(1, 2, 3)) for low, high in batches]
        )
        decibels = 10 * np.log10(4 / errors)
        for prefix in ("", "validation_"):
            assert row[f"{prefix}content_loss"] == pytest.approx(errors.mean(), rel=1e-5)
        assert row["psnr"] == pytest.approx(decibels.mean(), rel=1e-5)
        rounded = [
            Validation(training.generator, training.content_loss).measure(*pair)["validation_psnr"].numpy()
            for pair in batches
        ]
        assert row["validation_psnr"] == pytest.approx((3 * rounded[0] + rounded[1]) / 4, rel=1e-5)
        assert abs(errors.mean() - (errors[:3].mean() + errors[3]) / 2) > 1e-3  # the mean of means differs

    def test_validation_comes_after_the_epochs_training(self, tmp_path):
        generator = linear_generator()
        training = make_step(generator, learning_rate=0.1)
        history = run(training, Crops([batch(1)]), [batch(1)], epochs=2, log_dir=tmp_path).history
        # The linear generator has no BatchNorm: what validates after one epoch trains in the next.
        assert history["validation_content_loss"][0] == pytest.approx(history["content_loss"][1], rel=1e-5)

    def test_xla_gives_the_same_history_and_weights(self, tmp_path):
        results = []
        for jit_compile in (False, True):
            networks = deep_generator(), deep_discriminator()
            training = make_step(
                networks[0], discriminator=networks[1], adversarial_weight=0.1, jit_compile=jit_compile
            )
            crops = Crops([batch(1), batch(2)])
            history = run(training, crops, VALIDATION, epochs=1, log_dir=tmp_path / str(jit_compile)).history
            results.append([history.drop(columns="seconds"), *networks])
        plain, compiled = results
        np.testing.assert_allclose(compiled[0], plain[0], rtol=1e-4)
        assert_same_weights(compiled[1], plain[1].get_weights(), atol=1e-4)
        assert_same_weights(compiled[2], plain[2].get_weights(), atol=1e-4)

    def test_xla_compiles_one_step_though_the_last_batch_is_smaller(self, tmp_path):
        results = []
        for jit_compile in (False, True):
            generator = deep_generator()
            training = make_step(generator, jit_compile=jit_compile)
            history = run(
                training, Crops(PAIRS), VALIDATION, epochs=2, log_dir=tmp_path / str(jit_compile)
            ).history
            results.append((training, generator, history.drop(columns="seconds")))
        (_, plain, plain_history), (step, compiled, history) = results
        counts = [each.experimental_get_tracing_count() for each in (step.take, step.take_smaller)]
        assert counts == [1, 1]
        assert [b"_XlaMustCompile" in serialize(each) for each in (step.take, step.take_smaller)] == [1, 0]
        assert_same_weights(compiled, plain.get_weights(), atol=1e-4)
        np.testing.assert_allclose(history, plain_history, rtol=1e-4)

    def test_xla_resumes_at_a_smaller_last_batch_as_if_it_had_never_stopped(self, tmp_path):
        with pytest.raises(RuntimeError, match="power cut"):
            train(tmp_path, crops=FailingCrops(2, break_off), jit_compile=True)
        crops = Crops(PAIRS)
        resumed = train(tmp_path, crops=crops, jit_compile=True)
        assert crops.asked[0] == (0, 2)
        assert_identical(resumed, train(tmp_path / "uninterrupted", jit_compile=True))

    @pytest.mark.parametrize(("precision", "tolerance"), [("mixed_bfloat16", 0.02), ("mixed_float16", 0.005)])
    def test_mixed_precision_is_near_and_leaves_float32_models(self, tmp_path, precision, tolerance):
        histories = []
        for name in ("float32", precision):
            generator, discriminator = deep_generator(), deep_discriminator()
            training = make_step(
                generator, discriminator=discriminator, adversarial_weight=0.1, precision=name
            )
            crops = Crops([batch(1), batch(2)])
            histories.append(run(training, crops, VALIDATION, epochs=2, log_dir=tmp_path / name).history)
        exact, mixed = (history.drop(columns="seconds") for history in histories)
        np.testing.assert_allclose(mixed, exact, rtol=tolerance)
        assert (mixed["content_loss"] != exact["content_loss"]).all()
        assert {weight.dtype for weight in generator.weights + discriminator.weights} == {"float32"}
        validated = Validation(training.generator, training.content_loss).measure(*VALIDATION[0])[
            "validation_content_loss"
        ]
        low, high = VALIDATION[0]
        np.testing.assert_allclose(validated, pixel_mse(high, generator(low, training=False)), rtol=1e-5)

    def test_learning_rate_of_scaled_losses(self, tmp_path):
        rate = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=2)
        training = make_step(learning_rate=rate, precision="mixed_float16")
        history = run(training, Crops([batch(1)]), VALIDATION, epochs=2, log_dir=tmp_path).history
        np.testing.assert_allclose(history["learning_rate"], [0.01, 0.005], rtol=1e-6)

    def test_learns(self, tmp_path):
        training = make_step(learning_rate=0.05)
        history = run(training, Crops([batch(1)]), [batch(1)], epochs=30, log_dir=tmp_path).history
        assert history["content_loss"].iloc[-1] < 0.7 * history["content_loss"].iloc[0]

    def test_logs_a_line_for_each_epoch(self, tmp_path, caplog):
        with caplog.at_level(logging.INFO, logger="srgan_report.training.log"):
            run(make_step(), Crops([batch(1)]), VALIDATION, epochs=2, log_dir=tmp_path)
        lines = [
            record.getMessage() for record in caplog.records if record.name == "srgan_report.training.log"
        ]
        assert len(lines) == 2
        assert re.fullmatch(r"SRResNet-MSE  epoch 2/2  PSNR \d+\.\d\d dB  \d+ s", lines[1])


class TestNonFiniteLoss:
    @pytest.mark.parametrize("value", [np.nan, 1e30])  # the square of 1e30 is infinite
    def test_stops_and_names_variant_and_step(self, tmp_path, value):
        low, high = batch(2)
        crops = Crops([batch(1), (low, tf.fill(high.shape, np.float32(value)))])
        with pytest.raises(
            FloatingPointError,
            match=r"^SRResNet-MSE: a loss or gradient is no longer finite in step 2 of epoch 1 "
            r".*Lower training\.learning_rate;",
        ):
            run(make_step(), crops, VALIDATION, epochs=1, log_dir=tmp_path)

    def test_leaves_what_was_logged_until_then(self, tmp_path):
        low, high = batch(2)
        crops = Crops([batch(1), (low, high * np.nan)])
        with pytest.raises(FloatingPointError):
            run(make_step(), crops, VALIDATION, epochs=1, log_dir=tmp_path)
        assert [step for name, step, _ in read_events(tmp_path) if name == "step/content_loss"] == [1]

    def test_a_perfect_crop_is_no_reason_to_stop(self, tmp_path):
        generator = linear_generator()
        low, _ = batch(1)
        training = make_step(generator, learning_rate=1e-30)
        history = run(
            training, Crops([(low, generator(low))]), VALIDATION, epochs=1, log_dir=tmp_path
        ).history
        assert history["content_loss"][0] == 0
        assert history["psnr"][0] == 100


def read_events(folder):
    """Name, step and value of each number in TensorBoard's event files."""
    return [
        (value.tag, event.step, value.simple_value)
        for file in sorted(folder.glob("events.out.tfevents.*"))
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
        if value.HasField("simple_value")
    ]


class TestTensorBoard:
    def test_numbers_of_every_step_and_every_epoch(self, tmp_path):
        crops = Crops([batch(1), batch(2)])
        history = run(make_step(), crops, VALIDATION, epochs=2, log_dir=tmp_path).history
        events = read_events(tmp_path)
        for name in STEP_COLUMNS:
            assert [step for tag, step, _ in events if tag == f"step/{name}"] == [1, 2, 3, 4]
        assert {tag for tag, *_ in events if tag.startswith("epoch/")} == {
            f"epoch/{column}" for column in HISTORY_COLUMNS
        }
        validation = [(step, value) for tag, step, value in events if tag == "epoch/validation_psnr"]
        assert validation == [
            (epoch, pytest.approx(value))
            for epoch, value in zip(history["epoch"], history["validation_psnr"], strict=True)
        ]


class TestLearningRateSchedule:
    def test_constant_is_the_number_itself(self):
        assert learning_rate_schedule(0.001, "constant", steps=10) == 0.001

    @pytest.mark.parametrize(("steps", "high"), [(1, 1), (2, 1), (7, 4), (10, 5)])
    def test_step_falls_to_a_tenth_in_the_second_half(self, steps, high):
        schedule = learning_rate_schedule(0.001, "step", steps=steps)
        rates = [float(schedule(step)) for step in range(steps)]
        assert rates == pytest.approx([0.001] * high + [0.0001] * (steps - high))

    def test_cosine_falls_from_the_number_to_zero(self):
        schedule = learning_rate_schedule(0.001, "cosine", steps=10)
        rates = [float(schedule(step)) for step in (0, 5, 10)]
        assert rates == pytest.approx([0.001, 0.0005, 0], abs=1e-9)

    def test_history_tells_the_last_steps_rate(self, tmp_path):
        training = make_step(learning_rate=learning_rate_schedule(0.001, "cosine", steps=20))
        history = run(training, Crops([batch(1)] * 10), VALIDATION, epochs=2, log_dir=tmp_path).history
        # Steps 9 and 19 of 20, counted from 0.
        expected = [0.0005 * (1 + math.cos(math.pi * step / 20)) for step in (9, 19)]
        assert list(history["learning_rate"]) == pytest.approx(expected, rel=1e-4)
        assert history["learning_rate"].iloc[-1] < 1e-5

    def test_both_networks_follow_it(self):
        generator, discriminator = linear_generator(), logistic_discriminator()
        schedule = learning_rate_schedule(0.01, "cosine", steps=1)
        training = make_step(generator, discriminator=discriminator, learning_rate=schedule)
        training.step(*batch(1))
        after_one = generator.get_weights(), discriminator.get_weights()
        training.step(*batch(2))  # beyond the last step, at a rate of zero
        assert_same_weights(generator, after_one[0])
        assert_same_weights(discriminator, after_one[1])


PAIRS = [batch(1), batch(2), batch(3, images=1)]
EPOCHS = 3


def train(folder, *, crops=None, every=2, resume=True, identity=None, epochs=EPOCHS, **kwargs):
    """Trains both deep networks from their start, or from where the folder's checkpoints are.

    Returns:
        What a run leaves: the history but for its times, and all weights.
    """
    networks = deep_generator(), deep_discriminator()
    settings = {
        "name": "SRGAN-MSE",
        "adversarial_weight": 0.1,
        "learning_rate": learning_rate_schedule(0.01, "cosine", 9),
    }
    training = make_step(networks[0], discriminator=networks[1], **settings | kwargs)
    checkpoints = Checkpoints(folder, identity or {"seed": 1}, training, every=every, resume=resume)
    progress = run(
        training,
        crops or Crops(PAIRS),
        VALIDATION,
        epochs=epochs,
        log_dir=folder / "log",
        checkpoints=checkpoints,
    )
    return progress.history.drop(columns="seconds"), networks[0].get_weights(), networks[1].get_weights()


def assert_identical(result, expected):
    pd.testing.assert_frame_equal(result[0], expected[0], check_exact=True)
    for weights, others in zip(result[1:], expected[1:], strict=True):
        for ours, theirs in zip(weights, others, strict=True):
            np.testing.assert_array_equal(ours, theirs)


class FailingCrops(Crops):
    """Do something before one of all steps."""

    def __init__(self, step, act):
        super().__init__(PAIRS)
        self.step, self.act = step, act

    def batches(self, epoch, first_step=0):
        for step, pair in enumerate(super().batches(epoch, first_step), start=first_step):
            if epoch * self.steps + step == self.step:
                self.act()
            yield pair


class Read(float):
    """A number of a step that notes when it is read."""

    log: ClassVar[list] = []

    def __new__(cls, value, step):
        number = super().__new__(cls, value)
        number.step = step
        return number

    def __float__(self):
        self.log.append(("read", self.step))
        return float.__float__(self)


class TestReading:
    """What steps return is read one step late, except where all of it must be known."""

    @staticmethod
    def watch(monkeypatch, folder, *, epochs=1, every=100, crops=None):
        """Trains, and gives the order in which steps were begun, read and saved."""
        log = []
        monkeypatch.setattr(Read, "log", log)
        training = make_step(deep_generator())
        checkpoints = Checkpoints(folder, {}, training, every=every, resume=True)
        take, save = training.take, checkpoints.save

        def watched_take(*pair):
            step = 1 + sum(kind == "begun" for kind, _ in log)
            log.append(("begun", step))
            numbers = {name: float(value) for name, value in take(*pair).items()}
            return numbers | {"psnr": Read(numbers["psnr"], step)}

        def watched_save(progress):
            log.append(("saved", progress.steps))
            save(progress)

        monkeypatch.setattr(training, "take", watched_take)
        monkeypatch.setattr(training, "take_smaller", watched_take)
        monkeypatch.setattr(checkpoints, "save", watched_save)
        arguments = {"epochs": epochs, "log_dir": folder / "log", "checkpoints": checkpoints}
        with contextlib.suppress(Interrupted):
            run(training, crops or Crops(PAIRS), VALIDATION, **arguments)
        return [f"{kind} {step}" for kind, step in log]

    def test_is_one_step_late_within_an_epoch(self, monkeypatch, tmp_path):
        assert self.watch(monkeypatch, tmp_path) == [
            *("saved 0", "begun 1", "begun 2", "read 1", "begun 3", "read 2", "read 3")
        ]

    def test_is_done_before_a_checkpoint(self, monkeypatch, tmp_path):
        assert self.watch(monkeypatch, tmp_path, every=2, epochs=2) == [
            *("saved 0", "begun 1", "begun 2", "read 1", "read 2", "saved 2", "begun 3", "read 3", "saved 3"),
            *("begun 4", "read 4", "saved 4", "begun 5", "begun 6", "read 5", "read 6"),
        ]

    def test_is_not_done_where_no_checkpoint_is_affordable(self, monkeypatch, tmp_path):
        # Each look at the clock takes as long as writing does.
        clock = itertools.count(0.0, 1.0).__next__
        monkeypatch.setattr("srgan_report.training.checkpoints.monotonic", clock)
        assert self.watch(monkeypatch, tmp_path, every=1, epochs=2) == [
            *("saved 0", "begun 1", "begun 2", "read 1", "begun 3", "read 2", "read 3", "saved 3"),
            *("begun 4", "begun 5", "read 4", "begun 6", "read 5", "read 6"),
        ]

    def test_is_done_before_a_signal_is_obeyed(self, monkeypatch, tmp_path):
        crops = FailingCrops(1, lambda: signal.raise_signal(signal.SIGTERM))
        assert self.watch(monkeypatch, tmp_path, crops=crops) == [
            *("saved 0", "begun 1", "begun 2", "read 1", "read 2", "saved 2")
        ]


def serialize(function) -> bytes:
    """What TensorFlow knows of a function that was traced once, attributes included."""
    (concrete,) = function._list_all_concrete_functions()
    return concrete.function_def.SerializeToString()


def break_off():
    raise RuntimeError("power cut")


class TestMoreEpochs:
    @staticmethod
    def train(folder, epochs, schedule="constant", **kwargs):
        identity = {"training": {"epochs": epochs, "learning_rate_schedule": schedule}}
        return train(folder, identity=identity, epochs=epochs, learning_rate=0.01, **kwargs)

    @pytest.mark.parametrize("settings", [{}, {"ema_momentum": 0.5}, {"precision": "mixed_float16"}])
    def test_resume_where_fewer_ended_as_if_they_had_been_asked_for_at_once(self, tmp_path, settings):
        self.train(tmp_path, 2, **settings)
        crops = Crops(PAIRS)
        longer = self.train(tmp_path, 3, crops=crops, **settings)
        assert crops.asked == [(2, 0)]
        assert_identical(longer, self.train(tmp_path / "at once", 3, **settings))
        assert_identical(self.train(tmp_path, 3, crops=FailingCrops(0, break_off), **settings), longer)

    def test_resume_where_more_were_broken_off(self, tmp_path):
        with pytest.raises(RuntimeError, match="power cut"):
            self.train(tmp_path, 9, crops=FailingCrops(5, break_off))
        crops = Crops(PAIRS)
        fewer = self.train(tmp_path, 2, crops=crops)
        assert crops.asked == [(1, 1)]  # after the fourth step, at which there was a checkpoint
        assert_identical(fewer, self.train(tmp_path / "at once", 2))

    def test_broken_off_themselves_they_resume_from_their_own_checkpoint(self, tmp_path):
        self.train(tmp_path, 2)
        with pytest.raises(RuntimeError, match="power cut"):
            self.train(tmp_path, 4, crops=FailingCrops(10, break_off))
        crops = Crops(PAIRS)
        longer = self.train(tmp_path, 4, crops=crops)
        assert crops.asked == [(3, 1)]
        assert_identical(longer, self.train(tmp_path / "at once", 4))

    def test_fewer_are_trained_from_the_start(self, tmp_path):
        self.train(tmp_path, 3)
        crops = Crops(PAIRS)
        self.train(tmp_path, 2, crops=crops)
        assert crops.asked == [(0, 0), (1, 0)]

    def test_with_a_schedule_over_all_epochs_they_start_over(self, tmp_path):
        self.train(tmp_path, 2, schedule="cosine")
        crops = Crops(PAIRS)
        self.train(tmp_path, 3, schedule="cosine", crops=crops)
        assert crops.asked[0] == (0, 0)


class TestResume:
    @pytest.fixture(scope="class")
    def uninterrupted(self, tmp_path_factory):
        return train(tmp_path_factory.mktemp("uninterrupted"))

    @pytest.mark.parametrize("step", range(1, 9))
    def test_continues_as_if_it_had_never_stopped(self, tmp_path, uninterrupted, step):
        with pytest.raises(RuntimeError, match="power cut"):
            train(tmp_path, crops=FailingCrops(step, break_off))
        crops = Crops(PAIRS)
        assert_identical(train(tmp_path, crops=crops), uninterrupted)
        # A checkpoint after every second step and every epoch of three: steps 2, 3, 4, 6, 8.
        last = {1: 0, 2: 2, 3: 3, 4: 4, 5: 4, 6: 6, 7: 6, 8: 8}[step]
        assert crops.asked[0] == divmod(last, 3)

    def test_keeps_the_scale_of_float16_losses(self, tmp_path):
        settings = {"precision": "mixed_float16"}
        with pytest.raises(RuntimeError, match="power cut"):
            train(tmp_path, crops=FailingCrops(5, break_off), **settings)
        assert_identical(train(tmp_path, **settings), train(tmp_path / "uninterrupted", **settings))

    def test_can_be_stopped_again_and_again(self, tmp_path, uninterrupted):
        for step in (2, 3, 5, 7):
            with pytest.raises(RuntimeError, match="power cut"):
                train(tmp_path, crops=FailingCrops(step, break_off))
        assert_identical(train(tmp_path), uninterrupted)

    def test_how_often_checkpoints_are_written_changes_nothing(self, tmp_path, uninterrupted):
        assert_identical(train(tmp_path, every=1), uninterrupted)

    def test_what_is_finished_is_not_trained_again(self, tmp_path, uninterrupted):
        train(tmp_path)
        crops = Crops(PAIRS)
        assert_identical(train(tmp_path, crops=crops), uninterrupted)
        assert crops.asked == []

    def test_only_what_it_ended_with_is_kept(self, tmp_path):
        train(tmp_path)
        assert {path.stem for path in tmp_path.glob("*/*.index")} == {"finished"}
        (data,) = tmp_path.glob("*/*.data*")
        weights = sum(weight.nbytes for network in train(tmp_path)[1:] for weight in network)
        assert data.stat().st_size < 2 * weights  # Adam's moments would make it three times as large

    def test_unless_it_is_to_be_trained_again(self, tmp_path):
        first = train(tmp_path)
        crops = Crops(PAIRS)
        assert_identical(train(tmp_path, crops=crops, resume=False), first)
        assert crops.asked == [(0, 0), (1, 0), (2, 0)]

    def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(self, tmp_path, uninterrupted):
        with pytest.raises(RuntimeError, match="power cut"):
            train(tmp_path, crops=FailingCrops(5, break_off))
        (data,) = tmp_path.glob("*/step-000000004.data*")
        data.write_bytes(data.read_bytes()[:-100])
        crops = Crops(PAIRS)
        assert_identical(train(tmp_path, crops=crops), uninterrupted)
        assert crops.asked[0] == (1, 0)

    def test_other_parameters_start_again_and_say_so(self, tmp_path, caplog):
        train(tmp_path, identity={"seed": 1, "training": {"learning_rate": 0.1}})
        crops = Crops(PAIRS)
        with caplog.at_level(logging.INFO, logger="srgan_report.training"):
            train(tmp_path, crops=crops, identity={"seed": 1, "training": {"learning_rate": 0.2}})
        assert crops.asked[0] == (0, 0)
        assert "SRGAN-MSE: starting over, changed: training.learning_rate" in caplog.text

    def test_the_first_training_says_nothing_of_a_change(self, tmp_path, caplog):
        with caplog.at_level(logging.INFO, logger="srgan_report.training"):
            train(tmp_path)
        assert "epoch 1/3" in caplog.text
        assert "starting over" not in caplog.text


class TestMemory:
    def test_the_discriminator_waits_for_the_content_losss_gradient(self):
        """So that the feature maps which that gradient needs make room for the discriminator's."""

        @tf.custom_gradient
        def mark(images):
            return images, lambda upstream: tf.identity(upstream, name="content_gradient")

        step = make_step(
            deep_generator(),
            discriminator=deep_discriminator(),
            content_loss=lambda high_resolution, super_resolution: pixel_mse(
                high_resolution, mark(super_resolution)
            ),
        )
        operations = step.take.get_concrete_function(*batch(1)).graph.get_operations()
        judging = [each for each in operations if each.type == "Conv2D" and each.get_attr("strides")[1] == 4]
        assert len(judging) == 2  # of HR, and of SR
        for operation in judging:
            assert "content_gradient" in {each.name for each in find_needed(operation)}


def find_needed(operation):
    """All that runs before an operation of a graph can."""
    found, ahead = set(), [operation]
    while ahead:
        each = ahead.pop()
        before = {*each.control_inputs, *(tensor.op for tensor in each.inputs)} - found
        found |= before
        ahead += before
    return found


class TestRoll:
    @staticmethod
    def see_corners(steps, **kwargs):
        """The HR pixel that losses see in the corner at each step, by its place before."""
        places = np.arange(256, dtype=np.float32).reshape(1, 16, 16, 1) / 256
        pair = np.zeros((1, 4, 4, 3), np.float32), np.tile(places, (1, 1, 1, 3))

        def corner(high_resolution, super_resolution):
            return high_resolution[0, 0, 0, 0] + 0 * tf.reduce_sum(super_resolution)

        training = make_step(content_loss=corner, **kwargs)
        return [round(256 * float(training.step(*pair)["content_loss"])) for _ in range(steps)]

    def test_moves_crops_both_ways_by_other_numbers_of_pixels_at_each_step(self):
        corners = self.see_corners(40, roll_seed=1)
        assert len(set(corners)) > 30
        assert len({corner % 16 for corner in corners}) > 10
        assert len({corner // 16 for corner in corners}) > 10

    def test_derives_from_the_seed_alone(self):
        assert self.see_corners(5, roll_seed=1) == self.see_corners(5, roll_seed=1)
        assert self.see_corners(5, roll_seed=1) != self.see_corners(5, roll_seed=2)

    def test_unless_asked_for_crops_stay_as_they_are(self):
        assert self.see_corners(5) == [0] * 5

    def test_moves_both_crops_alike(self):
        generator = deep_generator()
        low, _ = batch(1)
        high = generator(low, training=True)  # what the step compares it with
        training = make_step(deep_generator(), roll_seed=1)
        assert float(training.step(low, high)["content_loss"]) == pytest.approx(0, abs=1e-12)

    def test_resumes_from_a_checkpoint(self, tmp_path):
        def first(high_resolution, super_resolution):
            return tf.reduce_mean(tf.square(high_resolution - super_resolution)[:, :3, :5])

        settings = {"content_loss": first, "roll_seed": 1}
        with pytest.raises(RuntimeError, match="power cut"):
            train(tmp_path, crops=FailingCrops(5, break_off), **settings)
        rolled = train(tmp_path, **settings)
        assert_identical(rolled, train(tmp_path / "uninterrupted", **settings))
        unrolled = train(tmp_path / "unrolled", content_loss=first)
        assert any((ours != theirs).any() for ours, theirs in zip(rolled[1], unrolled[1], strict=True))

    @pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
    def test_in_mixed_precision(self, precision):
        assert self.see_corners(5, roll_seed=1, precision=precision) == self.see_corners(5, roll_seed=1)


class TestMovingAverage:
    """The weights after each step are seen where the next batch is asked for."""

    @pytest.fixture
    def trained(self, tmp_path):
        """The generator after training, its history, and the weights after each step but the last."""
        generator = linear_generator()
        seen = []

        class Watched(Crops):
            def batches(self, epoch, first_step=0):
                for pair in super().batches(epoch, first_step):
                    seen.append(generator.get_weights())
                    yield pair

        training = make_step(generator, ema_momentum=0.75)
        progress = run(training, Watched(PAIRS), VALIDATION, epochs=2, log_dir=tmp_path)
        return generator, progress.history, seen[1:]

    def test_is_what_training_ends_with(self, trained, tmp_path):
        generator, _, steps = trained
        plain = linear_generator()
        run(make_step(plain), Crops(PAIRS), VALIDATION, epochs=2, log_dir=tmp_path / "plain")
        average = steps[0]
        for weights in [*steps[1:], plain.get_weights()]:
            average = [0.75 * old + 0.25 * new for old, new in zip(average, weights, strict=True)]
        assert_same_weights(generator, average)

    def test_does_not_change_how_the_weights_are_trained(self, trained, tmp_path):
        _, _, steps = trained
        plain = linear_generator()
        run(make_step(plain), Crops(PAIRS), VALIDATION, epochs=1, log_dir=tmp_path / "plain")
        assert_same_weights(plain, steps[2], atol=0)

    def test_is_what_is_validated(self, trained):
        generator, history, _ = trained
        measured = Validation(generator, pixel_mse).measure(*VALIDATION[0])
        assert history["validation_psnr"].iloc[-1] == pytest.approx(float(measured["validation_psnr"]))

    @pytest.mark.parametrize("step", [2, 3, 7])
    def test_resumes_from_a_checkpoint(self, tmp_path, step):
        with pytest.raises(RuntimeError, match="power cut"):
            train(tmp_path, crops=FailingCrops(step, break_off), ema_momentum=0.75)
        expected = train(tmp_path / "uninterrupted", ema_momentum=0.75)
        assert_identical(train(tmp_path, ema_momentum=0.75), expected)

    def test_of_scaled_losses(self, tmp_path):
        results = [
            train(tmp_path / str(momentum), precision="mixed_float16", ema_momentum=momentum)
            for momentum in (None, 0.75)
        ]
        plain, averaged = (weights for _, weights, _ in results)
        assert any((ours != theirs).any() for ours, theirs in zip(plain, averaged, strict=True))


class TestSignals:
    @pytest.fixture(autouse=True)
    def heeded(self):
        """Ctrl-C is ignored where a shell started the tests in the background, and would stay so."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_save_first_and_say_how_to_resume(self, tmp_path, number):
        before = signal.getsignal(number)
        with pytest.raises(
            Interrupted, match=r"^SRGAN-MSE stopped after step 5 of 9, .*same command resumes"
        ):
            train(tmp_path, crops=FailingCrops(4, lambda: signal.raise_signal(number)), every=100)
        assert signal.getsignal(number) == before
        crops = Crops(PAIRS)
        uninterrupted = train(tmp_path / "uninterrupted")
        assert_identical(train(tmp_path, crops=crops), uninterrupted)
        assert crops.asked[0] == (1, 2)

    def test_one_after_the_last_step_leaves_a_finished_training(self, tmp_path):
        def stop(row):
            signal.raise_signal(signal.SIGTERM)
            return {}

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "srgan_report.training.trainer.find_symptoms",
                lambda row: stop(row) if row["epoch"] == 3 else {},
            )
            with pytest.raises(Interrupted, match="SRGAN-MSE is trained"):
                train(tmp_path)
        crops = Crops(PAIRS)
        train(tmp_path, crops=crops)
        assert crops.asked == []


def spoil(pairs, step):
    """Crops of which those of one step are not numbers."""
    low, high = pairs[step]
    return Crops([*pairs[:step], (low, high * np.nan), *pairs[step + 1 :]])


class TestDivergence:
    def test_networks_are_those_of_the_last_good_checkpoint(self, tmp_path):
        with pytest.raises(RuntimeError, match="power cut"):
            train(tmp_path / "good", crops=FailingCrops(2, break_off))
        generator, discriminator = deep_generator(), deep_discriminator()
        training = make_step(
            generator,
            discriminator=discriminator,
            adversarial_weight=0.1,
            learning_rate=learning_rate_schedule(0.01, "cosine", 9),
        )
        checkpoints = Checkpoints(tmp_path / "bad", {}, training, every=2, resume=True)
        with pytest.raises(Divergence, match=r"The last good checkpoint is of step 2\. Lower ") as caught:
            run(
                training,
                spoil(PAIRS, 2),
                VALIDATION,
                epochs=1,
                log_dir=tmp_path,
                checkpoints=checkpoints,
            )
        assert caught.value.step == 3
        assert caught.value.last_good.steps == 2
        assert caught.value.last_good.history.empty
        good = deep_generator(), deep_discriminator()
        (index,) = (tmp_path / "good").glob("*/step-000000002.index")
        variables = [variable.value for network in good for variable in network.variables]
        tf.train.Checkpoint(networks=variables).read(str(index.with_suffix(""))).expect_partial()
        assert_same_weights(generator, good[0].get_weights(), atol=0)
        assert_same_weights(discriminator, good[1].get_weights(), atol=0)

    def test_names_the_step_though_the_next_one_was_under_way(self, tmp_path):
        generator = deep_generator()
        before = generator.get_weights()
        training = make_step(generator)
        with pytest.raises(Divergence, match=r"in step 2 of epoch 1 .*checkpoint is of step 0\.") as caught:
            run(
                training,
                spoil([*PAIRS, batch(4), batch(5)], 1),
                VALIDATION,
                epochs=1,
                log_dir=tmp_path,
            )
        assert caught.value.step == 2
        assert_same_weights(generator, before, atol=0)
        assert [step for tag, step, _ in read_events(tmp_path) if tag == "step/psnr"] == [1]

    def test_in_the_first_step_they_are_the_initial_ones(self, tmp_path):
        generator = linear_generator()
        before = generator.get_weights()
        with pytest.raises(Divergence, match="checkpoint is of step 0"):
            run(
                make_step(generator),
                spoil(PAIRS, 0),
                VALIDATION,
                epochs=1,
                log_dir=tmp_path,
            )
        assert_same_weights(generator, before, atol=0)

    def test_a_gradient_that_is_not_finite_stops_as_a_loss_does(self, tmp_path):
        def without_slope_at_zero(high_resolution, super_resolution):
            return tf.reduce_mean(tf.sqrt(tf.abs(super_resolution - high_resolution)))

        generator = linear_generator()
        low, _ = batch(1)
        training = make_step(generator, content_loss=without_slope_at_zero)
        with pytest.raises(Divergence, match=r"gradient_norm (nan|inf)"):
            run(training, Crops([(low, generator(low))]), VALIDATION, epochs=1, log_dir=tmp_path)


class TestWarnings:
    def test_a_discriminator_that_has_won(self, tmp_path, caplog):
        judge = logistic_discriminator()
        judge.set_weights([np.full((3, 1), 100.0), np.zeros(1)])  # light crops are real, dark ones are not
        generator = linear_generator()
        generator.set_weights([np.zeros((1, 1, 3, 3)), np.full(3, -0.9)])
        low, _ = batch(1)
        training = make_step(generator, discriminator=judge, adversarial_weight=0.001, learning_rate=1e-30)
        light = tf.fill((2, 16, 16, 3), 0.9)
        with caplog.at_level(logging.WARNING, logger="srgan_report.training.trainer"):
            progress = run(training, Crops([(low, light)]), VALIDATION, epochs=2, log_dir=tmp_path)
        assert "discriminator has won: in epoch 1" in progress.warnings["won"]
        assert caplog.text.count("has won") == 1

    def test_a_constant_output(self, tmp_path):
        generator = linear_generator()
        generator.set_weights([np.zeros((1, 1, 3, 3)), np.zeros(3)])
        progress = run(
            make_step(generator, learning_rate=1e-30),
            Crops([batch(1)]),
            VALIDATION,
            epochs=1,
            log_dir=tmp_path,
        )
        assert "all but constant" in progress.warnings["constant"]

    def test_none_where_all_is_well(self, tmp_path):
        training = make_step(discriminator=logistic_discriminator(), adversarial_weight=0.1)
        progress = run(training, Crops([batch(1)]), VALIDATION, epochs=1, log_dir=tmp_path)
        assert progress.warnings == {}
