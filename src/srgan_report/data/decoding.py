"""From the bytes of JPEG and PNG files to pixels."""

import io

import tensorflow as tf
from PIL import Image

from srgan_report.data.photographs import Photograph, check_header, printable
from srgan_report.errors import InputError


def decode(encoded: tf.Tensor | bytes) -> tf.Tensor:
    """Decodes a JPEG or PNG file with the decoder that TensorFlow Datasets uses, so that pixels agree.

    Args:
        encoded: The file's bytes, a scalar string.

    Returns:
        (height, width, 3) uint8. Grayscale, palette and CMYK are converted to RGB, alpha is dropped, and of
        16 bits the upper 8 are kept.
    """
    return tf.ensure_shape(tf.io.decode_image(encoded, channels=3, expand_animations=False), (None, None, 3))


def decode_photograph(photograph: Photograph) -> tf.Tensor:
    """Decodes a whole photograph, to its end.

    Args:
        photograph: A JPEG or PNG file.

    Returns:
        (height, width, 3) uint8, as ``decode`` gives it.

    Raises:
        InputError: If it is neither JPEG nor PNG, has more pixels than ``photographs.MOST_PIXELS``, or is
            truncated or otherwise damaged; names the photograph.
    """
    check_header(photograph)
    try:
        return decode(photograph.encoded)
    except tf.errors.OpError as error:
        raise InputError(
            f"Photograph {printable(photograph.id)} is damaged: it can't be decoded to its end."
        ) from error


def is_greyscale(photograph: Photograph) -> bool:
    """Tells whether a photograph is stored as greyscale, with or without alpha, and so is its own luma.

    Only its header is read. What is stored as RGB or by a palette counts as colour, even where all of its
    pixels are grey, as it does in MATLAB.

    Args:
        photograph: One that ``decode_photograph`` decodes.
    """
    with Image.open(io.BytesIO(photograph.encoded)) as image:
        return Image.getmodebase(image.mode) == "L"


def decode_crop(encoded: tf.Tensor | bytes, size: int, seed: tf.Tensor) -> tf.Tensor:
    """Decodes one random crop: that which ``tf.image.stateless_random_crop`` cuts, bit for bit.

    Args:
        encoded: The bytes of a JPEG or PNG file, a scalar string. Of a JPEG little more than the crop is
            decoded, for speed; damage below it may stay unseen (``split_photographs`` decodes to the end).
        size: Height and width of the crop in pixels, at most those of the photograph.
        seed: (2,) int64, which decides where the crop is.

    Returns:
        (size, size, 3) uint8, pixels as ``decode`` gives them.
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
    # is decoded lack: they would differ. Two more columns on each side, as far as there are any, are enough.
    left, right = tf.maximum(column - 2, 0), tf.minimum(column + size + 2, width)
    columns = tf.io.decode_and_crop_jpeg(encoded, tf.stack([row, left, size, right - left]), channels=3)
    return tf.slice(columns, (0, column - left, 0), (size, size, 3))
