"""The values of a TIFF image's channels: strips and tiles decompressed, unpacked and put in their places."""

import io
import struct
import zlib

import numpy as np
from PIL import Image
from tifffile import TiffPage

from srgan_report.data.image_safety import MAX_PIXELS, no_warnings

# By the numbers of the TIFF standard. Without the imagecodecs package tifffile decompresses few of these, and
# it fills up what is missing.
_DEFLATE = frozenset({8, 32946})
_UNPACKED = frozenset({1}) | _DEFLATE
_BY_PILLOW = frozenset({5, 32773, 34925, 50000})  # LZW, PackBits, LZMA, Zstandard
_PREDICTORS = {1: (1,), 2: (1,), 4: (1,), 8: (1, 2), 16: (1, 2)}  # by bits; 2: differences along the row
_HEADER = 122  # bytes of the header that _decompress_by_pillow writes
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def can_unpack(page: TiffPage) -> bool:
    """Whether ``read_samples`` knows how the values of a page are stored."""
    if page.predictor not in _PREDICTORS.get(page.bitspersample, ()):
        return False
    return page.compression in _UNPACKED or (
        page.compression in _BY_PILLOW and _segment_size(page) <= MAX_PIXELS
    )


def read_samples(page: TiffPage, encoded: bytes) -> np.ndarray:
    """Reads all channels of a page of which ``can_unpack`` is true.

    Args:
        page: The page.
        encoded: The bytes of its file.

    Returns:
        ``(height, width, channels)`` uint8, or uint16 of 16 bits; the values as they are stored.

    Raises:
        ValueError: Strips or tiles are missing or cut short.
        Exception: Any that zlib and Pillow raise for what is damaged.
    """
    length, width, together = _segment_shape(page)
    down, across = -(-page.imagelength // length), -(-page.imagewidth // width)
    planes = page.samplesperpixel // together
    if not len(page.dataoffsets) == len(page.databytecounts) == planes * down * across:
        raise ValueError("strips or tiles are missing")
    shape = (page.imagelength, page.imagewidth, page.samplesperpixel)
    samples = np.empty(shape, np.uint16 if page.bitspersample == 16 else np.uint8)
    for number, (offset, size) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        plane, place = divmod(number, down * across)
        top, left = place // across * length, place % across * width
        rows = length if page.is_tiled else min(length, page.imagelength - top)
        segment = _unpack(page, encoded[offset : offset + size], rows)
        channels = slice(plane * together, (plane + 1) * together)
        part = samples[top : top + rows, left : left + width, channels]
        part[...] = segment[: part.shape[0], : part.shape[1]]
    return samples


def _segment_shape(page: TiffPage) -> tuple[int, int, int]:
    """Height, width and channels of a strip or tile."""
    channels = page.samplesperpixel if page.planarconfig == 1 else 1
    if page.is_tiled:
        return page.tilelength, page.tilewidth, channels
    return page.rowsperstrip, page.imagewidth, channels


def _segment_size(page: TiffPage) -> int:
    """Bytes of a strip or tile that is not compressed."""
    height, width, channels = _segment_shape(page)
    return height * -(-width * channels * page.bitspersample // 8)


def _unpack(page: TiffPage, stored: bytes, rows: int) -> np.ndarray:
    """Gives the values of a strip or tile of so many rows."""
    bits = page.bitspersample
    length, width, channels = _segment_shape(page)
    data = np.frombuffer(_decompress(page, stored, _segment_size(page) // length * rows), np.uint8)
    if bits == 16:
        data = data.view(np.dtype(np.uint16).newbyteorder(page.parent.byteorder)).astype(np.uint16)
    elif bits < 8:
        shifts = np.arange(8 - bits, -1, -bits).astype(np.uint8)
        data = (data.reshape(rows, -1, 1) >> shifts) & (2**bits - 1)
        data = data.reshape(rows, -1)[:, : width * channels]
    values = data.reshape(rows, width, channels)
    return np.cumsum(values, axis=1, dtype=values.dtype) if page.predictor == 2 else values


def _decompress(page: TiffPage, stored: bytes, size: int) -> bytes:
    """Gives ``size`` bytes of a strip or tile; never more, however far they would expand."""
    if page.fillorder == 2:
        stored = stored.translate(_REVERSED)
    if page.compression in _DEFLATE:
        stored = zlib.decompressobj().decompress(stored, size)
    elif page.compression in _BY_PILLOW:
        stored = _decompress_by_pillow(stored, page.compression, size)
    if len(stored) < size:
        raise ValueError("a strip or tile is cut short")
    return stored[:size]


def _decompress_by_pillow(stored: bytes, compression: int, size: int) -> bytes:
    """Decompresses as libtiff does, which Pillow carries: as a grey image of one row, whatever it holds."""
    tags = {
        256: size,
        257: 1,
        258: 8,
        259: compression,
        262: 1,
        273: _HEADER,
        277: 1,
        278: 1,
        279: len(stored),
    }
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    header = struct.pack("<4sIH", b"II*\0", 8, len(tags)) + entries + bytes(4)
    return open_tiff(header + stored).tobytes()


def open_tiff(encoded: bytes) -> Image.Image:
    """Opens a TIFF file with Pillow."""
    with no_warnings():
        return Image.open(io.BytesIO(encoded), formats=("TIFF",))
