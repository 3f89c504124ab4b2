"""What a training is validated on, and measured by, after each epoch."""

import numpy as np
import tensorflow as tf

from srgan_report.evaluation.metrics import psnr

# In dB, what a crop that is reproduced exactly counts as in the history, whose curves would else be lost. The
# evaluation leaves such crops out.
HIGHEST_PSNR = 100.0


def validation_batches(
    low_resolution: np.ndarray, high_resolution: np.ndarray, batch_size: int
) -> tf.data.Dataset:
    """Makes the batches that ``Trainer.train`` validates on.

    Args:
        low_resolution: ``(crops, height, width, 3)`` float32 in [0, 1].
        high_resolution: ``(crops, 4 height, 4 width, 3)`` uint8.
        batch_size: How many crops a batch holds at most. Where more than half of it divides the number of
            crops, all batches are of that size: a smaller last one would have validation compiled twice.

    Returns:
        Batches of LR crops in [0, 1] and HR crops in [-1, 1], both float32.
    """
    at_most = min(batch_size, len(low_resolution))
    even = [size for size in range(at_most, at_most // 2, -1) if len(low_resolution) % size == 0]
    crops = tf.data.Dataset.from_tensor_slices((low_resolution, high_resolution))
    # A static size spares XLA the second compilation, too.
    crops = crops.batch(even[0] if even else at_most, drop_remainder=bool(even))
    return crops.map(lambda lr, hr: (lr, tf.cast(hr, tf.float32) / 127.5 - 1)).prefetch(1)


def mean_psnr(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """The mean PSNR of a batch on [-1, 1], in dB (100 at most): a scalar, float32."""
    values = psnr(high_resolution, super_resolution, value_range=2.0)
    return tf.reduce_mean(tf.minimum(values, HIGHEST_PSNR))


def round_to_8_bits(signed: tf.Tensor) -> tf.Tensor:
    """Clips to [-1, 1] and rounds to the nearest of the 256 levels there."""
    return tf.round((tf.clip_by_value(signed, -1, 1) + 1) * 127.5) / 127.5 - 1


def relative_contrast(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """The contrast of SR crops by that of HR crops; 1 where HR has none, as of blank crops."""
    own = _contrast(high_resolution)
    return tf.where(own > 0, _contrast(super_resolution) / own, 1.0)


def _contrast(signed: tf.Tensor) -> tf.Tensor:
    """The standard deviation of a crop's values, as a mean over the batch."""
    return tf.reduce_mean(tf.math.reduce_std(signed, axis=(1, 2, 3)))
