"""Photographs read within TensorFlow's graph: where Python takes part, and that pixels are the same."""

import hashlib
import io
import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from srgan_report.data.crops import TrainingCrops
from srgan_report.data.encoded_files import EncodedFiles
from srgan_report.data.photographs import FolderPhotographs, LoadedPhotographs, read_folder, read_sample


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


def load(folder: FolderPhotographs) -> LoadedPhotographs:
    return LoadedPhotographs(folder.ids, tf.constant([photograph.encoded for photograph in folder]))


def calls_python(photographs, **options) -> bool:
    dataset = make_crops(photographs, **options).epoch(0)
    return b"PyFunc" in tf.raw_ops.DatasetToGraphV2(input_dataset=dataset._variant_tensor).numpy()


def assert_same_batches(photographs, **options) -> None:
    """The same as of a plain list, which Python reads."""
    for epoch in range(2):
        batches = make_crops(photographs, **options).batches(epoch)
        expected = make_crops(list(photographs), **options).batches(epoch)
        for ours, theirs in zip(batches, expected, strict=True):
            np.testing.assert_array_equal(ours[0], theirs[0])
            np.testing.assert_array_equal(ours[1], theirs[1])


class TestPython:
    @pytest.mark.parametrize("options", [{}, {"augment": True, "shuffle": False, "downscaling": "bilinear"}])
    def test_has_no_part_where_all_are_jpeg_or_png(self, folder, options):
        photographs = read_folder(folder)
        assert not calls_python(photographs, **options)
        assert not calls_python(load(photographs), **options)
        assert not calls_python(read_sample(), **options)

    def test_reads_other_kinds_and_lists(self, folder):
        assert calls_python(list(read_folder(folder)))
        add_other_kinds(folder)
        assert calls_python(read_folder(folder))

    def test_reads_of_a_mixed_folder_the_other_kinds_alone(self, folder, monkeypatch):
        add_other_kinds(folder)
        photographs = read_folder(folder)
        files = EncodedFiles(photographs)
        read = []
        monkeypatch.setattr(
            "srgan_report.data.encoded_files.as_decodable",
            lambda photograph: (read.append(photograph.id), (b"", 1))[1],
        )
        list(tf.data.Dataset.range(len(photographs)).map(files.read))
        assert sorted(read) == ["other.bmp", "other.tif", "other.webp"]

    def test_looks_at_each_file_once_for_all_variants(self, folder, monkeypatch):
        photographs = read_folder(folder)
        EncodedFiles(photographs)
        monkeypatch.setattr(FolderPhotographs, "__getitem__", lambda *_: pytest.fail("read again"))
        EncodedFiles(photographs)


class TestPixels:
    @pytest.mark.parametrize("options", [{}, {"augment": True}])
    def test_are_those_that_python_reads(self, folder, options):
        add_other_kinds(folder)
        assert_same_batches(read_folder(folder), **options)
        assert_same_batches(load(read_folder(folder)), **options)

    def test_of_the_sample_are_those_that_python_reads(self):
        assert_same_batches(read_sample(), size=96)

    def test_of_part_of_tf_flowers_are_those_that_python_reads(self, flowers):
        options = {"positions": range(600, 3670), "size": 128, "batch_size": 128, "shuffle": False}
        assert_same_batches(flowers, **options)

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
    file = io.BytesIO()
    make_image(0).save(file, "PNG")
    padded = file.getvalue() + b"\0\0\0"
    (folder / "0.png").write_bytes(padded)
    photographs = read_folder(folder)
    for each in (photographs, load(photographs), list(photographs)):
        encoded, orientation = EncodedFiles(each).read(tf.constant(0, tf.int64))
        assert (encoded.numpy(), int(orientation)) == (padded, 1)
