"""The losses of article and paper. All take batches and return one float32 number."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy.signal import get_window

_SQUARE = 16  # pixels of the side of a local spectrum
_INVISIBLE = 1e-4  # power on [-1, 1] that counts as none: noise of 1.3 of 256 grey levels


def pixel_mse(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """Mean squared error of all pixels and channels.

    Source: article, "Losses"; Ledig et al. 2017, equation 4.

    Args:
        high_resolution: ``(batch, height, width, 3)`` float32 in [-1, 1].
        super_resolution: The same shape, dtype and range.

    Returns:
        A scalar, float32, in [0, 4].
    """
    return tf.reduce_mean(tf.square(high_resolution - super_resolution))


@dataclass(frozen=True)
class PerceptualLoss:
    """The VGG loss: a weighted sum of mean squared differences of feature maps.

    Source: article, "Losses", ``VGG_loss`` and ``VGG_loss_old``; Ledig et al. 2017, equation 5, for one map
    alone. That equation leaves open how channels count; here their mean is taken, as in the article. So
    φ_2,2 costs 0.018 and φ_5,4 0.004 (VGG16 as it was trained, scale 1/12.75²; crops of 96 pixels of four
    photographs against their bicubic copies, whose pixel MSE is 0.009): "comparable to the MSE loss", as
    the paper has it (section 3.2). Sums over the channels would be 128 and 512 times that.

    Attributes:
        network: A network of ``build_perceptual_network``, as it is or accelerated.
        scale: The weight of every map. Article and paper: 0.006, which is 1/12.75² = 0.00615 rounded, as the
            paper divides feature maps by 12.75, and so their squared differences by 12.75².
    """

    network: Callable[..., Any]
    scale: float

    def __call__(self, high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
        """Compares two batches.

        Args:
            high_resolution: ``(batch, height, width, 3)`` float32 in [-1, 1].
            super_resolution: The same shape, dtype and range.

        Returns:
            A scalar, float32, not negative.
        """
        pairs = zip(self._maps(high_resolution), self._maps(super_resolution), strict=True)
        return self.scale * add_in_order([_mean_squared(hr - sr) for hr, sr in pairs])

    def _maps(self, images: tf.Tensor) -> list[tf.Tensor]:
        maps: list[tf.Tensor] = tf.nest.flatten(self.network(images, training=False))  # of one: no list
        return maps


def _mean_squared(difference: tf.Tensor) -> tf.Tensor:
    """In one pass over maps of which the first have 64 times as many values as a crop has pixels."""
    halves = tf.nn.l2_loss(tf.cast(difference, tf.float32))
    return 2 * halves / tf.cast(tf.size(difference), tf.float32)


def total_variation(images: tf.Tensor) -> tf.Tensor:
    """How much neighbouring pixels differ.

    Source: Ledig et al. 2017, section 3.4, which adds this term, of weight 2e-8, for SRResNet-VGG22. The
    paper gives the weight alone and not the form; this is TensorFlow's, the anisotropic sum.

    Args:
        images: ``(batch, height, width, 3)`` float32 in [-1, 1].

    Returns:
        The sum of absolute differences of each pixel to the one below it and the one beside it, over all
        channels, as a mean over the batch: a scalar, float32, not negative. It grows with the images' size.
    """
    return tf.reduce_mean(tf.image.total_variation(images))


def lattice_loss(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """Pixel MSE of the part of the error that repeats with the LR grid: checkerboards and nothing else.

    Source: this project. Sub-pixel convolutions compute the 16 pixels of an LR pixel's square with 16 sets of
    weights. Where LR does not determine the detail, such a network can add energy only as a pattern of
    period four, and a loss on feature maps rewards it for adding energy. Here the error is dealt out to the
    16 positions (phases) within that square, and each phase is averaged over windows of 6 x 6 LR pixels,
    3 apart. What differs between the phases of a window is squared and averaged. This projection onto
    patterns of period four is linear, so random texture averages out: of white noise of variance σ²,
    15/16 · σ²/36 is expected, of a checkerboard of ±a all of its power, a².

    Args:
        high_resolution: ``(batch, height, width, 3)`` float32 in [-1, 1], sides at least 24, multiples of 4.
        super_resolution: The same shape, dtype and range.

    Returns:
        A scalar, float32, not negative.
    """
    error = super_resolution - high_resolution
    phases = tf.nn.avg_pool2d(tf.nn.space_to_depth(error, 4), ksize=6, strides=3, padding="VALID")
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
    surface much.

    Args:
        high_resolution: ``(batch, height, width, 3)`` float32 in [-1, 1], sides at least 16.
        super_resolution: The same shape, dtype and range.

    Returns:
        A scalar, float32, not negative.
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

    Returns:
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

    Source: this project. A perceptual loss hardly sees coloured speckles on grey.

    Args:
        high_resolution: ``(batch, height, width, 3)`` float32 in [-1, 1].
        super_resolution: The same shape, dtype and range.

    Returns:
        A scalar, float32, not negative; 0 where the error is grey.
    """
    error = super_resolution - high_resolution
    return tf.reduce_mean(tf.square(error - tf.reduce_mean(error, axis=3, keepdims=True)))


