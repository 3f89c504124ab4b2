"""A network together with what trains it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import tensorflow as tf

from srgan_report.networks import Forward


@dataclass(frozen=True)
class Trainable:
    """A network that is trained (or its copy on all replicas), its faster form, and its optimiser."""

    original: keras.Model
    network: keras.Model
    forward: Forward
    optimizer: keras.optimizers.Optimizer

    @property
    def weights(self) -> list[keras.Variable]:
        """What the optimiser changes."""
        return self.network.trainable_variables

    @property
    def steps(self) -> tf.Variable:
        """How many steps were done."""
        return getattr(self.optimizer, "inner_optimizer", self.optimizer).iterations

    def scale(self, loss: tf.Tensor) -> tf.Tensor:
        """Scales a loss as the optimiser needs it."""
        return self.optimizer.scale_loss(loss)

    def descend(self, gradients: Sequence[tf.Tensor]) -> tf.Tensor:
        """Updates the weights; returns the gradients' norm, without the factor that losses were scaled by."""
        norm = tf.linalg.global_norm(gradients) / self.optimizer.scale_loss(tf.constant(1.0))
        self.optimizer.apply(gradients, self.weights)
        return norm

    def average_weights(self) -> None:
        """Sets the weights to their moving average, if there is one."""
        self.optimizer.finalize_variable_values(self.weights)

    @contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """Sets the weights to their moving average, if there is one, within the block."""
        values = [weight.numpy() for weight in self.weights]
        self.average_weights()
        try:
            yield
        finally:
            for weight, value in zip(self.weights, values, strict=True):
                weight.assign(value)

    def collect_weights(self) -> None:
        """Brings the weights of the replicas back to ``original``."""
        if self.network is not self.original:
            self.original.set_weights(self.network.get_weights())
