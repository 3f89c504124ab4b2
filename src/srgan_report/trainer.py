"""The training step and loop, the same for all variants. Knows nothing of Kedro."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from tqdm import tqdm

from srgan_report.crops import TrainingCrops
from srgan_report.losses import adversarial_loss, discriminator_loss, total_variation
from srgan_report.metrics import psnr, psnr_article
from srgan_report.networks import Forward, Precision, accelerate
from srgan_report.optimizer import FusedAdam

logger = logging.getLogger(__name__)

# The rate is left out so that the losses fit on a line.
_BAR = "{desc} {percentage:3.0f}%|{bar:10}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
Metrics = dict[str, tf.Tensor]


@dataclass(eq=False)
class Trainer:
    """Trains a generator, and a discriminator beside it where there is one.

    Source: article, "Training", ``train_step`` and the loop that calls it; Goodfellow et al. 2014.

    Attributes:
        name: What to call the run in the terminal.
        generator: From ``(batch, height, width, 3)`` float32 in [0, 1] to
            ``(batch, 4 height, 4 width, 3)`` float32 in [-1, 1]; trained in place.
        content_loss: Compares HR and SR batches on [-1, 1] (Ledig et al. 2017, equations 4 and 5).
        learning_rate: Adam's, for both networks: a number or a Keras schedule.
        discriminator: From HR or SR batches to ``(batch, 1)``; trained in place. Without one, the content
            loss is all that there is.
        discriminator_output: Whether it gives a ``probability`` in (0, 1) or its ``logit``.
        adversarial_weight: The weight of the adversarial loss beside the content loss (equation 3).
        total_variation_weight: The weight of the total variation of SR crops beside the content loss
            (section 3.4); 0 leaves it out.
        precision: What the networks compute in while they train (see ``accelerate``); they stay float32
            models, which are validated, saved and used in float32. ``mixed_float16`` scales losses, so that
            small gradients don't vanish (Micikevicius et al. 2018).
        jit_compile: Whether XLA compiles the step as a whole: the same sums. On a CPU with oneDNN it is
            slower for it.
    """

    name: str
    generator: keras.Model
    content_loss: Loss
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule
    discriminator: keras.Model | None = None
    discriminator_output: Literal["probability", "logit"] = "probability"
    adversarial_weight: float = 0.0
    total_variation_weight: float = 0.0
    precision: Precision = "float32"
    jit_compile: bool = False
    _generate: Forward = field(init=False, repr=False)
    _generate_for_validation: Forward = field(init=False, repr=False)
    _discriminate: Forward | None = field(init=False, repr=False, default=None)
    _generator_optimizer: keras.optimizers.Optimizer = field(init=False, repr=False)
    _discriminator_optimizer: keras.optimizers.Optimizer | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        """Makes the faster forms of the networks, the optimisers and the compiled functions."""
        self._generate = accelerate(self.generator, self.precision)
        self._generate_for_validation = accelerate(self.generator)
        self._generator_optimizer = _adam(self.generator, self.learning_rate, self.precision)
        if self.discriminator is not None:
            self._discriminate = accelerate(self.discriminator, self.precision)
            self._discriminator_optimizer = _adam(self.discriminator, self.learning_rate, self.precision)
        self._compiled_step = tf.function(self.step, jit_compile=self.jit_compile)
        self._compiled_validation = tf.function(self.validate, jit_compile=self.jit_compile)

    def step(self, low_resolution: tf.Tensor, high_resolution: tf.Tensor) -> Metrics:
        """Updates both networks by one batch.

        Args:
            low_resolution: ``(batch, height, width, 3)`` float32 in [0, 1].
            high_resolution: ``(batch, 4 height, 4 width, 3)`` float32 in [-1, 1].

        Returns:
            Scalars, float32, from before the update: ``content_loss``, ``generator_loss`` (the weighted sum
            of all that the generator is trained by), ``psnr`` in dB and ``psnr_article``, the article's own
            figure. Where they are used, ``total_variation``, and ``adversarial_loss`` (neither is weighted)
            and ``discriminator_loss``, in nats. With a discriminator also ``gradient_ratio``: the norm of the
            gradient that the content loss (with the total variation) sends to SR crops, by the norm of the
            weighted adversarial loss's. Far above 1, the discriminator has no say; far below, all of it.
        """
        # Each term's gradient is taken down to the SR crops, and their sum from there on through the
        # generator: no more work than for one loss, and the terms can be weighed against each other.
        with tf.GradientTape(persistent=True) as tape:
            super_resolution = self._generate(low_resolution, training=True)
            losses = self._losses(high_resolution, super_resolution)
            terms = self._weighted_terms(losses)
            scaled_terms = [self._generator_optimizer.scale_loss(term) for term in terms]
            if self._discriminator_optimizer is not None:
                scaled_loss = self._discriminator_optimizer.scale_loss(losses["discriminator_loss"])
        gradients = [tape.gradient(term, super_resolution) for term in scaled_terms]
        metrics = losses | {
            "generator_loss": tf.add_n(terms),
            "psnr": _mean_psnr(high_resolution, super_resolution),
            "psnr_article": psnr_article(high_resolution, super_resolution),
        }
        weights = self.generator.trainable_variables
        descent = tape.gradient(super_resolution, weights, output_gradients=tf.add_n(gradients))
        self._generator_optimizer.apply(descent, weights)
        if self.discriminator is not None and self._discriminator_optimizer is not None:
            metrics["gradient_ratio"] = tf.norm(gradients[0]) / tf.norm(gradients[1])
            weights = self.discriminator.trainable_variables
            descent = tape.gradient(scaled_loss, weights)
            self._discriminator_optimizer.apply(descent, weights)
        return metrics

    def _weighted_terms(self, losses: Metrics) -> list[tf.Tensor]:
        """What the generator is trained by: the content loss and total variation; the adversarial loss."""
        content = losses["content_loss"]
        if self.total_variation_weight:
            content += self.total_variation_weight * losses["total_variation"]
        if self.discriminator is None:
            return [content]
        return [content, self.adversarial_weight * losses["adversarial_loss"]]

    def _losses(self, high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> Metrics:
        losses = {"content_loss": self.content_loss(high_resolution, super_resolution)}
        if self.total_variation_weight:
            losses["total_variation"] = total_variation(super_resolution)
        if self._discriminate is not None:
            real = self._discriminate(high_resolution, training=True)
            fake = self._discriminate(super_resolution, training=True)
            from_logits = self.discriminator_output == "logit"
            losses["adversarial_loss"] = adversarial_loss(fake, from_logits=from_logits)
            losses["discriminator_loss"] = discriminator_loss(real, fake, from_logits=from_logits)
        return losses

    def validate(self, low_resolution: tf.Tensor, high_resolution: tf.Tensor) -> Metrics:
        """Measures the generator in inference mode on one batch.

        Args:
            low_resolution: ``(batch, height, width, 3)`` float32 in [0, 1].
            high_resolution: ``(batch, 4 height, 4 width, 3)`` float32 in [-1, 1].

        Returns:
            Scalars, float32: ``validation_content_loss``, and ``validation_psnr`` in dB, of SR crops clipped
            and rounded to 8 bits as in the evaluation.
        """
        super_resolution = self._generate_for_validation(low_resolution, training=False)
        return {
            "validation_content_loss": self.content_loss(high_resolution, super_resolution),
            "validation_psnr": _mean_psnr(high_resolution, _round_to_8_bits(super_resolution)),
        }

    def train(
        self, crops: TrainingCrops, validation: tf.data.Dataset, *, epochs: int, log_dir: Path
    ) -> pd.DataFrame:
        """Trains for some epochs.

        Args:
            crops: The training crops of every epoch.
            validation: Batches of LR crops in [0, 1] and HR crops in [-1, 1].
            epochs: How many epochs.
            log_dir: Where TensorBoard's event files go.

        Returns:
            A row for each epoch: ``epoch`` (from 1), ``step`` and ``images`` so far, ``learning_rate`` of the
            last step, the means over the epoch's images of what ``step`` and over the validation crops of
            what ``validate`` return, and the ``seconds`` that its training took.

        Raises:
            FloatingPointError: A loss is no longer finite; names the variant and the step.
        """
        rows = []
        images = 0
        with (
            contextlib.closing(tf.summary.create_file_writer(str(log_dir))) as writer,
            writer.as_default(),
            # disable=None: a bar where a person watches; a log file gets one line an epoch.
            tqdm(total=epochs * crops.steps, desc=self.name, bar_format=_BAR, disable=None) as bar,
        ):
            for epoch in range(epochs):
                started = time.perf_counter()
                training, count = _mean(self._train_epoch(crops, epoch, bar))
                seconds = time.perf_counter() - started
                images += count
                row = {
                    "epoch": epoch + 1,
                    "step": (epoch + 1) * crops.steps,
                    "images": images,
                    "learning_rate": self._last_learning_rate(),
                    **training,
                    **_mean(self._validate_all(validation))[0],
                    "seconds": seconds,
                }
                rows.append(row)
                self._report(row, epochs)
        return pd.DataFrame(rows)

    def _train_epoch(
        self, crops: TrainingCrops, epoch: int, bar: "tqdm[NoReturn]"
    ) -> Iterator[tuple[Mapping[str, float], int]]:
        """Trains for one epoch; yields each step's metrics and number of images."""
        for step, (low_resolution, high_resolution) in enumerate(crops.epoch(epoch), start=1):
            metrics = _floats(self._compiled_step(low_resolution, high_resolution))
            losses = {name: value for name, value in metrics.items() if name.endswith(("loss", "variation"))}
            if not np.isfinite(list(losses.values())).all():
                raise FloatingPointError(
                    f"{self.name}: a loss is no longer finite in step {step} of epoch {epoch + 1} "
                    f"({losses}). Lower training.learning_rate or training.adversarial_weight."
                )
            bar.update()
            # Short, to fit on a line of the terminal; tqdm formats the numbers.
            shown = {name.removesuffix("_loss"): value for name, value in losses.items()}
            del shown["generator"]  # the sum of what is shown
            bar.set_postfix({"epoch": epoch + 1, "psnr": metrics["psnr"], **shown})
            for name, value in metrics.items():
                tf.summary.scalar(f"step/{name}", value, step=epoch * crops.steps + step)
            yield metrics, len(low_resolution)

    def _validate_all(self, validation: tf.data.Dataset) -> Iterator[tuple[Mapping[str, float], int]]:
        for low_resolution, high_resolution in validation:
            yield _floats(self._compiled_validation(low_resolution, high_resolution)), len(low_resolution)

    def _last_learning_rate(self) -> float:
        if isinstance(self.learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            adam = getattr(self._generator_optimizer, "inner_optimizer", self._generator_optimizer)
            return float(self.learning_rate(adam.iterations - 1))
        return self.learning_rate

    def _report(self, row: Mapping[str, float], epochs: int) -> None:
        for name, value in row.items():
            tf.summary.scalar(f"epoch/{name}", value, step=row["epoch"])
        losses = [f"{name} {value:.4g}" for name, value in row.items() if name.endswith(("_loss", "psnr"))]
        logger.info(
            "%s: epoch %d of %d, %d steps, %.0f s, %s",
            self.name, row["epoch"], epochs, row["step"], row["seconds"], ", ".join(losses),
        )  # fmt: skip


def validation_batches(
    low_resolution: np.ndarray, high_resolution: np.ndarray, batch_size: int
) -> tf.data.Dataset:
    """Makes the batches that ``Trainer.train`` validates on.

    Args:
        low_resolution: ``(crops, height, width, 3)`` float32 in [0, 1].
        high_resolution: ``(crops, 4 height, 4 width, 3)`` uint8.
        batch_size: How many crops a batch holds; the last one may hold fewer.

    Returns:
        Batches of LR crops in [0, 1] and HR crops in [-1, 1], both float32.
    """
    crops = tf.data.Dataset.from_tensor_slices((low_resolution, high_resolution)).batch(batch_size)
    return crops.map(lambda lr, hr: (lr, tf.cast(hr, tf.float32) / 127.5 - 1)).prefetch(1)


def learning_rate_schedule(
    learning_rate: float, schedule: str, steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Makes the learning rate of a run.

    Args:
        learning_rate: The initial one.
        schedule: ``constant``; ``cosine``, which falls to zero over all steps (Loshchilov & Hutter 2017); or
            ``step``, a tenth in the second half of all steps (Ledig et al. 2017, section 3.2, for SRGANs).
        steps: The number of steps of the whole run.
    """
    if schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(learning_rate, decay_steps=steps)
    if schedule == "step":
        last_of_first_half = (steps - 1) // 2  # counted from 0, as Keras counts steps
        return keras.optimizers.schedules.PiecewiseConstantDecay(
            [last_of_first_half], [learning_rate, learning_rate / 10]
        )
    return learning_rate


def _adam(
    model: keras.Model,
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
    precision: Precision,
) -> keras.optimizers.Optimizer:
    optimizer: keras.optimizers.Optimizer = FusedAdam(learning_rate)
    if precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(model.trainable_variables)  # a compiled function can't make variables
    return optimizer


def _mean_psnr(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(psnr(high_resolution, super_resolution, value_range=2.0))


def _round_to_8_bits(signed: tf.Tensor) -> tf.Tensor:
    """Clips to [-1, 1] and rounds to the nearest of the 256 levels there."""
    return tf.round((tf.clip_by_value(signed, -1, 1) + 1) * 127.5) / 127.5 - 1


def _floats(metrics: Metrics) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}


def _mean(batches: Iterator[tuple[Mapping[str, float], int]]) -> tuple[dict[str, float], int]:
    """The means over all images of what is known of each batch, and the number of images."""
    sums: dict[str, float] = {}
    images = 0
    for metrics, count in batches:
        images += count
        for name, value in metrics.items():
            sums[name] = sums.get(name, 0.0) + count * value
    return {name: value / images for name, value in sums.items()}, images
