"""TIFF layouts, written with tifffile, against the plain twin of each; and those that are not read."""

import io
import struct
import time
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from srgan_report.data.image_reading import read_image
from srgan_report.errors import InputError

SHARED = Path(__file__).parents[3] / "shared" / "cases" / "24_tiff_raster"
HEIGHT, WIDTH = 37, 45  # no multiple of a tile's side, nor of the rows of a strip, nor of 8
CHANNELS = {"minisblack": 1, "miniswhite": 1, "rgb": 3, "separated": 4}


def noise(channels, dtype=np.uint8, seed=0):
    shape = (HEIGHT, WIDTH, channels)
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape, dtype)


def pack(data, compression):
    """Compresses as Pillow's libtiff does, which tifffile by itself can't."""
    file = io.BytesIO()
    row = Image.frombytes("L", (len(data), 1), data)
    row.save(file, "TIFF", compression=compression, strip_size=len(data))
    file.seek(0)
    with tifffile.TiffFile(file) as packed:
        page = packed.pages.first
        (offset,), (size,) = page.dataoffsets, page.databytecounts
    return file.getvalue()[offset : offset + size]


def write(stored, photometric, *, planar=False, tiled=False, byteorder="<", compression=None, **options):
    """A TIFF file of ``(height, width, channels)`` as they are to be stored."""
    data = np.moveaxis(stored, -1, 0) if planar else stored
    layout = {
        "photometric": photometric,
        "planarconfig": ("separate" if planar else "contig") if stored.shape[-1] > 1 else None,
        "byteorder": byteorder,
        "metadata": None,
        **({"tile": (16, 32)} if tiled else {"rowsperstrip": 11}),
        **options,
    }
    data = data.squeeze() if stored.shape[-1] == 1 else data
    file = io.BytesIO()
    if compression in (None, "zlib"):
        tifffile.imwrite(file, data, compression=compression, **layout)
        return file.getvalue()
    # tifffile takes what is compressed already, if it knows the compression: the tag is set afterwards.
    predictor = layout.pop("predictor", False)
    plain = io.BytesIO()
    tifffile.imwrite(plain, data, **layout)
    plain.seek(0)
    with tifffile.TiffFile(plain) as twin:
        page = twin.pages.first
        spans = zip(page.dataoffsets, page.databytecounts, strict=True)
        segments = [plain.getvalue()[offset : offset + size] for offset, size in spans]
        width = page.tilewidth if tiled else page.imagewidth
    together = 1 if planar else stored.shape[-1]
    if predictor:
        dtype = stored.dtype.newbyteorder(byteorder)
        segments = [difference(segment, dtype, width, together) for segment in segments]
    packed = [pack(segment, compression) for segment in segments]
    tifffile.imwrite(file, iter(packed), shape=data.shape, dtype=data.dtype, compression="zlib", **layout)
    number = {"tiff_lzw": 5, "packbits": 32773, "tiff_adobe_deflate": 8, "zstd": 50000}[compression]
    content = add_tag(file.getvalue(), 259, number)
    return add_tag(content, 317, 2) if predictor else content


def difference(segment, dtype, width, channels):
    values = np.frombuffer(segment, dtype).reshape(-1, width, channels)
    return np.diff(values, axis=1, prepend=values.dtype.type(0)).astype(dtype).tobytes()


def add_tag(content, tag, value):
    """Appends a directory that has one entry more (a short), sorted as it must be."""
    order = "<" if content[:2] == b"II" else ">"
    (offset,) = struct.unpack(order + "I", content[4:8])
    (count,) = struct.unpack(order + "H", content[offset : offset + 2])
    entries = [content[offset + 2 + 12 * i : offset + 14 + 12 * i] for i in range(count)]
    entries = [entry for entry in entries if struct.unpack(order + "H", entry[:2])[0] != tag]
    entries.append(struct.pack(order + "HHIHxx", tag, 3, 1, value))
    entries.sort(key=lambda entry: struct.unpack(order + "H", entry[:2])[0])
    content += bytes(len(content) % 2)
    directory = struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
    return content[:4] + struct.pack(order + "I", len(content)) + content[8:] + directory


