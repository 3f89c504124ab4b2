"""The image reader on damaged files: sizes or one clear line, whatever the bytes."""

import io
import random
import zlib

import pytest
from PIL import Image

from srgan_report.data.photographs import Photograph, read_sample
from srgan_report.data.split import inspect
from srgan_report.errors import InputError

ROUNDS = 1000


def encode(image_format: str, **options) -> bytes:
    """A piece of a real photograph, in a kilobyte or a few."""
    flower = Image.open(io.BytesIO(read_sample()[0].encoded)).crop((300, 200, 340, 232))
    file = io.BytesIO()
    flower.info.clear()  # its EXIF and colour profile would take most of the damage
    flower.save(file, image_format, **options)
    return file.getvalue()


def damage(encoded: bytes, generator: random.Random) -> bytes:
    """Flips, cuts, inserts or repeats bytes at one to three places."""
    damaged = bytearray(encoded)
    for _ in range(generator.randint(1, 3)):
        # Half of the places are among the first bytes, where headers are.
        place = generator.randrange(min(len(damaged), 64) if generator.random() < 0.5 else len(damaged))
        length = generator.randint(1, 8)
        match generator.randrange(10):
            case 0 | 1 | 2 | 3:
                damaged[place] ^= 1 << generator.randrange(8)
            case 4 | 5:
                damaged[place : place + length] = generator.randbytes(length)
            case 6 | 7:
                damaged[place:place] = generator.randbytes(length)
            case 8:
                del damaged[place + 1 : place + length]
            case _:
                del damaged[place + 1 :]
    return bytes(damaged)


def with_checksums(png: bytes) -> bytes:
    """Mends the checksums of a PNG's chunks, without which damage is found before it can do anything."""
    mended = bytearray(png)
    start = 8
    while start + 12 <= len(mended):
        end = start + 8 + int.from_bytes(mended[start : start + 4], "big")
        if end + 4 > len(mended):
            break
        mended[end : end + 4] = zlib.crc32(mended[start + 4 : end]).to_bytes(4, "big")
        start = end + 4
    return bytes(mended)


@pytest.mark.parametrize(
    ("image_format", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {})],
)
def test_a_damaged_file_gives_its_size_or_one_line(image_format, options):
    generator = random.Random(2017)
    encoded = encode(image_format, **options)
    assert inspect(Photograph("whole", encoded))[:2] == (32, 40)
    messages = []
    for number in range(ROUNDS):
        damaged = damage(encoded, generator)
        if image_format == "PNG" and number % 2:
            damaged = with_checksums(damaged)
        try:
            height, width, _ = inspect(Photograph("a.png", damaged))
        except InputError as error:
            messages.append(str(error))
        else:
            assert min(height, width) > 0
    assert any("or is damaged" in message for message in messages)
    assert any("to its end" in message for message in messages)
    assert len(messages) < ROUNDS  # some damage can't be seen
    assert all(message.startswith("Photograph a.png ") and "\n" not in message for message in messages)
