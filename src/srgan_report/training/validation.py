"""What a training is validated on, and measured by, after each epoch."""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from srgan_report.networks import accelerate
from srgan_report.training.losses import Loss
from srgan_report.training.progress import add_weighted

# In dB, what a crop that is reproduced exactly counts as in the history, whose curves would else be lost. The
# evaluation leaves such crops out.
HIGHEST_PSNR = 100.0


def validation_batches(validation_crops: Mapping[str, np.ndarray], batch_size: int) -> tf.data.Dataset:
    """Makes batches for ``Trainer`` of ``low_resolution``, float32 in [0, 1], and ``high_resolution``, uint8.

    The latter become float32 in [-1, 1]. A batch holds ``batch_size`` crops at most. Where more than half of
    that divides the number of crops, all are of one size: a smaller last one would have validation compiled
    twice.
    """
    pairs = validation_crops["low_resolution"], validation_crops["high_resolution"]
    at_most = min(batch_size, len(pairs[0]))
    even = [size for size in range(at_most, at_most // 2, -1) if len(pairs[0]) % size == 0]
    crops = tf.data.Dataset.from_tensor_slices(pairs)
    # A static size spares XLA the second compilation, too.
    crops = crops.batch(even[0] if even else at_most, drop_remainder=bool(even))
    return crops.map(lambda lr, hr: (lr, tf.cast(hr, tf.float32) / 127.5 - 1)).prefetch(1)


@dataclass(eq=False)
class Validation:
    """Measures a generator in inference mode; its attributes are those of ``TrainingStep``."""

    generator: keras.Model
    content_loss: Loss
    jit_compile: bool = False

    def __post_init__(self) -> None:
        """Makes the faster form of the generator, and the compiled function."""
        self._forward = accelerate(self.generator)
        self._compiled = tf.function(self.measure, jit_compile=self.jit_compile)

    def measure(self, low_resolution: tf.Tensor, high_resolution: tf.Tensor) -> dict[str, tf.Tensor]:
        """Measures the generator on one batch, as ``TrainingStep.step`` takes it.

        Returns:
            Scalars, float32: ``validation_content_loss``; ``validation_psnr`` in dB (100 at most), of SR
            crops clipped and rounded to 8 bits as in the evaluation; and ``validation_contrast``, the
            standard deviation of a crop's values, in the mean, by that of HR crops (1 where that is 0).
        """
        super_resolution = self._forward(low_resolution, training=False)
        levels = tf.round((tf.clip_by_value(super_resolution, -1, 1) + 1) * 127.5)
        return {
            "validation_content_loss": self.content_loss(high_resolution, super_resolution),
            "validation_psnr": mean_psnr(high_resolution, levels / 127.5 - 1),
            "validation_contrast": _relative_contrast(high_resolution, super_resolution),
        }

    def measure_all(self, batches: tf.data.Dataset) -> dict[str, float]:
        """Measures the generator on all batches: the means over images of what ``measure`` returns."""
        measured = [(self._compiled(*batch), len(batch[0])) for batch in batches]
        sums: dict[str, float] = {}
        for metrics, images in measured:  # read only now, so that a GPU need not wait for Python
            add_weighted(sums, metrics, images)
        return {name: value / sum(images for _, images in measured) for name, value in sums.items()}


def mean_psnr(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """The mean PSNR of a batch on [-1, 1], in dB (100 at most): a scalar, float32."""
    values = tf.image.psnr(high_resolution, super_resolution, max_val=2.0)
    return tf.reduce_mean(tf.minimum(values, HIGHEST_PSNR))


def _relative_contrast(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """The contrast of SR crops by that of HR crops; 1 where HR has none, as of blank crops."""
    own, made = (
        tf.reduce_mean(tf.math.reduce_std(images, axis=(1, 2, 3)))
        for images in (high_resolution, super_resolution)
    )
    return tf.where(own > 0, made / own, 1.0)
