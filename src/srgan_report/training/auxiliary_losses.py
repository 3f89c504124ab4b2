"""Losses that are added to the content loss, each with a weight: the paper's total variation, and our own.

All take batches of images, ``(batch, height, width, 3)`` float32 in [-1, 1], and return a scalar, float32,
which is not negative.
"""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from scipy.signal import get_window

from srgan_report.training.losses import Loss

_SQUARE = 16  # pixels of the side of a local spectrum
_INVISIBLE = 1e-4  # power on [-1, 1] that counts as none: noise of 1.3 of 256 grey levels


def total_variation(images: tf.Tensor) -> tf.Tensor:
    """How much neighbouring pixels differ.

    Source: Ledig et al. 2017, section 3.4, which adds this term, of weight 2e-8, for SRResNet-VGG22. The
    paper gives the weight alone and not the form; this is TensorFlow's, the anisotropic sum: of absolute
    differences of each pixel to the one below it and the one next to it, over all channels, as a mean over
    the batch. It grows with the images' size.
    """
    return tf.reduce_mean(tf.image.total_variation(images))


def lattice_loss(
    high_resolution: tf.Tensor, super_resolution: tf.Tensor, *, window: int = 6, stride: int = 3
) -> tf.Tensor:
    """Pixel MSE of the part of the error that repeats with the LR grid: checkerboards and nothing else.

    Source: this project. Sub-pixel convolutions compute the 16 pixels of an LR pixel's square with 16 sets of
    weights. Where LR does not determine the detail, such a network can add energy only as a pattern of
    period four, and a loss on feature maps rewards it for adding energy. Here the error is dealt out to the
    16 positions (phases) within that square, and each phase is averaged over windows of LR pixels. What
    differs between the phases of a window is squared and averaged. This projection onto patterns of period
    four is linear, so random texture averages out: of white noise of variance σ², 15/16 · σ²/window² is
    expected, of a checkerboard of ±a all of its power, a².

    Args:
        high_resolution: Sides multiples of 4, at least four times the window's.
        super_resolution: The same shape.
        window: Side of a window in LR pixels. Over a smaller one texture averages out less; over a larger
            one so do patterns that change from place to place.
        stride: LR pixels from one window to the next.
    """
    error = super_resolution - high_resolution
    phases = tf.nn.avg_pool2d(tf.nn.space_to_depth(error, 4), ksize=window, strides=stride, padding="VALID")
    batch, height, width = tf.unstack(tf.shape(phases)[:3])
    phases = tf.reshape(phases, (batch, height, width, 16, 3))
    pattern = phases - tf.reduce_mean(phases, axis=3, keepdims=True)
    return tf.reduce_mean(tf.square(pattern))


def spectral_excess(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """How far the power of SR exceeds that of HR, at the same place and at any spatial frequency.

    Source: this project. ``lattice_loss`` sees patterns of period four alone; a network that it keeps from
    those can add its energy at a frequency next to them (hatching). Here grey images are cut into half
    overlapping squares of 16 pixels, each with its own power spectrum (Hann window). What counts is by how
    much the logarithm of SR's power is above that of HR's plus 1 (a factor of e, 4.3 dB), squared, averaged
    over frequencies and squares. HR's power is averaged over neighbouring frequencies, as a single one's is
    mostly chance. So texture as strong as HR's costs little, whatever its phase, and a pattern on a flat
    surface much. Sides are at least 16 pixels.
    """
    reference = _local_spectra(high_resolution)
    wrapped = tf.concat([reference[:, -1:], reference, reference[:, :1]], axis=1)  # spectra are periodic
    wrapped = tf.concat([wrapped[:, :, -1:], wrapped, wrapped[:, :, :1]], axis=2)
    smooth = tf.nn.avg_pool2d(wrapped, 3, strides=1, padding="VALID")
    ratio = (_local_spectra(super_resolution) + _INVISIBLE) / (smooth + _INVISIBLE)
    return tf.reduce_mean(tf.square(tf.nn.relu(tf.math.log(ratio) - 1)))


def _local_spectra(images: tf.Tensor) -> tf.Tensor:
    """Power spectra of half overlapping squares: ``(squares, 16, 16, 1)``, of white noise its variance."""
    grey = tf.reduce_mean(images, axis=3, keepdims=True)
    parts = [
        tf.nn.conv2d(grey, filters, strides=_SQUARE // 2, padding="VALID") for filters in _fourier_filters()
    ]
    power = tf.square(parts[0]) + tf.square(parts[1])
    return tf.reshape(power, (-1, _SQUARE, _SQUARE, 1))


@functools.cache
def _fourier_filters() -> list[np.ndarray]:
    """The Fourier transform of a square, less its mean and under a Hann window, as convolution kernels.

    Real and imaginary part, ``(16, 16, 1, 256)`` float32 each: rows, columns, 1 and frequencies.
    """
    line = get_window("hann", _SQUARE)
    window = np.outer(line, line) / np.sum(line**2)
    waves = np.fft.fft2(np.eye(_SQUARE**2).reshape(-1, _SQUARE, _SQUARE))  # of each pixel alone
    filters = window[:, :, None] * waves.reshape(_SQUARE, _SQUARE, -1)
    filters = (filters - filters.mean(axis=(0, 1)))[:, :, None]
    return [filters.real.astype(np.float32), filters.imag.astype(np.float32)]


def chroma_mse(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """Mean squared error of colour: of what is left of the RGB error without its mean over the channels.

    Source: this project. A perceptual loss hardly sees coloured speckles on grey. 0 where the error is grey.
    """
    error = super_resolution - high_resolution
    return tf.reduce_mean(tf.square(error - tf.reduce_mean(error, axis=3, keepdims=True)))


def consistency_mse(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """Mean squared error of the averages over squares of 4 x 4 pixels: of what LR shows.

    Source: Bahat & Michaeli 2020, "Explorable super resolution", which asks of SR that it gives LR when it is
    downscaled. Deep feature maps hardly see a shift of brightness or colour over a whole region; here it
    counts in full, and detail within a square averages out: a² where the error is a everywhere, 0 of a
    checkerboard. Sides are multiples of 4.
    """
    error = tf.nn.avg_pool2d(super_resolution - high_resolution, ksize=4, strides=4, padding="VALID")
    return tf.reduce_mean(tf.square(error))


def weigh_losses(training: Mapping[str, Any]) -> dict[str, tuple[float, Loss]]:
    """Gathers the losses to which parameters of ``training`` give a weight, by their names in the history."""
    losses: dict[str, tuple[float, Loss]] = {
        "total_variation": (training["total_variation_weight"], lambda _, sr: total_variation(sr)),
        "lattice_loss": (training["lattice_weight"], lattice_loss),
        "spectral_excess": (training["spectral_weight"], spectral_excess),
        "chroma_mse": (training["chroma_weight"], chroma_mse),
        "consistency_mse": (training["consistency_weight"], consistency_mse),
    }
    return {name: (weight, loss) for name, (weight, loss) in losses.items() if weight}
