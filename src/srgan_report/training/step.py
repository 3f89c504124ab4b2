"""The training step, the same for all variants."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import keras
import tensorflow as tf

from srgan_report.evaluation.metrics import psnr, psnr_article
from srgan_report.networks import Forward, Precision, accelerate
from srgan_report.training.distribution import distribute, sum_replicas
from srgan_report.training.losses import (
    add_in_order,
    adversarial_loss,
    chroma_mse,
    discriminator_loss,
    lattice_loss,
    pixel_mse,
    spectral_excess,
    total_variation,
)
from srgan_report.training.optimizer import LearningRate, build_adam

# In dB, what a crop that is reproduced exactly counts as in the history, whose curves would else be lost. The
# evaluation leaves such crops out.
HIGHEST_PSNR = 100.0

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
Metrics = dict[str, tf.Tensor]


@dataclass(eq=False)
class TrainingStep:
    """One update of a generator, and of a discriminator beside it where there is one.

    Source: article, "Training", ``train_step``; Goodfellow et al. 2014.

    Attributes:
        name: What to call the training in messages.
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
        lattice_weight: The weight of ``lattice_loss`` beside the content loss; 0 leaves it out.
        spectral_weight: The weight of ``spectral_excess`` beside the content loss; 0 leaves it out.
        chroma_weight: The weight of ``chroma_mse`` beside the content loss; 0 leaves it out.
        adversarial_border: Pixels on each side of HR and SR crops that the discriminator does not see: what
            the generator's zero padding does there would tell SR, and the generator would draw a frame.
        roll_seed: Where given, all losses see the HR and SR crops of a step rolled by the same number of
            pixels each way, drawn from this seed and the number of the step. So the strides of the VGG and of
            the discriminator fall on other pixels at each step, and the generator can't fit its own lattice
            of sub-pixels to theirs.
        precision: What the networks compute in while they train (see ``accelerate``); they stay float32
            models, which are validated, saved and used in float32. ``mixed_float16`` scales losses, so that
            small gradients don't vanish (Micikevicius et al. 2018).
        ema_momentum: How much of its old value an exponential moving average of the generator's weights keeps
            at each step; ``None``: there is no average. BatchNorm's statistics are moving averages anyway.
        jit_compile: Whether XLA compiles the step as a whole: the same sums. On a CPU with oneDNN it is
            slower for it, on a GPU several times as fast (docs/scaling.md).
        strategy: Over which replicas the step is distributed; by default there is one. Otherwise copies of
            the networks are trained, and ``collect_weights`` brings their weights back.
        synchronize_batch_normalization: Whether, with several replicas, BatchNorm takes the statistics of the
            whole batch, as one device would, and not each of its part.
    """

    name: str
    generator: keras.Model
    content_loss: Loss
    learning_rate: LearningRate
    discriminator: keras.Model | None = None
    discriminator_output: Literal["probability", "logit"] = "probability"
    adversarial_weight: float = 0.0
    total_variation_weight: float = 0.0
    lattice_weight: float = 0.0
    spectral_weight: float = 0.0
    chroma_weight: float = 0.0
    adversarial_border: int = 0
    roll_seed: int | None = None
    precision: Precision = "float32"
    ema_momentum: float | None = None
    jit_compile: bool = False
    strategy: tf.distribute.Strategy = field(default_factory=tf.distribute.get_strategy)
    synchronize_batch_normalization: bool = True
    _trained_generator: keras.Model = field(init=False, repr=False)
    _trained_discriminator: keras.Model | None = field(init=False, repr=False, default=None)
    _generate: Forward = field(init=False, repr=False)
    _generate_for_validation: Forward = field(init=False, repr=False)
    _discriminate: Forward | None = field(init=False, repr=False, default=None)
    _generator_optimizer: keras.optimizers.Optimizer = field(init=False, repr=False)
    _discriminator_optimizer: keras.optimizers.Optimizer | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        """Makes the faster forms of the networks, the optimisers and the compiled functions."""
        self._generate_for_validation = accelerate(self.generator)
        self._trained_generator = self._distribute(self.generator)
        self._generate = accelerate(self._trained_generator, self.precision)
        scale_losses = self.precision == "mixed_float16"
        with self.strategy.scope():
            self._generator_optimizer = build_adam(
                self._trained_generator,
                self.learning_rate,
                scale_losses=scale_losses,
                ema_momentum=self.ema_momentum,
            )
        if self.discriminator is not None:
            self._trained_discriminator = self._distribute(self.discriminator)
            self._discriminate = accelerate(self._trained_discriminator, self.precision)
            with self.strategy.scope():
                self._discriminator_optimizer = build_adam(
                    self._trained_discriminator, self.learning_rate, scale_losses=scale_losses
                )
        self._compiled_step = tf.function(self._step_of_all, jit_compile=self.jit_compile)
        self._compiled_validation = tf.function(self.validate, jit_compile=self.jit_compile)

    def _distribute(self, network: keras.Model) -> keras.Model:
        return distribute(
            network,
            self.strategy,
            synchronize_batch_normalization=self.synchronize_batch_normalization,
        )

    def collect_weights(self) -> None:
        """Brings the weights that were trained back to ``generator`` and ``discriminator``."""
        for trained, network in (
            (self._trained_generator, self.generator),
            (self._trained_discriminator, self.discriminator),
        ):
            if network is not None and trained is not None and trained is not network:
                network.set_weights(trained.get_weights())

    def _step_of_all(self, low_resolution: tf.Tensor, high_resolution: tf.Tensor) -> Metrics:
        metrics = self.strategy.run(self.step, args=(low_resolution, high_resolution))
        return {name: self.strategy.experimental_local_results(value)[0] for name, value in metrics.items()}

    def step(self, low_resolution: tf.Tensor, high_resolution: tf.Tensor) -> Metrics:
        """Updates both networks by one batch, or within a replica by its part of one.

        Args:
            low_resolution: ``(batch, height, width, 3)`` float32 in [0, 1].
            high_resolution: ``(batch, 4 height, 4 width, 3)`` float32 in [-1, 1].

        Returns:
            Scalars, float32, from before the update: ``content_loss``, ``generator_loss`` (the weighted sum
            of all that the generator is trained by), ``psnr`` in dB (100 at most) and ``psnr_article``, the
            article's own figure, and ``gradient_norm`` of all of the generator's weights. Where they are
            used, ``total_variation``, and ``adversarial_loss`` (neither is weighted) and
            ``discriminator_loss``, in nats. With a discriminator also its
            ``discriminator_gradient_norm``, and ``gradient_ratio``: the norm of the gradient that the content
            loss (with the total variation) sends to SR crops, by the norm of the weighted adversarial loss's.
            Far above 1, the discriminator has no say; far below, all of it.
        """
        # Each term's gradient is taken down to the SR crops, and their sum from there on through the
        # generator: no more work than for one loss, and the terms can be weighed against each other.
        share = self._share(low_resolution)
        with tf.GradientTape(persistent=True) as tape:
            super_resolution = self._generate(low_resolution, training=True)
            losses = self._losses(high_resolution, super_resolution)
            terms = self._weighted_terms(losses)
            scaled_terms = [self._generator_optimizer.scale_loss(share(term)) for term in terms]
            if self._discriminator_optimizer is not None:
                scaled_loss = self._discriminator_optimizer.scale_loss(share(losses["discriminator_loss"]))
        gradients = [tape.gradient(term, super_resolution) for term in scaled_terms]
        metrics = losses | {
            "generator_loss": add_in_order(terms),
            "psnr": _mean_psnr(high_resolution, super_resolution),
            "mean_squared_error": pixel_mse(high_resolution, super_resolution),
        }
        metrics = self._sum({name: share(value) for name, value in metrics.items()})
        article = psnr_article(metrics.pop("mean_squared_error"))
        metrics["psnr_article"] = tf.minimum(article, HIGHEST_PSNR)
        weights = self._trained_generator.trainable_variables
        descent = self._sum(
            tape.gradient(super_resolution, weights, output_gradients=add_in_order(gradients))
        )
        metrics["gradient_norm"] = _norm(descent, self._generator_optimizer)
        self._generator_optimizer.apply(descent, weights)
        if self._trained_discriminator is not None and self._discriminator_optimizer is not None:
            content, adversarial = self._norms(gradients)
            metrics["gradient_ratio"] = content / adversarial
            weights = self._trained_discriminator.trainable_variables
            descent = self._sum(tape.gradient(scaled_loss, weights))
            metrics["discriminator_gradient_norm"] = _norm(descent, self._discriminator_optimizer)
            self._discriminator_optimizer.apply(descent, weights)
        return metrics

    def _inner(self, *images: tf.Tensor) -> list[tf.Tensor]:
        border = self.adversarial_border
        return [each[:, border:-border, border:-border] for each in images] if border else list(images)

    def _roll(self, *images: tf.Tensor) -> list[tf.Tensor]:
        if self.roll_seed is None:
            return list(images)
        step = getattr(self._generator_optimizer, "inner_optimizer", self._generator_optimizer).iterations
        seed = tf.stack([tf.constant(self.roll_seed, tf.int64), tf.cast(step, tf.int64)])
        shift = tf.random.stateless_uniform((2,), seed, 0, images[0].shape[1], tf.int32)
        return [tf.roll(each, shift, axis=(1, 2)) for each in images]

    @property
    def _replicas(self) -> int:
        return self.strategy.num_replicas_in_sync

    def _sum(self, values: Any) -> Any:
        """Sums over replicas; where there is but one, nothing changes, not even the graph."""
        return values if self._replicas == 1 else sum_replicas(values)

    def _share(self, images: tf.Tensor) -> Callable[[tf.Tensor], tf.Tensor]:
        """Weighs a mean over a replica's images so that the sum over replicas is the mean over all."""
        if self._replicas == 1:
            return lambda mean: mean
        here = tf.cast(tf.shape(images)[0], tf.float32)
        share = here / sum_replicas(here)
        return lambda mean: mean * share

    def _norms(self, gradients: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        if self._replicas == 1:
            return [tf.norm(gradient) for gradient in gradients]
        squares = sum_replicas([tf.reduce_sum(tf.square(gradient)) for gradient in gradients])
        return [tf.sqrt(square) for square in squares]

    def _weighted_terms(self, losses: Metrics) -> list[tf.Tensor]:
        """What the generator is trained by: the content loss and total variation; the adversarial loss."""
        content = losses["content_loss"]
        if self.total_variation_weight:
            content += self.total_variation_weight * losses["total_variation"]
        if self.lattice_weight:
            content += self.lattice_weight * losses["lattice_loss"]
        if self.spectral_weight:
            content += self.spectral_weight * losses["spectral_excess"]
        if self.chroma_weight:
            content += self.chroma_weight * losses["chroma_mse"]
        if self.discriminator is None:
            return [content]
        return [content, self.adversarial_weight * losses["adversarial_loss"]]

    def _losses(self, high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> Metrics:
        inner = self._roll(*self._inner(high_resolution, super_resolution))
        high_resolution, super_resolution = self._roll(high_resolution, super_resolution)
        losses = {"content_loss": self.content_loss(high_resolution, super_resolution)}
        if self.total_variation_weight:
            losses["total_variation"] = total_variation(super_resolution)
        if self.lattice_weight:
            losses["lattice_loss"] = lattice_loss(high_resolution, super_resolution)
        if self.spectral_weight:
            losses["spectral_excess"] = spectral_excess(high_resolution, super_resolution)
        if self.chroma_weight:
            losses["chroma_mse"] = chroma_mse(high_resolution, super_resolution)
        if self._discriminate is not None:
            real, fake = (self._discriminate(each, training=True) for each in inner)
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
            Scalars, float32: ``validation_content_loss``; ``validation_psnr`` in dB (100 at most), of SR
            crops clipped and rounded to 8 bits as in the evaluation; and ``validation_contrast``, the
            standard deviation of a crop's values, in the mean, by that of HR crops (1 where that is 0).
        """
        super_resolution = self._generate_for_validation(low_resolution, training=False)
        return {
            "validation_content_loss": self.content_loss(high_resolution, super_resolution),
            "validation_psnr": _mean_psnr(high_resolution, _round_to_8_bits(super_resolution)),
            "validation_contrast": _relative_contrast(high_resolution, super_resolution),
        }


def _mean_psnr(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    values = psnr(high_resolution, super_resolution, value_range=2.0)
    return tf.reduce_mean(tf.minimum(values, HIGHEST_PSNR))


def _round_to_8_bits(signed: tf.Tensor) -> tf.Tensor:
    """Clips to [-1, 1] and rounds to the nearest of the 256 levels there."""
    return tf.round((tf.clip_by_value(signed, -1, 1) + 1) * 127.5) / 127.5 - 1


def _contrast(signed: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.math.reduce_std(signed, axis=(1, 2, 3)))


def _relative_contrast(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """The contrast of SR crops by that of HR crops; 1 where HR has none, as of blank crops."""
    own = _contrast(high_resolution)
    return tf.where(own > 0, _contrast(super_resolution) / own, 1.0)


def _norm(gradients: Sequence[tf.Tensor], optimizer: keras.optimizers.Optimizer) -> tf.Tensor:
    """The norm of gradients, without the factor by which the losses were scaled."""
    return tf.linalg.global_norm(gradients) / optimizer.scale_loss(tf.constant(1.0))
