"""TIFF files to images: tifffile tells the layout, of which every known one is read and no other."""

import io
import logging
from typing import NamedTuple

import numpy as np
import tifffile
from PIL import Image
from tifffile import PHOTOMETRIC, TiffPage

from srgan_report.data.image_safety import MAX_PIXELS
from srgan_report.data.tiff_samples import can_unpack, open_tiff, read_samples
from srgan_report.errors import InputError

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the first bytes of TIFF and BigTIFF files

_FAX, _JPEG = frozenset({2, 3, 4}), frozenset({6, 7})  # compressions that Pillow reads as a whole
_FORMATS: dict[int, str] = {
    1: "unsigned",
    2: "signed",
    3: "float",
    4: "undefined",
    5: "complex",
    6: "complex",
}
_CHANNELS: dict[int, tuple[int, str]] = {  # of the image itself, without extra ones; Pillow's mode of these
    PHOTOMETRIC.MINISWHITE: (1, "L"),
    PHOTOMETRIC.MINISBLACK: (1, "L"),
    PHOTOMETRIC.PALETTE: (1, "P"),
    PHOTOMETRIC.RGB: (3, "RGB"),
    PHOTOMETRIC.SEPARATED: (4, "CMYK"),
    PHOTOMETRIC.YCBCR: (3, "YCbCr"),
}
_UNSPECIFIED, _PREMULTIPLIED, _STRAIGHT = 0, 1, 2  # what an extra channel is
_ALPHA = frozenset({_PREMULTIPLIED, _STRAIGHT})

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # its remarks on damage are told in one error


class Tiff(NamedTuple):
    """What a TIFF file holds.

    Attributes:
        image: As it is stored, not turned upright: in mode L or RGB, or LA or RGBA where it has alpha.
        highest: The highest value of its colours, where they have 16 bits; else ``None``.
        left_out: How many extra channels are left out, of which it is not said what they are.
        orientation: As in EXIF, 1 to 8.
        icc_profile: Its ICC profile, if any.
    """

    image: Image.Image
    highest: int | None
    left_out: int
    orientation: int
    icc_profile: bytes | None


def read_tiff(encoded: bytes, name: str) -> Tiff:
    """Reads a TIFF file that holds one image; nothing but its first page is looked at.

    Read are 1, 2, 4, 8 and 16 bits a channel; grey of both polarities, palette, RGB, CMYK and YCbCr (without
    subsampling, except in JPEG); channels together or in planes; strips and tiles; both byte orders;
    compressed by LZW, Deflate, PackBits, Zstandard, LZMA, JPEG or CCITT, or not at all. Of 16 bits the upper
    8 are used.

    Raises:
        InputError: It has several pages or another layout; names the file and the layout.
        Exception: Any that tifffile and the decoders raise for what is damaged or has too many pixels.
    """
    with tifffile.TiffFile(io.BytesIO(encoded)) as file:
        page = file.pages.first
        if file.pages.is_multipage:  # looks for the second alone
            raise InputError(f"{name} must be one image. Received several pages.")
        if page.imagewidth * page.imagelength > MAX_PIXELS:
            raise Image.DecompressionBombError
        if not _is_known(page):
            raise InputError(
                f"{name} is a TIFF file of a layout that is not read: {_describe(page)}. Save it as RGB or "
                "greyscale, with 8 or 16 bits a channel, uncompressed or with LZW or Deflate."
            )
        profile = page.tags.valueof(34675)
        if page.compression in _FAX | _JPEG:
            return Tiff(_read_by_pillow(encoded), None, 0, 1, profile)
        image, highest, left_out = _convert(page, read_samples(page, encoded))
        return Tiff(image, highest, left_out, page.tags.valueof(274, 1), profile)


