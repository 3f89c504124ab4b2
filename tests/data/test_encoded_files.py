"""Photographs read within TensorFlow's graph: that Python has no part, and that pixels are the same."""

import errno
import gc
import hashlib
import io
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from srgan_report.data import encoded_files
from srgan_report.data.crops import TrainingCrops
from srgan_report.data.decoding import DECODABLE, decode, decode_photograph
from srgan_report.data.encoded_files import EncodedFiles
from srgan_report.data.image_reading import find_orientation
from srgan_report.data.photographs import Photograph, read_folder, read_sample
from srgan_report.errors import InputError
from tests.data.numbered_photographs import encode, load


@pytest.fixture
def flowers():
    from srgan_report.data.photographs import read_tfds

    folder = os.environ.get("TFDS_DATA_DIR")
    if not folder or not any(Path(folder).expanduser().glob("tf_flowers/*/dataset_info.json")):
        pytest.skip("TFDS_DATA_DIR holds no tf_flowers")
    return read_tfds("tf_flowers")


def make_crops(photographs, **changes) -> TrainingCrops:
    options = {
        "photographs": photographs,
        "positions": range(len(photographs)),
        "size": 32,
        "batch_size": 4,
        "steps_per_epoch": 6,
        "seed": 2017,
        "shuffle": True,
        "downscaling": "antialiased_bicubic",
    }
    return TrainingCrops(**(options | changes))


def make_image(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (41, 52, 3), np.uint8))


@pytest.fixture
def folder(tmp_path) -> Path:
    """JPEG and PNG files in every orientation."""
    for orientation in range(1, 9):
        image = make_image(orientation)
        exif = image.getexif()
        exif[0x0112] = orientation
        image.save(tmp_path / f"{orientation}.jpg", exif=exif)
        image.save(tmp_path / f"{orientation}.png", exif=exif)
    return tmp_path


def add_other_kinds(folder: Path) -> None:
    for number, suffix in enumerate(("webp", "tif", "bmp")):
        make_image(20 + number).save(folder / f"other.{suffix}")


def read(photographs, position: int = 0) -> tuple[bytes, int]:
    encoded, orientation = EncodedFiles(photographs).read(tf.constant(position, tf.int64))
    return encoded.numpy(), int(orientation)


def calls_python(photographs, **options) -> bool:
    dataset = make_crops(photographs, **options)._dataset(0)
    return b"PyFunc" in tf.raw_ops.DatasetToGraphV2(input_dataset=dataset._variant_tensor).numpy()


def as_png(photograph: Photograph) -> Photograph:
    """All that is stored, in a PNG file."""
    exif = Image.Exif()
    exif[0x0112] = find_orientation(photograph.encoded)
    decodable = photograph.encoded.startswith(DECODABLE)
    pixels = decode(photograph.encoded).numpy() if decodable else decode_photograph(photograph)
    return Photograph(photograph.id, encode(Image.fromarray(pixels), exif=exif))


def assert_same_batches(photographs, **options) -> None:
    """The same as of PNG files of the whole photographs."""
    pngs = load(map(as_png, photographs))
    for epoch in range(2):
        batches = make_crops(photographs, **options).batches(epoch)
        expected = make_crops(pngs, **options).batches(epoch)
        for ours, theirs in zip(batches, expected, strict=True):
            np.testing.assert_array_equal(ours[0], theirs[0])
            np.testing.assert_array_equal(ours[1], theirs[1])


@pytest.mark.parametrize("options", [{}, {"augment": True, "shuffle": False, "downscaling": "bilinear"}])
def test_python_has_no_part(folder, options):
    add_other_kinds(folder)
    photographs = read_folder(folder)
    assert not calls_python(photographs, **options)
    assert not calls_python(load(photographs), **options)


def test_variants_share_files(folder):
    photographs = read_folder(folder)
    assert EncodedFiles.of(photographs) is EncodedFiles.of(photographs)
    assert EncodedFiles.of(photographs) is not EncodedFiles.of(read_folder(folder))


class TestPixels:
    @pytest.mark.parametrize("options", [{}, {"augment": True}])
    def test_are_those_of_the_whole_photographs(self, folder, options):
        add_other_kinds(folder)
        assert_same_batches(read_folder(folder), **options)
        assert_same_batches(load(read_folder(folder)), **options)

    def test_of_part_of_tf_flowers_are_those_of_the_whole_photographs(self, flowers):
        part = load(flowers[position] for position in range(600, 650))
        assert_same_batches(part, size=128, batch_size=8)

    # Not worked out by hand: of the release that read photographs by Python alone.
    def test_of_the_sample_are_those_of_earlier_releases(self):
        assert digest(read_sample()) == SAMPLE

    def test_of_tf_flowers_are_those_of_earlier_releases(self, flowers):
        assert digest(flowers) == FLOWERS


SAMPLE = "0b6433eeacaa9daf"
FLOWERS = "472de3c444404f2f"