def adversarial_loss(fake: tf.Tensor, *, from_logits: bool = False) -> tf.Tensor:
    """How far the discriminator is from taking super-resolved crops for photographs.

    Source: article, "Losses", ``generator_loss``; Ledig et al. 2017, equation 6 (a sum there, a mean here).

    From logits it can't saturate: the surer the discriminator, the nearer its gradient comes to -1.
    Probabilities are clipped by Keras at 1e-7, where their gradient vanishes. Only those that come straight
    from a network's sigmoid are spared: Keras 3 leaves their logits with them.

    Args:
        fake: The discriminator's output for super-resolved crops, ``(batch, 1)`` float32: probabilities in
            (0, 1), or logits.
        from_logits: Whether these are logits.

    Returns:
        The mean cross-entropy against "photograph" in nats: a scalar, float32. 0.69 is a coin's toss.
    """
    return _cross_entropy(fake, from_logits, photograph=True)


def discriminator_loss(real: tf.Tensor, fake: tf.Tensor, *, from_logits: bool = False) -> tf.Tensor:
    """How far the discriminator is from telling photographs from super-resolved crops.

    Source: article, "Losses", ``discriminator_loss``; Ledig et al. 2017, equation 2. Why from logits, see
    ``adversarial_loss``.

    Args:
        real: Its output for photographs' own crops, ``(batch, 1)`` float32: probabilities in (0, 1), or
            logits.
        fake: Its output for super-resolved crops, the same shape, dtype and range.
        from_logits: Whether these are logits.

    Returns:
        The sum of both mean cross-entropies in nats: a scalar, float32. 1.39 is a coin's toss.
    """
    on_real = _cross_entropy(real, from_logits, photograph=True)
    return on_real + _cross_entropy(fake, from_logits, photograph=False)


def _cross_entropy(outputs: tf.Tensor, from_logits: bool, *, photograph: bool) -> tf.Tensor:
    """Not by Keras' loss class, which divides by the number of replicas where several train."""
    logits = outputs if from_logits else getattr(outputs, "_keras_logits", None)
    if logits is None:
        labels = tf.ones_like(outputs) if photograph else tf.zeros_like(outputs)
        return tf.reduce_mean(keras.losses.binary_crossentropy(labels, outputs))
    # What Keras computes from logits, where each label is 1 or 0. This has a gradient of one term; Keras' has
    # four, for whose order see ``add_in_order``.
    return tf.reduce_mean(tf.nn.softplus(-logits if photograph else logits))


def add_in_order(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Adds up tensors of one shape and dtype, in the same order each time.

    TensorFlow's ``add_n`` begins with whichever input's memory it can write the sum to. With three or more,
    that is another one now and then on a busy machine, and the last bit differs. Sums by ``+`` are turned
    into the same operation as a graph is optimised.
    """
    return tensors[0] if len(tensors) == 1 else tf.reduce_sum(tf.stack(tensors), axis=0)
