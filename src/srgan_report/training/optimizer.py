"""Adam, in one operation for each variable, its learning rates, and the network that it trains."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import keras
import tensorflow as tf

from srgan_report.networks import Forward

LearningRate: TypeAlias = float | keras.optimizers.schedules.LearningRateSchedule


class FusedAdam(keras.optimizers.Adam):
    """Keras' Adam (Kingma & Ba 2015), by TensorFlow's own operation: a third of the time on a CPU.

    The constants, the state and the numbers are Keras', except for rounding. Only for dense gradients, and
    without the options that the operation does not know (``amsgrad``). Where several replicas train, it takes
    gradients that are summed over them already.
    """

    def _all_reduce_sum_gradients(self, grads_and_vars: Any) -> Any:
        """Keras would sum over replicas here; the step has done so, as it tells the norm of the sum."""
        return grads_and_vars

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: tf.Tensor) -> None:
        """Updates one variable and its moments; Keras calls it for each."""
        step = tf.cast(self.iterations, tf.float32) + 1
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=unwrap(variable).handle,
            m=unwrap(self._momentums[index]).handle,
            v=unwrap(self._velocities[index]).handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def unwrap(variable: Any) -> tf.Variable:
    """Gives TensorFlow's variable, also of Keras' around it."""
    return variable.value if isinstance(variable, keras.Variable) else variable


def learning_rate_schedule(learning_rate: float, schedule: str, steps: int) -> LearningRate:
    """Makes the learning rate of a run of so many steps from its initial one.

    ``constant``; ``cosine``, which falls to zero over all steps (Loshchilov & Hutter 2017); or ``step``, a
    tenth in the second half of all steps (Ledig et al. 2017, section 3.2, for SRGANs).
    """
    if schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(learning_rate, decay_steps=steps)
    if schedule == "step":
        last_of_first_half = (steps - 1) // 2  # counted from 0, as Keras counts steps
        return keras.optimizers.schedules.PiecewiseConstantDecay(
            [last_of_first_half], [learning_rate, learning_rate / 10]
        )
    return learning_rate


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
