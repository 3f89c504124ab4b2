"""Image files to pixels as they are meant to be seen: JPEG, PNG, WebP, TIFF and BMP."""

import io
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from PIL import Image, ImageFile
from PIL.Image import Transpose

from srgan_report.data.image_safety import no_warnings, one_line_errors, require_few_scans
from srgan_report.data.tiff_files import MAGIC, read_tiff
from srgan_report.errors import InputError

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP")  # Pillow's names of these; TIFF has a reader of its own
_GREYSCALE = frozenset({"1", "L", "LA"})
_COLOUR = frozenset({"P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
_UPRIGHT = {  # what turns an image upright, by its EXIF orientation
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_EXIF_MARKS = (b"Exif\0", b"eXIf", b"Raw profile type ", b"tiff:Orientation")  # what Pillow finds one by
_DARK = 2**14  # of 16 bits: a sensor's 14 bits, or fewer, would fill no more


def read_image(encoded: bytes, name: str, note: Callable[[str], None]) -> Image.Image:
    """Reads an image file as it is meant to be seen.

    An orientation noted in EXIF is applied. CMYK, palettes and the like become RGB by Pillow's plain
    formulas, without colour management. Of 16 bits a channel the upper 8 are used, and of the several images
    that phones put into one JPEG (MPO) the first. All metadata (EXIF with date and place, resolution,
    comments) is dropped, except an ICC profile that fits the mode.

    Args:
        encoded: The bytes of a JPEG, PNG, WebP, TIFF or BMP file.
        name: What to call it in messages.
        note: Takes, a line each, what is lost by reading it.

    Returns:
        An image in mode L or RGB, or LA or RGBA where it has alpha; its ``info`` holds ``icc_profile`` alone,
        if that.

    Raises:
        InputError: It is damaged, of another kind or layout, has more pixels, texts or scans than
            image_safety.py allows, or is not one image of up to 8, or of 16, bits a channel.
    """
    with one_line_errors(name):
        if encoded.startswith(MAGIC):
            return _finish_tiff(encoded, name, note)
        with no_warnings():
            image = Image.open(io.BytesIO(encoded), formats=_FORMATS)
        if image.format in ("JPEG", "MPO"):
            require_few_scans(encoded, name)
        elif (frames := getattr(image, "n_frames", 1)) > 1:
            raise InputError(f"{name} must be one image. Received {frames}, as an animation.")
        if image.format == "PNG" and encoded[24] == 16:
            standard, highest = _read_deep_png(encoded, image)
            _note_depth(highest, name, note)
        else:
            standard = _standardize(image, name)
        with no_warnings():  # of damaged EXIF data
            orientation = _orientation(image.getexif())
        return _finish(standard, orientation, image.info.get("icc_profile"), name, note)


def find_orientation(encoded: bytes) -> int:
    """Gives the EXIF orientation of a JPEG or PNG file: 1 to 8, 1 where none is noted or it can't be read."""
    if not any(mark in encoded for mark in _EXIF_MARKS):  # as in most training photographs, which are many
        return 1
    try:
        with no_warnings():
            image = Image.open(io.BytesIO(encoded), formats=("JPEG", "PNG"))
        if image.format == "PNG":
            image.load()  # EXIF may follow the pixels
        with no_warnings():  # of damaged EXIF data
            return _orientation(image.getexif())
    except Exception:  # what is damaged shows when it is decoded
        return 1


def _orientation(exif: Image.Exif) -> int:
    orientation = exif.get(_ORIENTATION)
    return orientation if orientation in _UPRIGHT else 1


def _standardize(image: ImageFile.ImageFile, name: str) -> Image.Image:
    """Converts to L, LA, RGB or RGBA."""
    if image.mode not in _GREYSCALE | _COLOUR:
        raise InputError(f"{name} must have 8 or 16 bits a channel. Received Pillow's mode {image.mode}.")
    alpha = "A" if image.has_transparency_data else ""
    return image.convert(("L" if image.mode in _GREYSCALE else "RGB") + alpha)


def _read_deep_png(encoded: bytes, image: ImageFile.ImageFile) -> tuple[Image.Image, int]:
    """Reads a PNG of 16 bits, and gives its highest value; Pillow has half of most, and so no exact tRNS."""
    pixels = tf.io.decode_png(encoded, channels=4, dtype=tf.uint16).numpy()
    levels = Image.fromarray((pixels >> 8).astype(np.uint8))
    kind = encoded[25]  # the header's colour type
    mode = "L" if kind in (0, 4) else "RGB"
    if kind in (4, 6) or "transparency" in image.info:
        mode += "A"
    red, _, _, alpha = levels.split()
    standard = Image.merge(mode, (red, alpha)[: len(mode)]) if mode[0] == "L" else levels.convert(mode)
    return standard, int(pixels[..., :3].max())


def _note_depth(highest: int, name: str, note: Callable[[str], None]) -> None:
    note(f"{name} has 16 bits a channel, of which the upper 8 are used.")
    if highest < _DARK:
        note(
            f"{name} is dark, for the highest of its 16-bit values is {highest:,} of 65,535, as in data of "
            "sensors with fewer bits. Scale its values to 16 bits first."
        )


def _finish_tiff(encoded: bytes, name: str, note: Callable[[str], None]) -> Image.Image:
    tiff = read_tiff(encoded, name)
    if tiff.highest is not None:
        _note_depth(tiff.highest, name, note)
    if tiff.left_out:
        note(f"{name} has a channel more, of which it does not say what it is; it is left out.")
    return _finish(tiff.image, tiff.orientation, tiff.icc_profile, name, note)


def _finish(
    image: Image.Image, orientation: int, profile: bytes | None, name: str, note: Callable[[str], None]
) -> Image.Image:
    """Turns an image upright and drops its metadata, except an ICC profile that fits."""
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    image.info = {}
    if profile:
        if profile[16:20] == (b"GRAY" if image.mode in ("L", "LA") else b"RGB "):
            image.info = {"icc_profile": profile}
        else:
            note(f"{name}: dropped an ICC profile that is not meant for {image.mode}.")
    return image