def _is_known(page: TiffPage) -> bool:
    bits, compression = page.bitspersample, page.compression
    channels, _ = _CHANNELS.get(page.photometric, (0, ""))
    extra = page.samplesperpixel - channels
    if not channels or extra < 0 or sum(kind not in _ALPHA for kind in _extra_kinds(page)) > 1:
        return False
    if page.sampleformat not in (1, 4) or 262 not in page.tags:  # photometric: there is no default
        return False
    if page.imagedepth != 1 or not page.imagewidth * page.imagelength:
        return False
    if compression in _FAX:
        return bits == 1 and page.samplesperpixel == 1
    if compression in _JPEG:
        return bits == 8 and extra == 0 and (page.samplesperpixel == 1 or page.planarconfig == 1)
    if page.photometric == PHOTOMETRIC.PALETTE and (bits == 16 or 320 not in page.tags):
        return False
    if page.photometric == PHOTOMETRIC.YCBCR and page.tags.valueof(530) != (1, 1):
        return False
    return can_unpack(page)


def _describe(page: TiffPage) -> str:
    kinds = (page.photometric, page.planarconfig, page.compression, page.predictor)
    photometric, planar, compression, predictor = (str(getattr(kind, "name", kind)).lower() for kind in kinds)
    return (
        f"{page.samplesperpixel} channels of {page.bitspersample} bits "
        f"({_FORMATS.get(page.sampleformat, page.sampleformat)}), photometric {photometric}, planar "
        f"configuration {planar}, compression {compression}, predictor {predictor}"
    )


def _extra_kinds(page: TiffPage) -> tuple[int, ...]:
    """What each extra channel is; a single one of which it is not said is alpha, as Pillow takes it."""
    extra = page.samplesperpixel - _CHANNELS[page.photometric][0]
    kinds = tuple(page.extrasamples[:extra])
    return kinds + (_STRAIGHT if extra == 1 else _UNSPECIFIED,) * (extra - len(kinds))


def _convert(page: TiffPage, samples: np.ndarray) -> tuple[Image.Image, int | None, int]:
    """Makes an image, gives the highest value of 16 bits, and how many channels are left out."""
    channels, mode = _CHANNELS[page.photometric]
    full = 2**page.bitspersample - 1
    colours = samples[..., :channels]
    if page.photometric == PHOTOMETRIC.MINISWHITE:
        colours = full - colours
    kinds = _extra_kinds(page)
    alpha = next(
        (samples[..., channels + number] for number in range(len(kinds)) if kinds[number] in _ALPHA), None
    )
    if alpha is not None and _PREMULTIPLIED in kinds:
        straight = colours * (full / np.maximum(alpha, 1, dtype=np.float32))[..., None]
        colours = np.rint(np.minimum(straight, full)).astype(samples.dtype)
    if mode == "P":
        image = Image.fromarray(_look_up(page, colours[..., 0]))
    else:
        stored = _to_8_bits(colours, full)
        image = Image.frombytes(mode, (page.imagewidth, page.imagelength), stored.tobytes())
        image = image if mode == "L" else image.convert("RGB")
    if alpha is not None:
        image.putalpha(Image.fromarray(_to_8_bits(alpha, full)))
    return image, int(colours.max()) if full == 65535 else None, len(kinds) - (alpha is not None)


def _to_8_bits(values: np.ndarray, full: int) -> np.ndarray:
    """Spreads values of up to 8 bits over [0, 255]; of 16 bits the upper 8."""
    return (values >> 8).astype(np.uint8) if full > 255 else values * np.uint8(255 // full)


def _look_up(page: TiffPage, numbers: np.ndarray) -> np.ndarray:
    """Gives a palette's colours, ``(height, width, 3)`` uint8."""
    colours = np.array(page.tags.valueof(320), np.uint16).reshape(3, -1).T
    # 16 bits by the standard; some programs write 8 all the same, as libtiff knows.
    return (colours >> 8 if colours.max() > 255 else colours).astype(np.uint8)[numbers]


def _read_by_pillow(encoded: bytes) -> Image.Image:
    """Reads what is compressed in a format of its own; Pillow turns it upright by itself."""
    image = open_tiff(encoded)
    image.load()
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