def read(encoded):
    notes = []
    image = read_image(encoded, "a.tif", notes.append)
    pixels = np.asarray(image)
    return image.mode, pixels.reshape(*pixels.shape[:2], -1), notes


def refuse(encoded):
    with pytest.raises(InputError) as caught:
        read_image(encoded, "a.tif", pytest.fail)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestLayouts:
    @pytest.mark.parametrize("compression", [None, "zlib", "tiff_lzw"])
    @pytest.mark.parametrize("byteorder", ["<", ">"])
    @pytest.mark.parametrize("tiled", [False, True])
    @pytest.mark.parametrize(
        ("dtype", "photometric", "alpha", "planar"),
        [
            (np.uint8, "minisblack", False, False),
            (np.uint8, "minisblack", True, False),
            (np.uint8, "miniswhite", False, False),
            (np.uint8, "rgb", False, False),
            (np.uint8, "rgb", False, True),
            (np.uint8, "rgb", True, False),
            (np.uint8, "rgb", True, True),
            (np.uint16, "minisblack", False, False),
            (np.uint16, "rgb", False, False),
            (np.uint16, "rgb", True, False),
        ],
    )
    def test_is_its_plain_twin(self, dtype, photometric, alpha, planar, tiled, byteorder, compression):
        pixels = noise(CHANNELS[photometric] + alpha, dtype)
        stored = np.iinfo(dtype).max - pixels if photometric == "miniswhite" else pixels
        options = {"extrasamples": ["unassalpha"]} if alpha else {}
        layout = {"planar": planar, "tiled": tiled, "byteorder": byteorder, "compression": compression}
        mode, read_pixels, notes = read(write(stored, photometric, **layout, **options))
        assert mode == ("RGB" if photometric == "rgb" else "L") + "A" * alpha
        np.testing.assert_array_equal(read_pixels, pixels >> 8 if dtype == np.uint16 else pixels)
        expected = ["a.tif has 16 bits a channel, of which the upper 8 are used."]
        assert notes == (expected if dtype == np.uint16 else [])

    @pytest.mark.parametrize("compression", ["zlib", "tiff_lzw", "tiff_adobe_deflate"])
    @pytest.mark.parametrize("byteorder", ["<", ">"])
    @pytest.mark.parametrize("tiled", [False, True])
    @pytest.mark.parametrize(("dtype", "planar"), [(np.uint8, False), (np.uint8, True), (np.uint16, False)])
    def test_stored_as_differences(self, dtype, planar, tiled, byteorder, compression):
        pixels = noise(3, dtype)
        layout = {"planar": planar, "tiled": tiled, "byteorder": byteorder, "compression": compression}
        _, read_pixels, _ = read(write(pixels, "rgb", predictor=True, **layout))
        np.testing.assert_array_equal(read_pixels, pixels >> 8 if dtype == np.uint16 else pixels)

    @pytest.mark.parametrize("compression", ["packbits", "zstd"])
    def test_other_compressions(self, compression):
        pixels = noise(3, np.uint16) // 8 * 8
        np.testing.assert_array_equal(read(write(pixels, "rgb", compression=compression))[1], pixels >> 8)

    @pytest.mark.parametrize(("dtype", "planar"), [(np.uint8, False), (np.uint8, True), (np.uint16, False)])
    def test_cmyk(self, dtype, planar):
        pixels = noise(4, dtype)
        levels = (pixels >> 8 if dtype == np.uint16 else pixels).astype(np.uint8)
        expected = Image.frombytes("CMYK", (WIDTH, HEIGHT), levels.tobytes()).convert("RGB")
        mode, read_pixels, _ = read(write(pixels, "separated", planar=planar))
        assert mode == "RGB"
        np.testing.assert_array_equal(read_pixels, np.asarray(expected))

    @pytest.mark.parametrize("tiled", [False, True])
    def test_palette(self, tiled):
        numbers = noise(1)
        colours = np.random.default_rng(1).integers(0, 256, (3, 256), np.uint16)
        mode, read_pixels, _ = read(write(numbers, "palette", tiled=tiled, colormap=colours * 257))
        assert mode == "RGB"
        np.testing.assert_array_equal(read_pixels, colours.T[numbers[..., 0]])

    @pytest.mark.parametrize("bits", [1, 2, 4])
    @pytest.mark.parametrize("photometric", [0, 1, 3])
    def test_few_bits(self, bits, photometric):
        values = noise(1)[..., 0] % 2**bits
        padded = np.pad(values, ((0, 0), (0, -WIDTH % 8)))
        rows = sum(padded[:, place :: 8 // bits] << (8 - bits * (place + 1)) for place in range(8 // bits))
        rows = rows[:, : -(-WIDTH * bits // 8)]
        encoded = write(rows[..., None].astype(np.uint8), "minisblack")
        colours = np.arange(3 * 2**bits, dtype=np.uint16).reshape(3, -1) * 257
        encoded = add_tag(add_tag(add_tag(encoded, 256, WIDTH), 258, bits), 262, photometric)
        if photometric == 3:
            encoded = add_colormap(encoded, colours)
        grey = values * (255 // (2**bits - 1))
        expected = {0: 255 - grey, 1: grey, 3: (colours // 257).T[values]}[photometric]
        np.testing.assert_array_equal(read(encoded)[1], expected.reshape(HEIGHT, WIDTH, -1))

    def test_bits_in_the_other_order(self):
        bits = noise(1)[..., 0] > 127
        rows = np.packbits(bits, axis=1, bitorder="little")
        encoded = write(rows[..., None], "minisblack")
        for tag, value in ((256, WIDTH), (258, 1), (266, 2)):
            encoded = add_tag(encoded, tag, value)
        np.testing.assert_array_equal(read(encoded)[1][..., 0], bits * 255)

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_premultiplied_alpha_is_divided_out(self, dtype):
        full = np.iinfo(dtype).max
        colour, alpha = np.array([30, 60, 90]) / 255, 0.6
        stored = np.broadcast_to([*colour * alpha * full, alpha * full], (HEIGHT, WIDTH, 4)).round()
        mode, pixels, _ = read(write(stored.astype(dtype), "rgb", extrasamples=["assocalpha"]))
        assert mode == "RGBA"
        np.testing.assert_allclose(pixels[0, 0], [30, 60, 90, 153], atol=1)

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_a_channel_of_unknown_meaning_is_left_out_with_a_word(self, dtype):
        pixels = noise(4, dtype)
        mode, read_pixels, notes = read(write(pixels, "rgb", extrasamples=["unspecified"]))
        assert mode == "RGB"
        np.testing.assert_array_equal(read_pixels, (pixels >> 8 if dtype == np.uint16 else pixels)[..., :3])
        assert "a.tif has a channel more, of which it does not say what it is; it is left out." in notes

    def test_big_tiff(self):
        pixels = noise(3)
        np.testing.assert_array_equal(read(write(pixels, "rgb", bigtiff=True))[1], pixels)

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_is_turned_upright(self, dtype, orientation):
        pixels = noise(3, dtype)
        encoded = add_tag(write(pixels, "rgb", planar=dtype == np.uint8), 274, orientation)
        flipped = pixels[::-1] if orientation in (3, 4, 6, 7) else pixels
        flipped = flipped[:, ::-1] if orientation in (2, 3, 7, 8) else flipped
        upright = flipped.swapaxes(0, 1) if orientation >= 5 else flipped
        np.testing.assert_array_equal(read(encoded)[1], upright >> 8 if dtype == np.uint16 else upright)

    @pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
    @pytest.mark.parametrize("orientation", [1, 6])
    def test_jpeg_inside(self, mode, orientation):
        ramp = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB").convert(mode)
        file, exif = io.BytesIO(), Image.Exif()
        exif[274] = orientation
        ramp.save(file, "TIFF", compression="jpeg", quality=95, exif=exif)
        upright = ramp.rotate(-90, expand=True) if orientation == 6 else ramp
        expected = np.asarray(upright.convert("L" if mode == "L" else "RGB"), int)
        _, pixels, _ = read(file.getvalue())
        assert np.abs(pixels.squeeze() - expected).max() < 12

    @pytest.mark.parametrize("compression", ["group3", "group4"])
    def test_fax(self, compression):
        image, file = Image.fromarray(noise(1)[..., 0] > 127), io.BytesIO()
        image.save(file, "TIFF", compression=compression)
        mode, pixels, _ = read(file.getvalue())
        assert mode == "L"
        np.testing.assert_array_equal(pixels[..., 0], np.asarray(image) * 255)

    @pytest.mark.parametrize(("highest", "dark"), [(4095, True), (16383, True), (16384, False)])
    def test_a_sensors_data_get_a_word(self, highest, dark):
        pixels = noise(3, np.uint16) % highest
        pixels[3, 4, 1] = highest
        _, _, notes = read(write(pixels, "rgb"))
        assert len(notes) == 1 + dark
        assert ("none of its 16-bit values reaches 16,384 of 65,535" in notes[-1]) == dark


def add_colormap(content, colours):
    """Appends a colour map and the directory that points to it."""
    content += bytes(len(content) % 2)
    place, count = len(content), colours.size
    content = add_tag(content + colours.astype("<u2").tobytes(), 320, 0)
    start = content.rindex(struct.pack("<HHIHxx", 320, 3, 1, 0))
    return content[:start] + struct.pack("<HHII", 320, 3, count, place) + content[start + 12 :]


class TestRefused:
    @pytest.mark.parametrize(
        ("dtype", "channels", "photometric", "layout"),
        [
            (np.float32, 1, "minisblack", "1 channels of 32 bits (float), photometric minisblack"),
            (np.float32, 3, "rgb", "3 channels of 32 bits (float), photometric rgb"),
            (np.int16, 1, "minisblack", "1 channels of 16 bits (signed)"),
            (np.uint32, 1, "minisblack", "1 channels of 32 bits (unsigned)"),
            (np.uint16, 4, "minisblack", "4 channels of 16 bits (unsigned), photometric minisblack"),
            (np.uint8, 3, "cielab", "photometric cielab"),
            (np.uint16, 1, "cfa", "photometric cfa"),
        ],
    )
    def test_another_layout_is_named(self, dtype, channels, photometric, layout):
        options = {"planarconfig": "contig"} if channels > 1 else {}
        stored = np.ones((HEIGHT, WIDTH, channels), dtype)
        message = refuse(write(stored, photometric, **options))
        assert message.startswith("a.tif is a TIFF file of an unsupported layout: ")
        assert layout in message

    @pytest.mark.parametrize(
        ("dtype", "photometric", "alpha", "planar"),
        [
            (np.uint8, "minisblack", True, True),
            (np.uint8, "miniswhite", True, False),
            (np.uint16, "minisblack", True, False),
            (np.uint16, "miniswhite", False, False),
            (np.uint16, "rgb", False, True),
            (np.uint16, "rgb", True, True),
        ],
    )
    def test_what_pillow_misreads_is_named(self, dtype, photometric, alpha, planar):
        options = {"extrasamples": ["unassalpha"]} if alpha else {}
        encoded = write(noise(CHANNELS[photometric] + alpha, dtype), photometric, planar=planar, **options)
        assert f"unsupported layout: {CHANNELS[photometric] + alpha} channels" in refuse(encoded)

    def test_a_colour_map_of_8_bits_is_named(self):
        colours = np.arange(768, dtype=np.uint16).reshape(3, 256) // 3
        assert "photometric palette" in refuse(write(noise(1), "palette", colormap=colours))

    def test_a_tile_beyond_all_pixels_is_refused(self):
        encoded = add_tag(add_tag(write(noise(1), "minisblack", tiled=True), 322, 65_520), 323, 65_520)
        assert "unsupported layout" in refuse(encoded)

    def test_12_bits_are_named(self):
        encoded = add_tag(write(noise(1), "minisblack"), 258, 12)
        assert "1 channels of 12 bits (unsigned)" in refuse(encoded)

    def test_without_a_photometric_interpretation_nothing_is_guessed(self):
        encoded = write(noise(1), "minisblack")
        place = encoded.rindex(struct.pack("<HHI", 262, 3, 1))
        assert "unsupported layout" in refuse(encoded[:place] + b"\x05\x01" + encoded[place + 2 :])

    @pytest.mark.parametrize("kept", [0.3, 0.9])
    @pytest.mark.parametrize("compression", [None, "zlib", "tiff_lzw", "packbits"])
    def test_cut_short(self, compression, kept):
        encoded = write(noise(3), "rgb", compression=compression, rowsperstrip=HEIGHT)
        with tifffile.TiffFile(io.BytesIO(encoded)) as file:
            end = file.pages.first.dataoffsets[0] + int(file.pages.first.databytecounts[0] * kept)
        assert "a.tif is damaged" in refuse(encoded[:end])

    def test_too_many_pixels_by_the_header(self):
        encoded = add_tag(add_tag(write(noise(1), "minisblack"), 256, 60_000), 257, 60_000)
        assert refuse(encoded) == "a.tif must have at most 178,956,970 pixels. Its header says more."

    def test_damage_of_any_kind_is_one_line_or_an_image(self):
        random = np.random.default_rng(5)
        for compression in (None, "zlib", "tiff_lzw"):
            sound = write(noise(3, np.uint16), "rgb", compression=compression, tiled=True)
            for _ in range(60):
                damaged = bytearray(sound)
                for place in random.integers(0, len(damaged), 3):
                    damaged[place] = random.integers(256)
                directory = int.from_bytes(sound[4:8], "little")
                damaged[directory + random.integers(120)] = random.integers(256)
                with suppress(InputError):
                    read_image(bytes(damaged), "a.tif", lambda note: None)

    def test_a_strip_never_expands_beyond_its_size(self):
        file, bomb = io.BytesIO(), zlib.compress(bytes(200_000_000))
        options = {"compression": "zlib", "photometric": "minisblack", "rowsperstrip": 9}
        tifffile.imwrite(file, iter([bomb]), shape=(9, 9), dtype=np.uint8, **options)
        tracemalloc.start()
        read(file.getvalue())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10_000_000

    def test_of_very_many_pages_only_the_first_is_looked_at(self):
        header, entries = b"II*\0", [(256, 3), (257, 1), (258, 8), (262, 1), (273, 8), (277, 1), (279, 3)]
        directory = struct.pack("<H", len(entries)) + b"".join(
            struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries
        )
        size, pages = len(directory) + 4, 40_000
        places = [12 + size * (page + 1) for page in range(pages - 1)] + [0]
        content = header + struct.pack("<I", 12) + b"rgb\0"
        content += b"".join(directory + struct.pack("<I", place) for place in places)
        start = time.perf_counter()
        assert refuse(content) == "a.tif must be one image. Received several pages."
        assert time.perf_counter() - start < 1


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"there is no {SHARED}")
def test_files_that_were_misread():
    files = {path.stem: path.read_bytes() for path in (SHARED / "min").glob("*.tif")}
    for name in ("colour_interleaved", "grey_black_is_zero"):
        read(files.pop(name))
    for encoded in files.values():
        assert "unsupported layout" in refuse(encoded)
