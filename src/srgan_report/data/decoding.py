"""From the bytes of photographs to pixels, upright."""

import functools
import logging

import numpy as np
import tensorflow as tf

from srgan_report.data.image_reading import (
    FLIPPED,
    GREYSCALE,
    QUARTERS,
    find_orientation,
    read_image,
    turn_upright,
)
from srgan_report.data.image_safety import JPEG, PNG, one_line_errors, open_image
from srgan_report.data.photographs import Photograph
from srgan_report.errors import printable

DECODABLE = (JPEG, PNG)  # the first bytes of what ``decode`` reads as it is

logger = logging.getLogger(__name__)


@functools.cache  # photographs are read again and again, and each variant asks which are too small
def warn_once(message: str) -> None:
    """Logs a warning the first time that it is given."""
    logger.warning(message)


def decode(encoded: tf.Tensor | bytes) -> tf.Tensor:
    """Decodes a JPEG or PNG file with the decoder of TensorFlow Datasets, so that pixels agree.

    Returns:
        (height, width, 3) uint8. Grayscale, palette and CMYK are converted to RGB, alpha is dropped, and of
        16 bits the upper 8 are kept.
    """
    return tf.ensure_shape(tf.io.decode_image(encoded, channels=3, expand_animations=False), (None, None, 3))


def decode_photograph(photograph: Photograph) -> np.ndarray:
    """Decodes a whole photograph, to its end.

    Returns:
        (height, width, 3) uint8, as ``decode`` gives it, turned upright by the orientation noted in EXIF.

    Raises:
        InputError: It is of another kind, damaged, or asks for more than image_safety.py allows; names the
            photograph.
    """
    encoded, name = photograph.encoded, f"Photograph {printable(photograph.id)}"
    if not encoded.startswith(DECODABLE):
        return np.asarray(read_image(encoded, name, warn_once).convert("RGB"))
    with one_line_errors(name):
        open_image(encoded, name, ("JPEG", "PNG"))  # refuses by the header what must not be decoded
        return turn_upright(np.asarray(decode(encoded)), find_orientation(encoded))


def is_greyscale(encoded: bytes) -> bool:
    """Tells whether an image file is stored as greyscale, with or without alpha, and so is its own luma.

    What is stored as RGB or by a palette counts as colour, even if all pixels are grey, as in MATLAB.
    Only the header is read, of a file that can be decoded.
    """
    if encoded.startswith(PNG):  # Pillow takes 16-bit greyscale with alpha for RGBA
        return encoded[25] in (0, 4)
    return open_image(encoded, "").mode in GREYSCALE


def decode_crop(encoded: tf.Tensor | bytes, size: int, seed: tf.Tensor) -> tf.Tensor:
    """Decodes one random crop: that which ``tf.image.stateless_random_crop`` cuts, bit for bit.

    Args:
        encoded: The bytes of a JPEG or PNG file, a scalar string. Of a JPEG little more than the crop is
            decoded, for speed; damage below it may stay unseen (``split_photographs`` decodes to the end).
        size: Height and width of the crop in pixels, at most those of the photograph.
        seed: (2,) int64, which decides where the crop is.

    Returns:
        (size, size, 3) uint8, as ``decode`` gives them: as stored, whatever the orientation.
    """
    return tf.cond(
        tf.io.is_jpeg(encoded),
        lambda: _decode_jpeg_crop(encoded, size, seed),
        lambda: tf.image.stateless_random_crop(decode(encoded), (size, size, 3), seed),
    )


def _decode_jpeg_crop(encoded: tf.Tensor | bytes, size: int, seed: tf.Tensor) -> tf.Tensor:
    height, width, _ = tf.unstack(tf.io.extract_jpeg_shape(encoded))
    # As stateless_random_crop draws them; it has a third number for the channels.
    row, column, _ = tf.unstack(tf.random.stateless_uniform((3,), seed, 0, tf.int32.max, tf.int32))
    row, column = row % (height - size + 1), column % (width - size + 1)
    # Colour stored at half the width is interpolated between neighbours, which the outermost columns of what
    # is decoded lack: they would differ. Two more columns on each side, where there are any, are enough.
    left, right = tf.maximum(column - 2, 0), tf.minimum(column + size + 2, width)
    decoded = tf.io.decode_and_crop_jpeg(encoded, tf.stack([row, left, size, right - left]), channels=3)
    return tf.slice(decoded, (0, column - left, 0), (size, size, 3))


def turn(square: tf.Tensor, flip: tf.Tensor, quarters: tf.Tensor) -> tf.Tensor:
    """Flips a square left to right, or not, and then turns it counter-clockwise by quarters.

    Args:
        square: (size, size, channels) uint8.
        flip: Whether to flip it, a scalar bool.
        quarters: How many, a scalar int32 from 0 to 3.
    """
    flipped = tf.where(flip, tf.reverse(square, [1]), square)
    # Of uint8, tf.transpose logs an error of oneDNN's on processors without AVX-512.
    return tf.cast(tf.image.rot90(tf.cast(flipped, tf.float32), quarters), tf.uint8)


def turn_crop_upright(square: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Turns a square that was cut from a photograph as stored, by its EXIF orientation, a scalar int32."""
    return turn(square, tf.reduce_any(orientation == FLIPPED), tf.gather(QUARTERS, orientation))
