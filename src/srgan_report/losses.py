"""The losses of the article. All take batches on [-1, 1] and return one float32 number."""

from dataclasses import dataclass

import keras
import tensorflow as tf

_cross_entropy = keras.losses.BinaryCrossentropy()


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
    """The article's VGG loss: a weighted sum of mean squared differences of feature maps.

    Source: article, "Losses", ``VGG_loss``; after Ledig et al. 2017, equation 5, which takes one map alone.

    Attributes:
        network: A network of ``build_perceptual_network``.
        scale: The weight of every map (article: 0.006, which the paper uses for its single map).
    """

    network: keras.Model
    scale: float

    def __call__(self, high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
        """Compares two batches.

        Args:
            high_resolution: ``(batch, height, width, 3)`` float32 in [-1, 1].
            super_resolution: The same shape, dtype and range.

        Returns:
            A scalar, float32, not negative.
        """
        pairs = zip(
            self.network(high_resolution, training=False),
            self.network(super_resolution, training=False),
            strict=True,
        )
        return self.scale * tf.add_n([tf.reduce_mean(tf.square(hr - sr)) for hr, sr in pairs])


def adversarial_loss(fake_probability: tf.Tensor) -> tf.Tensor:
    """How far the discriminator is from taking super-resolved crops for photographs.

    Source: article, "Losses", ``generator_loss``; Ledig et al. 2017, equation 6 (a sum there, a mean here).

    Args:
        fake_probability: The discriminator's output for super-resolved crops,
            ``(batch, 1)`` float32 in (0, 1).

    Returns:
        The mean cross-entropy against "photograph" in nats: a scalar, float32. 0.69 is a coin's toss.
    """
    return _cross_entropy(tf.ones_like(fake_probability), fake_probability)


def discriminator_loss(real_probability: tf.Tensor, fake_probability: tf.Tensor) -> tf.Tensor:
    """How far the discriminator is from telling photographs from super-resolved crops.

    Source: article, "Losses", ``discriminator_loss``; Ledig et al. 2017, equation 2.

    Args:
        real_probability: Its output for photographs' own crops, ``(batch, 1)`` float32 in (0, 1).
        fake_probability: Its output for super-resolved crops, the same shape, dtype and range.

    Returns:
        The sum of both mean cross-entropies in nats: a scalar, float32. 1.39 is a coin's toss.
    """
    real = _cross_entropy(tf.ones_like(real_probability), real_probability)
    fake = _cross_entropy(tf.zeros_like(fake_probability), fake_probability)
    return real + fake
