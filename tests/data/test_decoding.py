import io
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from srgan_report.data.decoding import decode, decode_crop, decode_photograph, is_greyscale, turn_crop_upright
from srgan_report.data.image_reading import find_orientation, read_image, turn_upright
from srgan_report.data.photographs import Photograph, read_sample
from srgan_report.errors import InputError


def encode(image: Image.Image, image_format: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def noise_image() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8))


class TestDecode:
    @pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
    def test_png_becomes_rgb(self, mode):
        noise = Image.effect_noise((9, 7), 90).convert("RGB").convert(mode)
        pixels = decode(encode(noise))
        assert pixels.dtype == tf.uint8
        np.testing.assert_array_equal(pixels, np.asarray(noise.convert("RGB")))

    def test_alpha_is_dropped(self):
        rgba = np.random.default_rng(0).integers(0, 256, (7, 9, 4), np.uint8)
        np.testing.assert_array_equal(decode(encode(Image.fromarray(rgba, "RGBA"))), rgba[..., :3])

    def test_of_16_bits_the_upper_8_are_kept(self):
        gray = np.random.default_rng(0).integers(0, 2**16, (7, 9), np.uint16)
        np.testing.assert_array_equal(decode(encode(Image.fromarray(gray)))[..., 1], gray >> 8)

    @pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
    def test_jpeg_becomes_rgb(self, mode):
        ramp = Image.linear_gradient("L").resize((32, 24)).convert("RGB").convert(mode)
        pixels = np.asarray(decode(encode(ramp, "JPEG", quality=95)), np.float32)
        np.testing.assert_allclose(pixels, np.asarray(ramp.convert("RGB")), atol=6)

    def test_shape_is_known_to_a_graph(self):
        decoded = tf.data.Dataset.from_tensors(encode(noise_image())).map(decode)
        assert decoded.element_spec.shape.as_list() == [None, None, 3]


class TestIsGreyscale:
    @pytest.mark.parametrize(
        ("mode", "image_format", "expected"),
        [
            ("L", "PNG", True),
            ("LA", "PNG", True),
            ("1", "PNG", True),
            ("I;16", "PNG", True),
            ("L", "JPEG", True),
            ("RGB", "PNG", False),
            ("RGBA", "PNG", False),
            ("P", "PNG", False),
            ("RGB", "JPEG", False),
            ("CMYK", "JPEG", False),
            ("I;16", "TIFF", True),
            ("LA", "TIFF", True),
            ("RGB", "TIFF", False),
            ("RGB", "BMP", False),
        ],
    )
    def test_goes_by_how_it_is_stored(self, mode, image_format, expected):
        grey = Image.new("L", (9, 7), 100)
        image = grey if mode == "L" else Image.new("I;16", (9, 7), 999) if mode == "I;16" else None
        encoded = encode(image or grey.convert("RGB").convert(mode), image_format)
        assert is_greyscale(encoded) is expected

    @pytest.mark.parametrize(("channels", "expected"), [(2, True), (4, False)])
    def test_of_16_bits_with_alpha_too(self, channels, expected):
        encoded = tf.io.encode_png(tf.fill((7, 9, channels), tf.constant(999, tf.uint16))).numpy()
        assert is_greyscale(encoded) is expected


def make_jpeg(mode: str = "RGB", width: int = 75, seed: int = 0, **options) -> bytes:
    """Noise in all colours, 41 pixels high; neither side is a multiple of 8 or 16, as JPEG's blocks are."""
    noise = np.random.default_rng(seed).integers(0, 256, (41, width, 3), np.uint8)
    return encode(Image.fromarray(noise).convert(mode), "JPEG", **options)


def assert_cut_from_whole(encoded: bytes, size: int, seeds: int) -> None:
    whole = decode(encoded)
    for seed in range(seeds):
        crop = decode_crop(encoded, size, tf.constant([seed, 7], tf.int64))
        expected = tf.image.stateless_random_crop(whole, (size, size, 3), (seed, 7))
        np.testing.assert_array_equal(crop, expected)


class TestDecodeCrop:
    @pytest.mark.parametrize("size", [16, 40, 41])
    @pytest.mark.parametrize("progressive", [False, True])
    @pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
    @pytest.mark.parametrize("mode", ["RGB", "CMYK"])
    def test_jpeg(self, mode, subsampling, progressive, size):
        encoded = make_jpeg(mode, subsampling=subsampling, progressive=progressive)
        assert_cut_from_whole(encoded, size, seeds=20)

    @pytest.mark.parametrize("options", [{"mode": "L"}, {"quality": 20}, {"restart_marker_rows": 1}])
    def test_other_jpegs(self, options):
        assert_cut_from_whole(make_jpeg(**options), 16, seeds=20)

    @pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
    def test_corners(self, subsampling):
        encoded = make_jpeg(width=41, subsampling=subsampling)
        whole = decode(encoded).numpy()
        cut = {
            decode_crop(encoded, 40, tf.constant([seed, 0], tf.int64)).numpy().tobytes() for seed in range(30)
        }
        corners = [whole[:40, :40], whole[:40, 1:], whole[1:, :40], whole[1:, 1:]]
        assert cut == {corner.tobytes() for corner in corners}

    def test_png(self):
        assert_cut_from_whole(encode(noise_image()), 16, seeds=5)

    @pytest.mark.parametrize("photograph", read_sample(), ids=lambda photograph: photograph.id)
    def test_sample(self, photograph):
        assert_cut_from_whole(photograph.encoded, 64, seeds=8)

    def test_of_a_jpeg_what_is_below_the_crop_is_not_decoded(self):
        encoded = make_jpeg()[:-200]
        with pytest.raises(tf.errors.InvalidArgumentError):
            decode(encoded)
        assert decode_crop(encoded, 16, tf.constant([0, 0], tf.int64)).shape == (16, 16, 3)

    def test_a_jpeg_smaller_than_the_crop_is_an_error(self):
        for size in (42, 60, 100):
            with pytest.raises(tf.errors.InvalidArgumentError):
                decode_crop(make_jpeg(), size, tf.constant([0, 0], tf.int64))


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    return {
        1: pixels,
        2: pixels[:, ::-1],
        3: np.rot90(pixels, 2),
        4: pixels[::-1],
        5: pixels.swapaxes(0, 1),
        6: np.rot90(pixels, -1),
        7: np.rot90(pixels.swapaxes(0, 1), 2),
        8: np.rot90(pixels),
    }[orientation]


