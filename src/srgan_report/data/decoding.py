"""From the bytes of photographs to pixels, upright."""

import functools
import logging

import numpy as np
import tensorflow as tf

from srgan_report.data.image_reading import GREYSCALE, find_orientation, read_image
from srgan_report.data.image_safety import JPEG, PNG, one_line_errors, open_image
from srgan_report.data.photographs import Photograph
from srgan_report.errors import printable

logger = logging.getLogger(__name__)


def is_decodable(encoded: bytes) -> bool:
    """Tells whether ``decode`` reads a file as it is: a JPEG or PNG, as the first bytes say."""
    return encoded.startswith((JPEG, PNG))


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


def turn_upright(pixels: tf.Tensor, orientation: tf.Tensor | int) -> tf.Tensor:
    """Turns what is stored as a viewer shows it.

    Args:
        pixels: (height, width, channels).
        orientation: From 1 to 8, as EXIF has it; from 5 on height and width are exchanged.
    """
    flip_rows, flip_columns, transpose = _turns(orientation)
    pixels = tf.cond(flip_rows, lambda: tf.reverse(pixels, [0]), lambda: pixels)
    pixels = tf.cond(flip_columns, lambda: tf.reverse(pixels, [1]), lambda: pixels)
    return tf.cond(transpose, lambda: _transpose(pixels), lambda: pixels)


def _transpose(pixels: tf.Tensor) -> tf.Tensor:
    # tf.transpose of integers logs an error of oneDNN's on processors without AVX-512.
    height, width, channels = tf.unstack(tf.shape(pixels))
    order = tf.range(width)[:, None] + width * tf.range(height)
    return tf.gather(tf.reshape(pixels, (-1, channels)), order)


def _turns(orientation: tf.Tensor | int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """What makes pixels upright, in this order: rows are reversed, columns are, both are exchanged."""
    orientation = tf.cast(orientation, tf.int32)
    return (
        tf.reduce_any(orientation == (3, 4, 6, 7)),
        tf.reduce_any(orientation == (2, 3, 7, 8)),
        orientation >= 5,
    )


def decode_photograph(photograph: Photograph) -> tf.Tensor:
    """Decodes a whole photograph, to its end.

    Returns:
        (height, width, 3) uint8, as ``decode`` gives it, turned upright by the orientation noted in EXIF.

    Raises:
        InputError: It is of another kind, damaged, or asks for more than image_safety.py allows; names the
            photograph.
    """
    encoded, name = photograph.encoded, f"Photograph {printable(photograph.id)}"
    if not is_decodable(encoded):
        image = read_image(encoded, name, warn_once)
        with tf.device("CPU"):
            return tf.constant(np.asarray(image.convert("RGB")))
    with one_line_errors(name):
        open_image(encoded, name, ("JPEG", "PNG"))  # refuses by the header what must not be decoded
        return turn_upright(decode(encoded), find_orientation(encoded))


def is_greyscale(encoded: bytes) -> bool:
    """Tells whether an image file is stored as greyscale, with or without alpha, and so is its own luma.

    What is stored as RGB or by a palette counts as colour, even if all pixels are grey, as in MATLAB.
    Only the header is read, of a file that can be decoded.
    """
    if encoded.startswith(PNG):  # Pillow takes 16-bit greyscale with alpha for RGBA
        return encoded[25] in (0, 4)
    return open_image(encoded, "").mode in GREYSCALE


def decode_crop(
    encoded: tf.Tensor | bytes, size: int, seed: tf.Tensor, orientation: tf.Tensor | int = 1
) -> tf.Tensor:
    """Decodes one random crop: that which ``tf.image.stateless_random_crop`` cuts, bit for bit.

    Args:
        encoded: The bytes of a JPEG or PNG file, a scalar string. Of a JPEG little more than the crop is
            decoded, for speed; damage below it may stay unseen (``split_photographs`` decodes to the end).
        size: Height and width of the crop in pixels, at most those of the photograph.
        seed: (2,) int64, which decides where the crop is.
        orientation: As ``turn_upright`` takes it; the crop is cut from the upright photograph.

    Returns:
        (size, size, 3) uint8, as ``decode`` and ``turn_upright`` give them.
    """
    return tf.cond(
        tf.io.is_jpeg(encoded),
        lambda: _decode_jpeg_crop(encoded, size, seed, orientation),
        lambda: tf.image.stateless_random_crop(
            turn_upright(decode(encoded), orientation), (size, size, 3), seed
        ),
    )


def _decode_jpeg_crop(
    encoded: tf.Tensor | bytes, size: int, seed: tf.Tensor, orientation: tf.Tensor | int
) -> tf.Tensor:
    height, width, _ = tf.unstack(tf.io.extract_jpeg_shape(encoded))
    flip_rows, flip_columns, transpose = _turns(orientation)
    # As stateless_random_crop draws them; it has a third number for the channels.
    row, column, _ = tf.unstack(tf.random.stateless_uniform((3,), seed, 0, tf.int32.max, tf.int32))
    rows, columns = tf.where(transpose, width, height), tf.where(transpose, height, width)  # upright
    row, column = row % (rows - size + 1), column % (columns - size + 1)
    row, column = tf.where(transpose, column, row), tf.where(transpose, row, column)  # as stored
    row = tf.where(flip_rows, height - size - row, row)
    column = tf.where(flip_columns, width - size - column, column)
    # Colour stored at half the width is interpolated between neighbours, which the outermost columns of what
    # is decoded lack: they would differ. Two more columns on each side, where there are any, are enough.
    left, right = tf.maximum(column - 2, 0), tf.minimum(column + size + 2, width)
    decoded = tf.io.decode_and_crop_jpeg(encoded, tf.stack([row, left, size, right - left]), channels=3)
    return turn_upright(tf.slice(decoded, (0, column - left, 0), (size, size, 3)), orientation)