def digest(photographs) -> str:
    found = hashlib.sha256()
    for augment in (False, True):
        for _, high in make_crops(photographs, size=96, augment=augment).batches(1):
            found.update(np.rint((high.numpy() + 1) * 127.5).astype(np.uint8).tobytes())
    return found.hexdigest()[:16]


class TestOtherKinds:
    @pytest.mark.parametrize("in_memory", [False, True])
    @pytest.mark.parametrize(
        ("mode", "image_format", "options"),
        [
            *((mode, kind, {}) for mode in ("RGB", "L", "P", "RGBA") for kind in ("TIFF", "BMP")),
            ("CMYK", "TIFF", {"compression": "tiff_lzw"}),
            ("RGB", "WEBP", {"quality": 80}),
            ("RGBA", "WEBP", {"lossless": True, "exact": True}),
        ],
    )
    def test_pixels_are_those_that_pillow_decodes(self, tmp_path, mode, image_format, options, in_memory):
        image = make_image(3).convert(mode)
        (tmp_path / "a.tif").write_bytes(encoded := encode(image, image_format, **options))
        photographs = read_folder(tmp_path)
        file, orientation = read(load(photographs) if in_memory else photographs)
        with Image.open(io.BytesIO(encoded)) as expected:
            np.testing.assert_array_equal(decode(file), expected.convert("RGB"))
        assert orientation == 1

    def test_of_16_bits_the_upper_8_are_kept(self, tmp_path):
        deep = np.random.default_rng(0).integers(0, 2**16, (41, 52), np.uint16)
        Image.fromarray(deep).save(tmp_path / "16_bits.tif")
        file, _ = read(read_folder(tmp_path))
        np.testing.assert_array_equal(decode(file), np.repeat(deep[..., None] >> 8, 3, axis=2))

    def test_are_upright(self, tmp_path):
        exif = Image.Exif()
        exif[0x0112] = 6
        make_image(3).save(tmp_path / "a.webp", lossless=True, exif=exif)
        file, orientation = read(read_folder(tmp_path))
        np.testing.assert_array_equal(decode(file), np.rot90(make_image(3), -1))
        assert orientation == 1

    def test_are_decoded_once(self, folder, monkeypatch):
        add_other_kinds(folder)
        decoded = []

        def count(photograph):
            decoded.append(photograph.id)
            return decode_photograph(photograph)

        monkeypatch.setattr(encoded_files, "decode_photograph", count)
        training_crops = make_crops(read_folder(folder), steps_per_epoch=20)
        assert len([*training_crops.batches(0), *training_crops.batches(1)]) == 40
        assert sorted(decoded) == ["other.bmp", "other.tif", "other.webp"]

    def test_leave_nothing_behind(self, folder, tmp_path, monkeypatch):
        add_other_kinds(folder)
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        photographs = read_folder(folder)
        files = EncodedFiles.of(photographs)
        assert len([path for path in temporary.rglob("*") if path.is_file()]) == 3
        del photographs, files
        gc.collect()
        assert list(temporary.iterdir()) == []

    def test_a_damaged_one_that_does_not_train_is_no_matter(self, folder):
        add_other_kinds(folder)
        (folder / "other.bmp").write_bytes((folder / "other.bmp").read_bytes()[:100])
        photographs = read_folder(folder)
        damaged = photographs.ids.index("other.bmp")
        others = [position for position in range(len(photographs)) if position != damaged]
        assert len(list(make_crops(photographs, positions=others).batches(0))) == 6
        with pytest.raises(InputError, match=r"^Photograph other\.bmp is damaged"):
            list(make_crops(photographs).batches(0))

    def test_a_full_disk_is_an_error_of_one_line(self, folder, monkeypatch):
        add_other_kinds(folder)

        def refuse(**arguments):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(encoded_files, "NamedTemporaryFile", refuse)
        with pytest.raises(InputError, match=r"^There must be room in .*: No space left on device\. Set"):
            EncodedFiles(read_folder(folder))


class TestNames:
    def test_may_be_odd(self, tmp_path):
        odd = tmp_path / "a://b*[é]\n"
        odd.mkdir(parents=True)
        for name in ("ü?.png", "x y.png", "file:.png"):
            make_image(1).save(odd / name)
        assert_same_batches(read_folder(odd))

    def test_may_be_relative_to_the_current_folder(self, folder, monkeypatch):
        monkeypatch.chdir(folder)
        photographs = read_folder(".")
        files = EncodedFiles(photographs)
        monkeypatch.chdir("/")
        encoded, _ = files.read(tf.constant(0, tf.int64))
        assert encoded.numpy() == (folder / photographs.ids[0]).read_bytes()


def test_files_may_end_in_zero_bytes(folder):
    padded = encode(make_image(0)) + b"\0\0\0"
    (folder / "0.png").write_bytes(padded)
    photographs = read_folder(folder)
    for each in (photographs, load(photographs)):
        assert read(each) == (padded, 1)
