"""Which layouts of TIFF files are read: those that Pillow reads correctly. Some others it misreads."""

import io
import logging

import numpy as np
import tifffile
from tifffile import COMPRESSION, PHOTOMETRIC, TiffPage

from srgan_report.data.image_safety import MAX_PIXELS
from srgan_report.errors import InputError

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the first bytes of TIFF and BigTIFF files

_JPEG = frozenset({COMPRESSION.OJPEG, COMPRESSION.JPEG})
_FAX = frozenset({COMPRESSION.CCITTRLE, COMPRESSION.CCITT_T4, COMPRESSION.CCITT_T6})
_LOSSLESS = frozenset({1, 5, 8, 32773, 32946, 34925, 50000})  # none, LZW, Deflate, PackBits, LZMA, Zstandard
# By the photometric interpretation: bits of a channel, and how many channels, alpha included.
_LAYOUTS: dict[int, set[tuple[int, int]]] = {
    PHOTOMETRIC.MINISWHITE: {(1, 1), (2, 1), (4, 1), (8, 1)},
    PHOTOMETRIC.MINISBLACK: {(1, 1), (2, 1), (4, 1), (8, 1), (8, 2), (16, 1)},
    PHOTOMETRIC.PALETTE: {(1, 1), (2, 1), (4, 1), (8, 1)},
    PHOTOMETRIC.RGB: {(8, 3), (8, 4), (16, 3), (16, 4)},
    PHOTOMETRIC.SEPARATED: {(8, 4), (16, 4)},
}
_FORMATS = {1: "unsigned", 2: "signed", 3: "float", 4: "undefined", 5: "complex", 6: "complex"}

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # its remarks on damage are told in one error


def require_known_layout(encoded: bytes, name: str) -> bool:
    """Refuses TIFF files that Pillow may misread, judged by the first page's directory.

    Known are those of ``_LAYOUTS``, RGB and CMYK of 8 bits also in planes; strips and tiles; both byte
    orders; compressed by LZW, Deflate, PackBits, Zstandard, LZMA, JPEG or CCITT, or not.

    Returns:
        Whether it has a channel of which it is not said what it is.

    Raises:
        InputError: It has several pages or another layout; names the file and the layout.
        Exception: Any that tifffile raises for what is damaged.
    """
    with tifffile.TiffFile(io.BytesIO(encoded)) as file:
        page = file.pages.first
        if file.pages.is_multipage:  # looks for the second alone
            raise InputError(f"{name} must be one image. Received several pages.")
        if not _is_known(page):
            raise InputError(
                f"{name} is a TIFF file of an unsupported layout: {_describe(page)}. Save it as RGB or "
                "greyscale, with 8 or 16 bits a channel, uncompressed or with LZW or Deflate."
            )
        return 0 in page.extrasamples


def _is_known(page: TiffPage) -> bool:
    bits, channels = page.bitspersample, page.samplesperpixel
    planar = channels > 1 and page.planarconfig != 1
    if 262 not in page.tags or page.sampleformat != 1 or page.imagedepth != 1:  # photometric has no default
        return False
    if page.is_tiled and page.tilewidth * page.tilelength > MAX_PIXELS:  # room for one is made as a whole
        return False
    if page.compression in _JPEG:
        return bits == 8 and channels in (1, 3, 4) and not planar
    if (bits, channels) not in _LAYOUTS.get(page.photometric, set()):
        return False
    if page.compression in _FAX:
        return bits == 1
    if page.photometric == PHOTOMETRIC.PALETTE and np.max(page.tags.valueof(320, 0)) < 256:
        return False  # a colour map of 8 bits, which must have 16
    if (planar and (bits == 16 or channels == 2)) or (channels == 2 and not page.extrasamples):
        return False
    differences = page.predictor == 2 and bits >= 8 and page.compression != 1
    return page.compression in _LOSSLESS and (page.predictor == 1 or differences)


def _describe(page: TiffPage) -> str:
    kinds = (page.photometric, page.planarconfig, page.compression, page.predictor)
    photometric, planar, compression, predictor = (str(getattr(kind, "name", kind)).lower() for kind in kinds)
    return (
        f"{page.samplesperpixel} channels of {page.bitspersample} bits "
        f"({_FORMATS.get(page.sampleformat, page.sampleformat)}), photometric {photometric}, planar "
        f"configuration {planar}, compression {compression}, predictor {predictor}"
    )
