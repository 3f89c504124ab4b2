"""Downscaling, and the random crops that networks learn from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import tensorflow as tf

from srgan_report.choices import Downscaling
from srgan_report.data.decoding import decode_crop, decode_photograph, turn, turn_crop_upright
from srgan_report.data.encoded_files import EncodedFiles
from srgan_report.data.photographs import FolderPhotographs, LoadedPhotographs
from srgan_report.errors import InputError, printable
from srgan_report.seeding import derive_seed
from srgan_report.variants import SCALE


def downscale(high_resolution: tf.Tensor, method: Downscaling) -> tf.Tensor:
    """Makes the low-resolution copy.

    Args:
        high_resolution: (height, width, 3), or a batch of such, float32 in [0, 1].
        method: ``bilinear``, the article's ``tf.image.resize``, which reads four of each sixteen pixels and
            so lets fine detail fold into coarse (aliasing); or ``antialiased_bicubic``, as Ledig et al. 2017
            (section 3.2), MATLAB's ``imresize`` and Pillow: Keys' cubic with a = -0.5, widened four times,
            so that all pixels count. Its overshoot is clipped.

    Returns:
        The same with a quarter of height and width, float32 in [0, 1].
    """
    height, width = high_resolution.shape[-3:-1]
    size = (height // SCALE, width // SCALE)
    if method == "bilinear":
        return tf.image.resize(high_resolution, size)
    return tf.clip_by_value(tf.image.resize(high_resolution, size, method="bicubic", antialias=True), 0, 1)


@dataclass(frozen=True)
class TrainingCrops:
    """An endless, seeded stream of random crops, cut into epochs of batches.

    Each pass over the photographs takes one crop of each. A crop is decided by the seed, the pass and the
    photograph's position alone, the order by the seed and the pass: every variant, and every resumed run,
    sees the same crops in the same order.

    Attributes:
        photographs: All photographs of the source.
        positions: Those of the training photographs, each at least ``size`` pixels high and wide.
        size: Height and width of a crop in pixels.
        batch_size: Crops in a step.
        steps_per_epoch: Steps in an epoch; the stream continues from epoch to epoch, as with Keras. ``None``:
            an epoch is one pass, as in the article, and its last batch may be smaller.
        seed: The run's seed.
        shuffle: Whether each pass has an order of its own. The article never shuffles.
        downscaling: How low-resolution copies are made (see ``downscale``).
        augment: Whether each crop is flipped and turned by quarters at random, in one of eight ways.
    """

    photographs: LoadedPhotographs | FolderPhotographs = field(repr=False)
    positions: Sequence[int] | np.ndarray = field(repr=False)
    size: int
    batch_size: int
    steps_per_epoch: int | None
    seed: int
    shuffle: bool
    downscaling: Downscaling
    augment: bool = False

    @property
    def steps(self) -> int:
        """Steps (batches) in an epoch."""
        return -(-self._draws // self.batch_size)

    @property
    def _draws(self) -> int:
        return len(self.positions) if self.steps_per_epoch is None else self.steps_per_epoch * self.batch_size

    @property
    def smallest_batch(self) -> int:
        """Crops in the smallest batch of an epoch, its last."""
        return self.count_images(self.steps - 1)

    def count_images(self, step: int) -> int:
        """Crops in the batch of a step of an epoch, from 0."""
        return min(self.batch_size, self._draws - step * self.batch_size)

    def batches(
        self, epoch: int, first_step: int = 0, *, shard: int = 0, shards: int = 1
    ) -> Iterator[tuple[tf.Tensor, tf.Tensor]]:
        """Gives the batches of one epoch, or of each batch the part of one of several replicas.

        Args:
            epoch: Its number, from 0.
            first_step: Where to begin, from 0: the batches before it are neither read nor decoded.
            shard: Which part of each batch, from 0: every ``shards``-th crop from this position on.
            shards: How many parts there are, at most as many as crops in the smallest batch.

        Yields:
            ``(low_resolution, high_resolution)``: (batch, size / 4, size / 4, 3) float32 in [0, 1] and
            (batch, size, size, 3) float32 in [-1, 1].

        Raises:
            InputError: A photograph can no longer be read, decoded or cropped; names it.
        """
        try:
            yield from self._dataset(epoch, first_step, shard, shards)
        except tf.errors.OpError:  # TensorFlow carries of an exception only its text, as part of a longer one
            self._require_croppable()
            raise

    def _dataset(self, epoch: int, first_step: int = 0, shard: int = 0, shards: int = 1) -> tf.data.Dataset:
        start = epoch * self._draws
        draws = tf.data.Dataset.range(start + first_step * self.batch_size, start + self._draws)
        if shards > 1:
            draws = draws.filter(lambda draw: (draw - start) % self.batch_size % shards == shard)
        size = len(range(shard, self.batch_size, shards))
        # Where all batches are full, a static batch size spares the training step a second tracing.
        full = self._draws % self.batch_size == 0
        return (
            draws.map(
                partial(self._cut, self._positions, self._files),
                num_parallel_calls=tf.data.AUTOTUNE,
                deterministic=True,
            )
            .batch(size, drop_remainder=full)
            .map(self._make_pairs, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
            .prefetch(tf.data.AUTOTUNE)
        )

    def require_held_out(self, validation_crops: Mapping[str, np.ndarray]) -> None:
        """Raises an ``InputError`` if validation crops are of training photographs, or cut otherwise."""
        shared = np.intersect1d(self.positions, validation_crops["position"])
        size = validation_crops["high_resolution"].shape[1]
        downscaling = str(validation_crops["downscaling"])
        if shared.size or (size, downscaling) != (self.size, self.downscaling):
            raise InputError(
                "validation_crops must be cut from this split's validation photographs alone, with "
                f"crops.size={self.size} and crops.downscaling={self.downscaling}. Received from an earlier "
                f"run: crops.size={size}, crops.downscaling={downscaling}, {shared.size} training "
                "photographs. To cut them again, run a whole pipeline."
            )

    def _require_croppable(self) -> None:
        for position in self.positions:
            photograph = self.photographs[position]
            height, width, _ = decode_photograph(photograph).shape
            if min(height, width) < self.size:
                raise InputError(
                    f"Photograph {printable(photograph.id)} changed during training: it must be at "
                    f"least {self.size} pixels high and wide (crops.size). Received: {height} high and "
                    f"{width} wide."
                )

    @cached_property
    def _positions(self) -> tf.Tensor:
        """All positions, (photographs,) int64; made within a graph, they would be copied in each epoch."""
        with tf.device("CPU"):
            return tf.constant(np.asarray(self.positions, np.int64))

    @cached_property
    def _files(self) -> EncodedFiles:
        return EncodedFiles.of(self.photographs)

    def _cut(self, positions: tf.Tensor, files: EncodedFiles, draw: tf.Tensor) -> tf.Tensor:
        photographs = len(self.positions)
        number, slot = draw // photographs, draw % photographs
        if self.shuffle:
            order_seed = fold_in(derive_seed(self.seed, "training order"), number)
            slot = tf.random.experimental.index_shuffle(slot, order_seed, photographs - 1)
        position = tf.gather(positions, slot)
        encoded, orientation = files.read(position)
        place = fold_in(derive_seed(self.seed, "training crops"), number, position)
        crop = turn_crop_upright(decode_crop(encoded, self.size, place), orientation)
        if not self.augment:
            return crop
        way = fold_in(derive_seed(self.seed, "training augmentation"), number, position)
        flip, turns = tf.unstack(tf.random.stateless_uniform((2,), way, 0, 4, tf.int32))
        return turn(crop, flip >= 2, turns)

    def _make_pairs(self, crops: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        high_resolution = to_unit(crops)
        return downscale(high_resolution, self.downscaling), high_resolution * 2 - 1


def to_unit(image: tf.Tensor) -> tf.Tensor:
    """From uint8 to float32 in [0, 1]."""
    return tf.cast(image, tf.float32) / 255


def fold_in(seed: int, *numbers: tf.Tensor | int) -> tf.Tensor:
    """Derives a seed, (2,) int64, from a seed and what else is to decide, in order."""
    folded = tf.constant([seed, 0], tf.int64)
    for number in numbers:
        folded = tf.random.experimental.stateless_fold_in(folded, number)
    return folded
