"""The generator's last convolution, folded: the same sum at half the height and width.

The last layer is a 9x9 convolution from 64 to 3 channels at the size of SR. Few output channels leave a CPU's
vector units idle: without oneDNN it took two thirds of a step, at a tenth of the other layers' speed.
The same sum can be computed before the last shuffle. There each of the four sub-pixels of a pixel sees a 5x5
neighbourhood of all 256 channels: four kernels of 5x5x256x3, gathered from the one of 9x9x64x3, a fifth of
them zeros where an offset falls outside of it. The shuffle then moves 12 channels and not 256, and nothing of
64 channels is ever as large as SR.
"""

from collections.abc import Callable

import keras
import tensorflow as tf

# Of build_generator: the convolution before the last shuffle, the activation behind it, the last convolution.
LAST_LAYERS = ("upsample2_conv", "upsample2_activation", "last_conv")


def fold(trunk: keras.Model, activation: keras.Layer, last: keras.Layer) -> Callable[..., tf.Tensor]:
    """Makes a function that computes what a generator does, float32, with its last convolution folded.

    Args:
        trunk: From ``(batch, height, width, 3)`` to ``(batch, 2 height, 2 width, 256)``: the generator up to
            its last shuffle.
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
