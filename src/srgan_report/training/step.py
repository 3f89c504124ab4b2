"""The training step, the same for all variants."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from srgan_report.choices import DiscriminatorOutput, Precision
from srgan_report.evaluation.metrics import psnr_article
from srgan_report.networks import accelerate
from srgan_report.training.distribution import Replicas
from srgan_report.training.losses import Loss, add_in_order, adversarial_loss, discriminator_loss, pixel_mse
from srgan_report.training.optimizer import FusedAdam, LearningRate, Trainable, unwrap
from srgan_report.training.validation import HIGHEST_PSNR, mean_psnr

Metrics = dict[str, tf.Tensor]
Share = Callable[[tf.Tensor], tf.Tensor]  # of a replica's mean in that of all


class _Term(NamedTuple):
    """What the generator is trained by: losses, their weighted sum, and its gradient by SR."""

    losses: Metrics
    weighted: tf.Tensor
    gradient: tf.Tensor  # scaled, as the generator's optimiser needs it


@dataclass(eq=False)
class TrainingStep:
    """One update of a generator, and of a discriminator with it where there is one.

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
        adversarial_weight: The weight of the adversarial loss next to the content loss (equation 3).
        auxiliary_losses: What is added to the content loss: by their names, weights and losses of HR and SR
            batches (see ``weigh_losses``).
        adversarial_border: Pixels on each side of HR and SR crops that the discriminator does not see: what
            the generator's zero padding does there would tell SR, and the generator would draw a frame.
        roll_seed: Where given, all losses see the HR and SR crops of a step rolled by the same number of
            pixels each way, drawn from this seed and the number of the step. So the strides of the VGG and of
            the discriminator fall on other pixels at each step, and the generator can't fit its own lattice
            of sub-pixels to theirs.
        precision: What the networks compute in while they train (see ``accelerate``); they stay float32
            models. ``mixed_float16`` scales losses, so that small gradients don't vanish, and leaves out
            steps whose gradients overflow (Micikevicius et al. 2018).
        ema_momentum: How much of its old value an exponential moving average of the generator's weights keeps
            at each step; ``None``: there is no average. BatchNorm's statistics are moving averages anyway.
        jit_compile: Whether XLA compiles the step as a whole: the same sums. On a CPU with oneDNN it is
            slower for it, on a GPU several times as fast (docs/scaling.md).
        replicas: Over which the step is distributed; by default there is one. Otherwise copies of the
            networks are trained, and ``collect_weights`` brings their weights back.
        synchronize_batch_normalization: Whether, with several replicas, BatchNorm takes the statistics of the
            whole batch, as one device would, and not each of its part.
        trained: The generator first, and the discriminator if there is one, each with its optimiser.
        take: ``step`` in all replicas, as a function that TensorFlow has compiled.
        take_smaller: The same for an epoch's smaller last batch, without XLA: to compile another shape would
            take as long as the first did, for one step of each epoch.
    """

    name: str
    generator: keras.Model
    content_loss: Loss
    learning_rate: LearningRate
    discriminator: keras.Model | None = None
    discriminator_output: DiscriminatorOutput = "probability"
    adversarial_weight: float = 0.0
    auxiliary_losses: Mapping[str, tuple[float, Loss]] = field(default_factory=dict)
    adversarial_border: int = 0
    roll_seed: int | None = None
    precision: Precision = "float32"
    ema_momentum: float | None = None
    jit_compile: bool = False
    replicas: Replicas = field(default_factory=Replicas)
    synchronize_batch_normalization: bool = True

    def __post_init__(self) -> None:
        """Makes the faster forms of the networks, the optimisers and the compiled functions."""
        average = {"use_ema": True, "ema_momentum": self.ema_momentum} if self.ema_momentum else {}
        self._generator = self._make_trainable(self.generator, **average)
        self._discriminator = self._make_trainable(self.discriminator) if self.discriminator else None
        self.trained = [each for each in (self._generator, self._discriminator) if each is not None]
        step_of_all = functools.partial(self.replicas.run, self.step)
        self.take = tf.function(step_of_all, jit_compile=self.jit_compile)
        self.take_smaller = tf.function(step_of_all) if self.jit_compile else self.take

    def _make_trainable(self, original: keras.Model, **average: Any) -> Trainable:
        network = self.replicas.copy(
            original, synchronize_batch_normalization=self.synchronize_batch_normalization
        )
        with self.replicas.strategy.scope():
            optimizer: keras.optimizers.Optimizer = FusedAdam(self.learning_rate, **average)
            if self.precision == "mixed_float16":
                optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
            optimizer.build(network.trainable_variables)  # a compiled function can't make variables
        return Trainable(original, network, accelerate(network, self.precision), optimizer)

    def collect_weights(self) -> None:
        """Brings the weights of the replicas back to ``generator`` and ``discriminator``."""
        for each in self.trained:
            if each.network is not each.original:
                each.original.set_weights(each.network.get_weights())

    def step(self, low_resolution: tf.Tensor, high_resolution: tf.Tensor) -> Metrics:
        """Updates both networks by one batch, or within a replica by its part of one.

        Args:
            low_resolution: ``(batch, height, width, 3)`` float32 in [0, 1].
            high_resolution: ``(batch, 4 height, 4 width, 3)`` float32 in [-1, 1].

        Returns:
            Scalars, float32, from before the update: ``content_loss``, ``generator_loss`` (the weighted sum
            of all that the generator is trained by), ``psnr`` in dB (100 at most) and ``psnr_article``, the
            article's own figure, ``gradient_norm`` of all of the generator's weights, and each auxiliary
            loss, not weighted. With a discriminator also ``adversarial_loss``, not weighted,
            ``discriminator_loss``, in nats, ``discriminator_gradient_norm``, and ``gradient_ratio``: the norm
            of the gradient that the content loss (with what is added to it) sends to SR crops, by the norm of
            the weighted adversarial loss's. Far above 1, the discriminator has no say; far below, all of it.
        """
        share = self.replicas.share(low_resolution)
        with tf.GradientTape() as tape:
            super_resolution = self._generator.forward(low_resolution, training=True)
        # Each term's gradient is taken down to the SR crops, and their sum from there on through the
        # generator: no more work than for one loss, and the terms can be weighed against each other.
        terms = [self._content_term(high_resolution, super_resolution, share)]
        if self._discriminator:
            # One after the other: what the content loss keeps for its gradient is then out of memory.
            with tf.control_dependencies([terms[0].gradient]):
                judged = tf.identity(high_resolution), tf.identity(super_resolution)
            term, discriminator_gradient = self._adversarial_term(self._discriminator, *judged, share)
            terms.append(term)
        metrics = self._measure(terms, high_resolution, super_resolution, share)

        generator_gradient = tape.gradient(
            super_resolution,
            self._generator.weights,
            output_gradients=add_in_order([term.gradient for term in terms]),
        )
        metrics["gradient_norm"] = self._generator.descend(self.replicas.sum(generator_gradient))
        if self._discriminator:
            content, adversarial = self.replicas.norms([term.gradient for term in terms])
            metrics["gradient_ratio"] = content / adversarial
            descent = self.replicas.sum(discriminator_gradient)
            metrics["discriminator_gradient_norm"] = self._discriminator.descend(descent)
        return metrics

    def _content_term(self, high_resolution: tf.Tensor, super_resolution: tf.Tensor, share: Share) -> _Term:
        with tf.GradientTape() as tape:
            tape.watch(super_resolution)
            pair = self._roll(high_resolution, super_resolution)
            weighted = content = self.content_loss(*pair)
            losses = {"content_loss": content}
            for name, (weight, loss) in self.auxiliary_losses.items():
                losses[name] = loss(*pair)
                weighted += weight * losses[name]
            scaled = self._generator.optimizer.scale_loss(share(weighted))
        return _Term(losses, weighted, tape.gradient(scaled, super_resolution))

    def _adversarial_term(
        self, discriminator: Trainable, high_resolution: tf.Tensor, super_resolution: tf.Tensor, share: Share
    ) -> tuple[_Term, list[tf.Tensor]]:
        """The generator's term, and the gradient of the discriminator's own loss by its weights."""
        from_logits = self.discriminator_output == "logit"
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(super_resolution)
            pair = high_resolution, super_resolution
            if border := self.adversarial_border:
                pair = tuple(each[:, border:-border, border:-border] for each in pair)
            real, fake = (discriminator.forward(each, training=True) for each in self._roll(*pair))
            losses = {
                "adversarial_loss": adversarial_loss(fake, from_logits=from_logits),
                "discriminator_loss": discriminator_loss(real, fake, from_logits=from_logits),
            }
            weighted = self.adversarial_weight * losses["adversarial_loss"]
            scaled = self._generator.optimizer.scale_loss(share(weighted))
            scaled_loss = discriminator.optimizer.scale_loss(share(losses["discriminator_loss"]))
        term = _Term(losses, weighted, tape.gradient(scaled, super_resolution))
        return term, tape.gradient(scaled_loss, discriminator.weights)

    def _roll(self, *images: tf.Tensor) -> list[tf.Tensor]:
        if self.roll_seed is None:
            return list(images)
        step = tf.cast(self._generator.optimizer.iterations, tf.int64)
        seed = tf.stack([tf.constant(self.roll_seed, tf.int64), step])
        shift = tf.random.stateless_uniform((2,), seed, 0, images[0].shape[1], tf.int32)
        return [tf.roll(each, shift, axis=(1, 2)) for each in images]

    def _measure(
        self, terms: list[_Term], high_resolution: tf.Tensor, super_resolution: tf.Tensor, share: Share
    ) -> Metrics:
        """The means over the images of all replicas."""
        metrics = {name: loss for term in terms for name, loss in term.losses.items()} | {
            "generator_loss": add_in_order([term.weighted for term in terms]),
            "psnr": mean_psnr(high_resolution, super_resolution),
            "mean_squared_error": pixel_mse(high_resolution, super_resolution),
        }
        metrics = self.replicas.sum({name: share(value) for name, value in metrics.items()})
        article = psnr_article(metrics.pop("mean_squared_error"))
        return metrics | {"psnr_article": tf.minimum(article, HIGHEST_PSNR)}

    @property
    def last_learning_rate(self) -> float:
        """The learning rate of the last step."""
        if isinstance(self.learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            return float(self.learning_rate(self._generator.optimizer.iterations - 1))
        return self.learning_rate

    @property
    def network_variables(self) -> list[tf.Variable]:
        """All variables of the networks that are trained."""
        return [unwrap(variable) for each in self.trained for variable in each.network.variables]

    @property
    def optimizer_variables(self) -> list[tf.Variable]:
        """All variables of their optimisers."""
        return [unwrap(variable) for each in self.trained for variable in each.optimizer.variables]