def turned(orientation: int, image_format: str, image: Image.Image | None = None, **options) -> Photograph:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return Photograph("a", encode(image or noise_image(), image_format, exif=exif, **options))


class TestOrientation:
    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("image_format", ["PNG", "JPEG", "TIFF"])
    def test_photographs_are_what_a_viewer_shows(self, image_format, orientation):
        photograph = turned(orientation, image_format)
        stored = (
            decode(turned(1, image_format).encoded) if image_format == "JPEG" else np.asarray(noise_image())
        )
        np.testing.assert_array_equal(decode_photograph(photograph), upright(np.asarray(stored), orientation))

    @pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
    def test_images_keep_their_mode(self, mode):
        noise = np.random.default_rng(0).integers(0, 256, (5, 7, len(mode)), dtype=np.uint8)
        image = Image.fromarray(noise.squeeze())
        read = read_image(turned(7, "PNG", image).encoded, "a.png", print)
        assert read.mode == mode
        np.testing.assert_array_equal(np.asarray(read), upright(np.asarray(image), 7))

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_turning_copies_nothing(self, orientation):
        """Of a photograph of 80 megapixels, a copy is 240 MB."""
        pixels = np.zeros((5, 7, 3), np.uint8)
        assert np.shares_memory(turn_upright(pixels, orientation), pixels)

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize(
        "options", [{"subsampling": "4:2:0"}, {"subsampling": "4:4:4"}, {"progressive": True}]
    )
    def test_crops_are_turned_upright(self, options, orientation):
        encoded = turned(orientation, "JPEG", **options).encoded
        assert find_orientation(encoded) == orientation
        for seed in range(12):
            crop = turn_crop_upright(
                decode_crop(encoded, 16, tf.constant([seed, 7], tf.int64)), tf.constant(orientation)
            )
            stored = tf.image.stateless_random_crop(decode(encoded), (16, 16, 3), (seed, 7))
            np.testing.assert_array_equal(crop, upright(stored.numpy(), orientation))

    @pytest.mark.parametrize("value", [0, 9, 65535])
    def test_what_is_no_orientation_is_none(self, value):
        assert find_orientation(turned(value, "JPEG").encoded) == 1

    def test_damaged_exif_data_are_none(self):
        encoded = encode(noise_image(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
        assert decode_photograph(Photograph("a.jpg", encoded)).shape == (40, 50, 3)


class TestOtherFormats:
    @pytest.mark.parametrize("image_format", ["TIFF", "BMP", "WEBP"])
    @pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
    def test_pixels_are_those_of_the_file(self, image_format, mode):
        image = noise_image().convert(mode)
        options = {"lossless": True, "exact": True} if image_format == "WEBP" else {}
        photograph = Photograph("a", encode(image, image_format, **options))
        np.testing.assert_array_equal(decode_photograph(photograph), np.asarray(image.convert("RGB")))

    def test_what_is_lost_is_told_once(self, caplog):
        deep = np.full((40, 50), 30_000, np.uint16)
        photograph = Photograph("deep.tif", encode(Image.fromarray(deep), "TIFF"))
        for _ in range(3):
            decode_photograph(photograph)
        assert caplog.messages == [
            "Photograph deep.tif has 16 bits a channel, of which the upper 8 are used."
        ]


class TestLimits:
    @pytest.mark.parametrize("size", [2, 63])
    def test_long_texts_are_no_damage(self, size):
        info = PngInfo()
        info.add_text("XML:com.adobe.xmp", "x" * (size << 20), zip=True)
        encoded = encode(noise_image(), pnginfo=info)
        np.testing.assert_array_equal(decode_photograph(Photograph("a.png", encoded)), noise_image())

    def test_beyond_the_limit_it_is_named(self):
        info = PngInfo()
        info.add_text("XML:com.adobe.xmp", "x" * (65 << 20), zip=True)
        with pytest.raises(InputError, match=r"^Photograph a\.png must have at most 64 MiB of text"):
            decode_photograph(Photograph("a.png", encode(noise_image(), pnginfo=info)))

    def test_a_png_of_many_compressed_texts(self):
        info = PngInfo()
        for _ in range(9):
            info.add(b"zTXt", b"\0\0" + zlib.compress(b"x" * (64 << 20), 9))
        with pytest.raises(InputError, match=r"^Photograph a\.png must have compressed texts and an ICC"):
            decode_photograph(Photograph("a.png", encode(noise_image(), pnginfo=info)))

    def test_a_jpeg_of_very_many_scans(self):
        encoded = encode(noise_image(), "JPEG", progressive=True)
        start = encoded.rindex(b"\xff\xda")
        encoded = encoded[:start] + encoded[start:-2] * 150 + b"\xff\xd9"
        with pytest.raises(InputError, match=r"^Photograph a\.jpg must have at most 100 scans"):
            decode_photograph(Photograph("a.jpg", encoded))
