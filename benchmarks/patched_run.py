"""``kedro run`` with one thing changed that is no parameter, for the study of settings.

python -m benchmarks.patched_run PATCH run ARGUMENTS…
"""

import functools
import sys
from collections.abc import Callable

import keras
import tensorflow as tf
from kedro.framework.cli import main as kedro

from srgan_report.networks import fused, generator
from srgan_report.training import auxiliary_losses


@keras.saving.register_keras_serializable("srgan_report.benchmarks")
class AveragedLeakyReLU(keras.layers.LeakyReLU):
    """LeakyReLU, then the mean of each pixel and its neighbours above, to the left and diagonally between.

    Source: Sugawara et al. 2018, "Super-resolution using convolutional neural networks without any
    checkerboard artifacts": a fixed kernel as large as the upscaling step after each sub-pixel convolution.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """From and to ``(batch, height, width, channels)``; the first row and column are repeated."""
        padded = tf.pad(super().call(inputs), [[0, 0], [1, 0], [1, 0], [0, 0]], "SYMMETRIC")
        return tf.nn.avg_pool2d(padded, ksize=2, strides=1, padding="VALID")


def average_sub_pixels() -> None:
    """Puts a fixed averaging kernel behind both sub-pixel convolutions; no weight is added."""
    build = generator._Layers.activate

    def activate(self: generator._Layers, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        if name.startswith("upsample"):
            return AveragedLeakyReLU(negative_slope=generator._SLOPES["leaky_relu"], name=name)(x)
        return build(self, x, name)

    generator._Layers.activate = activate
    fused.LAST_LAYERS = ("none",)  # the last convolution can't be folded over the average


def change_windows(window: int, stride: int) -> Callable[[], None]:
    """Gives the lattice loss windows of another size and stride."""

    def patch() -> None:
        auxiliary_losses.lattice_loss = functools.partial(
            auxiliary_losses.lattice_loss, window=window, stride=stride
        )

    return patch


PATCHES: dict[str, Callable[[], None]] = {
    "windows_2_1": change_windows(2, 1),
    "windows_6_6": change_windows(6, 6),
    "windows_12_6": change_windows(12, 6),
    "average_sub_pixels": average_sub_pixels,
}

if __name__ == "__main__":
    PATCHES[sys.argv.pop(1)]()
    kedro()
