"""The losses of article and paper. All take batches and return one number: a scalar, float32."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # of HR and SR batches


def pixel_mse(high_resolution: tf.Tensor, super_resolution: tf.Tensor) -> tf.Tensor:
    """Mean squared error of all pixels and channels.

    Source: article, "Losses"; Ledig et al. 2017, equation 4. Of batches ``(batch, height, width, 3)`` float32
    in [-1, 1] it is in [0, 4].
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
        """Compares two batches as ``pixel_mse`` does; not negative."""
        pairs = zip(self._maps(high_resolution), self._maps(super_resolution), strict=True)
        return self.scale * add_in_order([_mean_squared(hr - sr) for hr, sr in pairs])

    def _maps(self, images: tf.Tensor) -> list[tf.Tensor]:
        maps: list[tf.Tensor] = tf.nest.flatten(self.network(images, training=False))  # of one: no list
        return maps


def _mean_squared(difference: tf.Tensor) -> tf.Tensor:
    """In one pass over maps of which the first have 64 times as many values as a crop has pixels."""
    halves = tf.nn.l2_loss(tf.cast(difference, tf.float32))
    return 2 * halves / tf.cast(tf.size(difference), tf.float32)


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
        The mean cross-entropy against "photograph" in nats. 0.69 is a coin's toss.
    """
    return _cross_entropy(fake, from_logits, photograph=True)


def discriminator_loss(real: tf.Tensor, fake: tf.Tensor, *, from_logits: bool = False) -> tf.Tensor:
    """How far the discriminator is from telling photographs from super-resolved crops.

    Source: article, "Losses", ``discriminator_loss``; Ledig et al. 2017, equation 2. Why from logits, see
    ``adversarial_loss``.

    Args:
        real: Its output for photographs' own crops, as ``fake``.
        fake: Its output for super-resolved crops, as ``adversarial_loss`` takes it.
        from_logits: Whether these are logits.

    Returns:
        The sum of both mean cross-entropies in nats. 1.39 is a coin's toss.
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
