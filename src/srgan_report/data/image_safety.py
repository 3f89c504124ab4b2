"""Limits to what an image file may ask for, and one-line errors for what can't be read."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageFile, PngImagePlugin, UnidentifiedImageError

from srgan_report.errors import InputError

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"  # the first bytes of such files
MAX_PIXELS = 178_956_970  # where Pillow speaks of a decompression bomb: 512 MiB of 8-bit RGB
MAX_SCANS = 100  # of a JPEG: each takes a pass over all pixels (libjpeg-turbo's advice for untrusted files)
MAX_UNPACKED = 512 << 20  # bytes that a PNG file's compressed texts and ICC profile may unpack to: 2 s of CPU

# Pillow's limit for all of a PNG file's texts together, 64 MiB, goes for a single one and an ICC profile too:
# by default that is 1 MB, which Photoshop's editing history and printers' profiles exceed.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY

# Pillow warns of bombs, from half the limit on, and of odd metadata. Such filters are of the whole process.
warnings.filterwarnings("ignore", module=r"PIL\.")

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # all that is no restart and no escaped 255 of the pixels
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_COMPRESSED = (b"iCCP", b"zTXt", b"iTXt")  # a PNG file's chunks, of which Pillow limits only valid texts
_DEFLATE = 1032  # the most bytes that one byte of Deflate unpacks to


@contextmanager
def one_line_errors(name: str) -> Iterator[None]:
    """Turns whatever a decoder raises into an ``InputError`` of one line that names the image."""
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise InputError(f"{name} must have at most {MAX_PIXELS:,} pixels. Its header says more.") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{name} must be a JPEG, PNG, WebP, TIFF or BMP image, or is damaged.") from error
    except Exception as error:  # each format has errors of its own for what is damaged
        message = f"{name} is damaged: it can't be decoded to its end."
        if "MAX_TEXT" in str(error):
            limit = PngImagePlugin.MAX_TEXT_MEMORY >> 20
            message = (
                f"{name} must have at most {limit} MiB of text and ICC profile, so that small files can't "
                "fill the memory. Save it without metadata."
            )
        raise InputError(message) from error


def open_image(encoded: bytes, name: str, formats: tuple[str, ...] | None = None) -> ImageFile.ImageFile:
    """Reads the header of an image file, in one of Pillow's ``formats``, that asks for no more than allowed.

    Raises:
        InputError: It is a JPEG of more than ``MAX_SCANS`` scans, which would take minutes to decode, or a
            PNG file whose texts and ICC profiles could unpack to more than ``MAX_UNPACKED`` bytes.
        Exception: Any of Pillow's.
    """
    if encoded.startswith(JPEG):
        _require_few_scans(encoded, name)
    elif encoded.startswith(PNG):
        _require_small_texts(encoded, name)
    return Image.open(io.BytesIO(encoded), formats=formats)


def _require_few_scans(encoded: bytes, name: str) -> None:
    """Counts the scans of the first image, without those of thumbnails in its metadata."""
    scans, position = 0, 2
    while (found := _MARKER.search(encoded, position)) and encoded[found.end() - 1] != _END_OF_IMAGE:
        scans += encoded[found.end() - 1] == _START_OF_SCAN
        position = found.end() + int.from_bytes(encoded[found.end() : found.end() + 2], "big")
    if scans > MAX_SCANS:
        raise InputError(
            f"{name} must have at most {MAX_SCANS} scans, the passes in which a progressive JPEG is stored: "
            f"more would take minutes. Received: {scans:,}. Save it again with another program."
        )


def _require_small_texts(encoded: bytes, name: str) -> None:
    """Judges texts by their sizes, before anything is unpacked: a megabyte of them would take seconds."""
    unpacked, position = 0, len(PNG)
    while position < len(encoded):
        size = int.from_bytes(encoded[position : position + 4], "big")
        if encoded[position + 4 : position + 8] in _COMPRESSED:
            unpacked += min(_DEFLATE * size, PngImagePlugin.MAX_TEXT_CHUNK)
        position += 12 + size
    if unpacked > MAX_UNPACKED:
        raise InputError(
            f"{name} must have compressed texts and an ICC profile that unpack to at most "
            f"{MAX_UNPACKED >> 20} MiB. Received: up to {unpacked >> 20:,} MiB. Save it without metadata."
        )
