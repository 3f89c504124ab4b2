"""Faster ways to compute what the networks compute, with the networks' own variables.

A network stays a plain Keras model, and is saved as such. Its twin has the same layers by other means:
TensorFlow's fused operations, where Keras 3 strings several together. Training the twin trains the network.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

import keras
import tensorflow as tf

from srgan_report.choices import Precision

# Of build_generator: the convolution before the last shuffle, the activation behind it, the last convolution.
LAST_LAYERS = ("upsample2_conv", "upsample2_activation", "last_conv")


class Forward(Protocol):
    """Computes what a network does when it is called."""

    def __call__(self, inputs: tf.Tensor, *, training: bool) -> Any:
        """From the network's input to its output, or to the list of its outputs."""


def accelerate(network: keras.Model, precision: Precision = "float32") -> Forward:
    """Finds a faster way to compute what a network computes.

    Args:
        network: Any model: its layers are replaced where a faster form is known.
        precision: What layers compute in. The mixed ones keep variables, BatchNorm's statistics and the
            last layer of generators and discriminators in float32.

    Returns:
        A function whose outputs, gradients and updates of BatchNorm's statistics agree with the network's
        except for rounding (in float32 to 1e-5 of outputs). The network itself is left as it is.
    """
    if not {layer.name for layer in network.layers}.issuperset(LAST_LAYERS):
        return _twin(network, precision, last=network.layers[-1])
    convolution, activation, last = (network.get_layer(name) for name in LAST_LAYERS)
    trunk = _twin(keras.Model(network.inputs, convolution.output), precision)
    return _fold(trunk, _replace(activation, precision), last)


def _twin(network: keras.Model, precision: Precision, last: keras.Layer | None = None) -> keras.Model:
    def replace(layer: keras.Operation) -> keras.Operation:
        return _replace(layer, "float32" if layer is last else precision)

    return keras.models.clone_model(network, clone_function=replace, recursive=True)


def _replace(layer: keras.Operation, precision: Precision) -> keras.Operation:
    twin = _TWINS.get(type(layer))
    if twin is not None and twin.suits(layer):
        return twin(layer, precision)
    if not isinstance(layer, keras.Layer) or isinstance(layer, keras.Model) or layer.weights:
        return layer  # it computes as it is, in its own precision
    if isinstance(layer, keras.layers.Rescaling):
        return layer  # pixels have more levels than bfloat16 can tell apart
    return type(layer).from_config(layer.get_config() | {"dtype": precision})


class _Twin(keras.layers.Layer):
    """Computes another layer's outputs with that layer's variables."""

    known: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, original: keras.Layer, precision: Precision) -> None:
        super().__init__(name=original.name, dtype=precision)
        self.original = original
        self.built = True

    @classmethod
    def suits(cls, original: keras.Layer) -> bool:
        """Whether the layer has no settings except those that the twin knows."""
        return all(getattr(original, name, value) == value for name, value in cls.known.items())


class _Convolution(_Twin):
    """The same operations as Keras', but in a precision of its own."""

    known: ClassVar[Mapping[str, Any]] = dict(
        data_format="channels_last", dilation_rate=(1, 1), groups=1, use_bias=True
    )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        layer = self.original
        kernel = tf.convert_to_tensor(layer.kernel)
        x = tf.nn.conv2d(inputs, kernel, strides=layer.strides, padding=layer.padding.upper())
        return layer.activation(tf.nn.bias_add(x, tf.convert_to_tensor(layer.bias)))


class _BatchNormalization(_Twin):
    """One operation, where Keras 3 needs five; several times as fast, forward and backward."""

    known: ClassVar[Mapping[str, Any]] = dict(center=True, scale=True, renorm=False, synchronized=False)

    def __init__(self, original: keras.Layer, precision: Precision) -> None:
        super().__init__(original, precision)
        # Activations come in the precision of the layer before, and the operation wants float32 variables.
        self.autocast = False

    @classmethod
    def suits(cls, original: keras.Layer) -> bool:
        return super().suits(original) and original.input_spec.ndim == 4 and original.axis in (-1, 3)

    def call(self, inputs: tf.Tensor, training: bool = False, mask: None = None) -> tf.Tensor:
        layer = self.original
        training = training and layer.trainable
        moving = () if training else (layer.moving_mean, layer.moving_variance)
        mean, variance = (tf.convert_to_tensor(variable) for variable in moving) if moving else ([], [])
        outputs = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.convert_to_tensor(layer.gamma),
            offset=tf.convert_to_tensor(layer.beta),
            mean=mean,
            variance=variance,
            epsilon=layer.epsilon,
            is_training=training,
        )
        if training:
            # The operation estimates the variance of all values from that of a batch; Keras does not.
            values = tf.cast(tf.reduce_prod(tf.shape(inputs)[:-1]), tf.float32)
            biased = outputs.batch_variance * tf.maximum(values - 1, 1) / values
            _move(layer.moving_mean, outputs.batch_mean, layer.momentum)
            _move(layer.moving_variance, biased, layer.momentum)
        return outputs.y


