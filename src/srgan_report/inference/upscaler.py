"""Upscaling LR images of any size four times, by a generator or by interpolation, to 8-bit images."""

import logging
import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from srgan_report.errors import InputError
from srgan_report.networks import accelerate
from srgan_report.variants import SCALE

logger = logging.getLogger(__name__)

# LR pixels of a tile's side. Larger ones are faster, as the halo weighs less (21 pixels on every side for the
# article's generator), and take more memory. See benchmarks/upscaling.py.
TILE_SIZE = 256
_SMALLEST_TILE = 32  # below it nearly all that is computed is halo

# Of these, in inference mode, each pixel depends on itself alone.
_POINTWISE = (
    layers.InputLayer,
    layers.BatchNormalization,
    layers.LeakyReLU,
    layers.PReLU,
    layers.Activation,
    layers.Rescaling,
    layers.Add,
)


class Upscaler:
    """Upscales images with a generator in inference mode, in memory that does not grow with their size.

    Large images are upscaled in tiles, each with a halo as wide as the generator can see, which is discarded:
    except for rounding (to 1e-5), the result is that of the whole. At the image's edge tiles have no halo:
    the generator's zero padding belongs to the result. The first call takes seconds more than any other.
    """

    def __init__(
        self,
        generator: keras.Model,
        *,
        name: str = "The generator",
        tile_size: int = TILE_SIZE,
        batch_size: int = 16,
    ) -> None:
        """Prepares the generator, whose weights are read at each call.

        Args:
            generator: A model from ``(batch, height, width, 3)`` in [0, 1] to four times the size in [-1, 1].
            name: Its name in errors.
            tile_size: LR pixels of a tile's side, without its halo.
            batch_size: Images per call of the generator, at most; fewer if they exceed the pixels of a tile.

        Raises:
            InputError: It is no generator, its weights are not finite, or it is unknown how far it sees.
        """
        self._halo = _require_generator(generator, name)
        self._name = name
        forward = accelerate(generator)
        # One trace for all sizes. Keras' predict would compile again for each size where there is a GPU.
        self._forward = tf.function(
            lambda images: forward(images, training=False),
            input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32)],
        )
        self._tile_size = tile_size
        self._batch_size = batch_size

    def __call__(self, low_resolution: np.ndarray) -> np.ndarray:
        """Upscales images to 8 bits, clipped and rounded to the nearest level.

        From ``(images, height, width, 3)`` float32 in [0, 1] to ``(images, 4 height, 4 width, 3)`` uint8.

        Raises:
            InputError: The generator makes NaN or infinite values, which would be black or white.
            MemoryError: Not even small tiles fit into memory; tiles that do not are halved for good.
        """
        while True:
            try:
                return self._upscale_in_tiles(low_resolution)
            except tf.errors.ResourceExhaustedError as error:
                size, self._tile_size = self._tile_size, self._tile_size // 2
                if self._tile_size < _SMALLEST_TILE:
                    self._tile_size = size
                    raise MemoryError(f"{self._name} can't upscale even tiles of {size} pixels") from error
                retry = f"not enough memory for tiles of {size} pixels, retrying with {self._tile_size}"
                logger.warning("%s: %s", self._name, retry)

    def _upscale_in_tiles(self, images: np.ndarray) -> np.ndarray:
        count, height, width, channels = images.shape
        upscaled = np.empty((count, SCALE * height, SCALE * width, channels), np.uint8)
        rows, columns = (_windows(side, self._tile_size, self._halo) for side in (height, width))
        # As many windows at a time as take the memory of one of the largest.
        largest, window = (self._tile_size + 2 * self._halo) ** 2, rows[0].read.stop * columns[0].read.stop
        batch_size = max(1, min(self._batch_size, largest // window))
        for first in range(0, count, batch_size):
            batch = slice(first, first + batch_size)
            for row in rows:
                for column in columns:
                    signed = self._forward(images[batch, row.read, column.read]).numpy()
                    if not np.isfinite(signed).all():
                        raise InputError(_not_finite(self._name, "makes values"))
                    kept = signed[:, row.kept, column.kept]
                    upscaled[batch, row.written, column.written] = to_8_bits((kept + 1) / 2)
        return upscaled


class _Window(NamedTuple):
    """One axis of a tile with its halo: where it is in LR, what is kept of its SR, and where that belongs."""

    read: slice
    kept: slice
    written: slice


def _windows(side: int, tile_size: int, halo: int) -> list[_Window]:
    """Covers an axis with as few windows as can be, of one size (each costs the setup of kernels)."""
    inner = side - 2 * halo  # the two outer tiles keep their windows up to the edge
    tiles = max(1, math.ceil(inner / tile_size))
    step = math.ceil(inner / tiles)
    size = step + 2 * halo
    windows = []
    # The last window is moved inwards, and what it shares with the one before is written twice.
    for start in [*range(0, side - size, max(step, 1)), side - size]:
        end = start + size
        first = start + halo if start > 0 else 0
        last = end - halo if end < side else side
        kept = slice(SCALE * (first - start), SCALE * (last - start))
        windows.append(_Window(slice(start, end), kept, slice(SCALE * first, SCALE * last)))
    return windows


def _require_generator(model: keras.Model, name: str) -> int:
    """Gives the receptive radius of a generator, which may be a file from elsewhere."""
    shapes = model.input_shape, model.output_shape
    try:
        if shapes != ((None, None, None, 3),) * 2:
            raise ValueError(
                f"It must map images of any size to images, (None, None, None, 3). Received: {shapes}."
            )
        radius = receptive_radius(model)
    except ValueError as error:
        raise InputError(
            f"{name} is not a generator that can upscale images: {error} Train it again, or load an "
            "earlier one."
        ) from error
    if not all(np.isfinite(weights).all() for weights in model.get_weights()):
        raise InputError(_not_finite(name, "has weights"))
    return radius


def receptive_radius(generator: keras.Model) -> int:
    """How far a generator sees: 21 pixels for the article's, 40 for the paper's.

    Returns:
        How many LR pixels to each side of its own an SR pixel depends on.

    Raises:
        ValueError: It holds an operation that is not known here, or does not upscale four times.
    """
    scale, radius = 1, 0  # the latter in SR pixels
    # From input to output. All that upscale lie on every way, for else the sizes would not fit together.
    for operation in getattr(generator, "operations", generator.layers):
        match operation:
            case layers.Conv2D(padding="same", strides=(1, 1), dilation_rate=(1, 1)):
                radius += max(operation.kernel_size) // 2 * SCALE // scale
            case layers.UpSampling2D(interpolation="nearest", size=(times, also)) if times == also:
                scale *= times
            case keras.Operation(block_size=times) if type(operation).__name__ == "DepthToSpace":
                scale *= times  # Keras has no public name for this class
            case _ if not isinstance(operation, _POINTWISE):
                raise ValueError(
                    "It must be known how far each operation of a generator sees (upscaler.py lists them). "
                    f"Received: {type(operation).__name__} {operation.name!r}."
                )
    if scale != SCALE:
        raise ValueError(f"The generator must upscale {SCALE} times. Received: {scale} times.")
    return math.ceil(radius / SCALE)


def _not_finite(name: str, what: str) -> str:
    return (
        f"{name} {what} that are not finite (NaN or infinite): its file is damaged, or its training "
        "diverged. Train it again, or load an earlier version."
    )


def interpolate(low_resolution: np.ndarray, method: str) -> np.ndarray:
    """Upscales crops four times by one of ``BASELINES``: ``nearest`` or ``bicubic``.

    Bicubic is Keys' cubic with a = -0.5 and half-pixel centres. Shapes and ranges are those of ``Upscaler``.
    """
    height, width = low_resolution.shape[1:3]
    return to_8_bits(tf.image.resize(low_resolution, (SCALE * height, SCALE * width), method=method).numpy())


def to_8_bits(image: np.ndarray) -> np.ndarray:
    """Clips values to [0, 1] and rounds them to uint8 in [0, 255]."""
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
