"""Image files to pixels as they are meant to be seen: JPEG, PNG, WebP, TIFF and BMP."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image, ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from srgan_report.data.image_safety import one_line_errors, open_image
from srgan_report.data.tiff_layouts import MAGIC, require_known_layout
from srgan_report.errors import InputError

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP")  # Pillow's names of all but TIFF
_DEEP_GREYSCALE = ("I;16", "I;16B")  # in either byte order
GREYSCALE = frozenset({"1", "L", "LA", "La", *_DEEP_GREYSCALE})
_COLOUR = frozenset({"P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
# By the EXIF orientation, from 0 on: what turns an image upright. First it is flipped left to right, or not.
FLIPPED = (2, 4, 5, 7)
QUARTERS = (0, 0, 0, 2, 2, 1, 3, 3, 1)  # counter-clockwise
_ORIENTATION, _BITS_PER_SAMPLE = 0x0112, 0x0102  # tags of EXIF and TIFF
_EXIF_MARKS = (b"Exif\0", b"eXIf", b"Raw profile type ", b"tiff:Orientation")  # what Pillow finds one by
_DARK = 2**6  # of the upper 8 bits: a sensor's 14 of 16 bits, or fewer, reach no more


def read_image(encoded: bytes, name: str, note: Callable[[str], None]) -> Image.Image:
    """Reads a JPEG, PNG, WebP, TIFF or BMP file as it is meant to be seen.

    An orientation noted in EXIF is applied. CMYK, palettes and the like become RGB by Pillow's plain
    formulas, without colour management. Of 16 bits a channel the upper 8 are used, and of the several images
    that phones put into one JPEG (MPO) the first. All metadata is dropped, except an ICC profile that fits
    the mode.

    Args:
        encoded: The bytes of the file.
        name: Its name in messages.
        note: Takes, a line each, what is lost by reading it.

    Returns:
        An image in mode L, LA, RGB or RGBA; its ``info`` holds ``icc_profile`` alone, if that.

    Raises:
        InputError: It is damaged, of another kind or layout, has more pixels, texts or scans than
            image_safety.py allows, or is not one image of up to 8, or of 16, bits a channel.
    """
    with one_line_errors(name):
        is_tiff = encoded.startswith(MAGIC)
        if is_tiff and require_known_layout(encoded, name):
            note(f"{name} has a channel more, of which it does not say what it is; it is left out.")
        image = open_image(encoded, name, ("TIFF",) if is_tiff else _FORMATS)
        if is_tiff:
            image.load()  # the rest of its metadata too
        elif image.format != "MPO" and (frames := getattr(image, "n_frames", 1)) > 1:
            raise InputError(f"{name} must be one image. Received {frames}, as an animation.")
        standard = _standardize(image, encoded, name)
        if _has_16_bits(image, encoded):
            _note_depth(standard, name, note)
        if (orientation := _orientation(image)) > 1:  # never of TIFF files: Pillow has turned them
            standard = Image.fromarray(turn_upright(np.asarray(standard), orientation))
        standard.info = _keep_profile(standard.mode, image.info.get("icc_profile"), name, note)
        return standard


def turn_upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turns what is stored as a viewer shows it, by its EXIF orientation.

    Args:
        pixels: (height, width) or (height, width, channels).
        orientation: From 1 to 8; from 5 on height and width are exchanged.

    Returns:
        A view of the same memory.
    """
    if orientation in FLIPPED:
        pixels = pixels[:, ::-1]
    return np.rot90(pixels, QUARTERS[orientation])


def find_orientation(encoded: bytes) -> int:
    """Gives the EXIF orientation of a JPEG or PNG file: 1 to 8, 1 where none is noted or it can't be read."""
    if not any(mark in encoded for mark in _EXIF_MARKS):  # as in most training photographs, which are many
        return 1
    try:
        image = open_image(encoded, "", ("JPEG", "PNG"))
        if image.format == "PNG":
            image.load()  # EXIF may follow the pixels
        return _orientation(image)
    except Exception:  # what is damaged shows when it is decoded
        return 1


def _orientation(image: ImageFile.ImageFile) -> int:
    noted = image.getexif().get(_ORIENTATION)
    return next((orientation for orientation in range(1, 9) if orientation == noted), 1)


def _has_16_bits(image: ImageFile.ImageFile, encoded: bytes) -> bool:
    if image.format == "PNG":
        return encoded[24] == 16
    return isinstance(image, TiffImageFile) and image.tag_v2.get(_BITS_PER_SAMPLE, (1,))[0] == 16


def _standardize(image: ImageFile.ImageFile, encoded: bytes, name: str) -> Image.Image:
    standard: Image.Image = image
    if image.format == "PNG" and _has_16_bits(image, encoded):
        # Pillow has half of most, and so no exact tRNS.
        pixels = tf.io.decode_png(encoded, channels=4, dtype=tf.uint16).numpy()
        standard = Image.fromarray((pixels >> 8).astype(np.uint8))
        colour_type = encoded[25]
        is_grey, has_alpha = colour_type in (0, 4), colour_type in (4, 6) or "transparency" in image.info
    elif image.mode in _DEEP_GREYSCALE:
        standard = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        is_grey, has_alpha = True, False
    elif image.mode in GREYSCALE | _COLOUR:
        is_grey, has_alpha = image.mode in GREYSCALE, image.has_transparency_data
    else:
        raise InputError(f"{name} must have 8 or 16 bits a channel. Received Pillow's mode {image.mode}.")
    return standard.convert(("L" if is_grey else "RGB") + ("A" if has_alpha else ""))


def _note_depth(image: Image.Image, name: str, note: Callable[[str], None]) -> None:
    note(f"{name} has 16 bits a channel, of which the upper 8 are used.")
    if np.asarray(image.convert("L" if image.mode in GREYSCALE else "RGB")).max() < _DARK:
        note(
            f"{name} is dark: none of its 16-bit values reaches {_DARK << 8:,} of 65,535, as in data of "
            "sensors with fewer bits. Scale its values to 16 bits first."
        )


def _keep_profile(
    mode: str, profile: bytes | None, name: str, note: Callable[[str], None]
) -> dict[str | tuple[int, int], Any]:
    if profile and profile[16:20] == (b"GRAY" if mode in GREYSCALE else b"RGB "):
        return {"icc_profile": profile}
    if profile:
        note(f"{name}: dropped an ICC profile that is not meant for {mode}.")
    return {}