class _LeakyReLU(_Twin):
    """Keeps its output for the gradient, not its input, whose memory can then be given up or written over."""

    @classmethod
    def suits(cls, original: keras.Layer) -> bool:
        return original.negative_slope > 0  # else the output's sign would not tell the input's

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        slope = float(self.original.negative_slope)

        @tf.custom_gradient
        def leaky_relu(x: tf.Tensor) -> tuple[tf.Tensor, Any]:
            y = tf.nn.leaky_relu(x, slope)
            return y, lambda g: tf.raw_ops.LeakyReluGrad(gradients=g, features=y, alpha=slope)

        return leaky_relu(inputs)


class _Dense(_Twin):
    """Gives float32 in any precision, and computes the gradient of a wide input without transposing a kernel.

    TensorFlow's own, for the discriminator's 33 million weights, took four times as long on a CPU.
    """

    known: ClassVar[Mapping[str, Any]] = {"use_bias": True}

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        layer = self.original
        x = tf.cast(_multiply(inputs, tf.convert_to_tensor(layer.kernel)), tf.float32)
        return layer.activation(x + tf.cast(layer.bias, tf.float32))


@tf.custom_gradient
def _multiply(x: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Any]:
    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        of_x = tf.transpose(tf.matmul(kernel, upstream, transpose_b=True))
        return of_x, tf.matmul(x, upstream, transpose_a=True)

    return tf.matmul(x, kernel), gradient


_TWINS: Mapping[type[keras.Layer], type[_Twin]] = {
    keras.layers.Conv2D: _Convolution,
    keras.layers.BatchNormalization: _BatchNormalization,
    keras.layers.LeakyReLU: _LeakyReLU,
    keras.layers.Dense: _Dense,
}


def _move(average: keras.Variable, value: tf.Tensor, momentum: float) -> None:
    average.assign(average * momentum + value * (1 - momentum))


def _fold(trunk: keras.Model, activation: keras.Layer, last: keras.Layer) -> Callable[..., tf.Tensor]:
    """Folds a generator's last convolution: the same sum at half the height and width.

    It is a 9x9 convolution from 64 to 3 channels at the size of SR. Few output channels leave a CPU's vector
    units idle: without oneDNN it took two thirds of a step, at a tenth of the other layers' speed. The same
    sum can be computed before the last shuffle. There each of the four sub-pixels of a pixel sees a 5x5
    neighbourhood of all 256 channels: four kernels of 5x5x256x3, gathered from the one of 9x9x64x3, a fifth
    of them zeros where an offset falls outside of it. The shuffle then moves 12 channels and not 256, and
    nothing of 64 channels is ever as large as SR.

    Args:
        trunk: The generator up to its last shuffle.
        activation: LeakyReLU or PReLU, which commutes with the shuffle before it.
        last: The last convolution; only its variables and its activation are used.
    """

    def forward(inputs: tf.Tensor, *, training: bool) -> tf.Tensor:
        x = _activate(activation, trunk(inputs, training=training))
        kernel = tf.cast(_fold_kernel(tf.convert_to_tensor(last.kernel)), x.dtype)
        x = tf.nn.depth_to_space(tf.nn.conv2d(x, kernel, strides=1, padding="SAME"), 2)
        return last.activation(tf.cast(x, tf.float32) + last.bias)

    return forward


def _activate(activation: keras.Layer, x: tf.Tensor) -> tf.Tensor:
    """Applies the activation before the shuffle: each slope to the four channels that become its one."""
    if isinstance(activation, keras.layers.PReLU):
        slopes = tf.cast(tf.tile(tf.reshape(activation.alpha, [-1]), [4]), x.dtype)
        return tf.nn.relu(x) - slopes * tf.nn.relu(-x)
    return activation(x)


def _fold_kernel(kernel: tf.Tensor) -> tf.Tensor:
    """From ``(9, 9, channels, colours)`` to ``(5, 5, 4 channels, 4 colours)``, in depth_to_space's order."""
    size, _, channels, colours = kernel.shape
    folded = (size + 1) // 2
    padded = tf.pad(kernel, [(1, 1), (1, 1), (0, 0), (0, 0)])
    sub_pixels = []
    for y in (0, 1):
        for x in (0, 1):
            # Offset d of a sub-pixel is offset (d + y) // 2 of the pixel that it is in, at (d + y) % 2 there.
            taps = padded[1 - y : 1 - y + 2 * folded, 1 - x : 1 - x + 2 * folded]
            taps = tf.reshape(taps, (folded, 2, folded, 2, channels, colours))
            taps = tf.transpose(taps, (0, 2, 1, 3, 4, 5))
            sub_pixels.append(tf.reshape(taps, (folded, folded, 4 * channels, colours)))
    return tf.concat(sub_pixels, axis=-1)
