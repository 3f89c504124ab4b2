"""The three sources of photographs."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import skimage
import sklearn
import tensorflow_datasets as tfds
from PIL import Image

from srgan_report.data.photographs import Photograph, read_folder, read_sample, read_tfds
from srgan_report.errors import InputError
from srgan_report.inference.photo_files import plan_files


def encode(image: Image.Image, image_format: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, image_format)
    return file.getvalue()


class TestPhotograph:
    def test_repr_leaves_the_bytes_out(self):
        assert repr(Photograph("a.jpg", b"secret")) == "Photograph(id='a.jpg')"


class TestReadSample:
    def test_the_first_two_are_the_flower_and_the_cat(self):
        assert list(read_sample().ids)[:2] == ["flower.jpg", "chelsea.png"]

    def test_every_one_is_a_colour_photograph(self):
        for photograph in read_sample():
            image = Image.open(io.BytesIO(photograph.encoded))
            assert image.mode == "RGB", photograph.id
            assert min(image.size) >= 256, photograph.id
            assert np.asarray(image).std(axis=2).mean() > 5, photograph.id

    def test_no_photograph_is_there_twice(self):
        sample = read_sample()
        assert len({photograph.encoded for photograph in sample}) == len(sample) == 8

    def test_bytes_are_those_of_the_installed_files(self):
        encoded = {photograph.id: photograph.encoded for photograph in read_sample()}
        flower = Path(sklearn.__file__).parent / "datasets" / "images" / "flower.jpg"
        coffee = Path(skimage.__file__).parent / "data" / "coffee.png"
        assert encoded["flower.jpg"] == flower.read_bytes()
        assert encoded["coffee.png"] == coffee.read_bytes()


class TestReadFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        for name in ["b.PNG", "a/2.jpeg", "a/10.Jpg", "Z.png", "é.jpg"]:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(name.encode())
        return tmp_path

    def test_files_are_sorted_by_relative_path(self, folder):
        photographs = read_folder(folder)
        expected = ["Z.png", "a/10.Jpg", "a/2.jpeg", "b.PNG", "é.jpg"]
        assert [photograph.id for photograph in photographs] == list(photographs.ids) == expected
        assert [photograph.encoded.decode() for photograph in photographs] == expected

    def test_other_and_hidden_files_are_left_out(self, folder):
        before = list(read_folder(folder).ids)
        for name in ["notes.txt", "c.gif", "jpg", "._b.png", ".cache/d.png", "e.avif"]:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(b"")
        (folder / "folder.png").mkdir()
        assert list(read_folder(folder).ids) == before

    def test_a_hidden_parent_hides_nothing(self, tmp_path):
        (tmp_path / ".hidden").mkdir()
        (tmp_path / ".hidden" / "a.png").write_bytes(b"")
        assert list(read_folder(tmp_path / ".hidden").ids) == ["a.png"]

    def test_a_file_is_read_when_it_is_asked_for(self, folder):
        photographs = read_folder(folder)
        (folder / "Z.png").write_bytes(b"written later")
        assert photographs[0].encoded == b"written later"

    def test_there_are_no_slices(self, folder):
        with pytest.raises(TypeError):
            read_folder(folder)[1:3]
        assert read_folder(folder)[-1].id == "é.jpg"
        with pytest.raises(IndexError):
            read_folder(folder)[5]

    def test_a_file_that_went_away_is_named(self, folder):
        photographs = read_folder(folder)
        (folder / "b.PNG").unlink()
        with pytest.raises(InputError, match=r"Photograph .*b\.PNG can't be read: No such file"):
            photographs[3]

    def test_the_home_directory_may_be_a_tilde(self, folder, monkeypatch):
        monkeypatch.setenv("HOME", str(folder))
        assert list(read_folder("~/a").ids) == ["10.Jpg", "2.jpeg"]

    def test_missing_folder(self, tmp_path):
        with pytest.raises(
            InputError, match=r"^photographs\.path must be a folder\. .* does not exist: .*nowhere$"
        ):
            read_folder(tmp_path / "nowhere")

    def test_not_a_folder(self, folder):
        with pytest.raises(
            InputError, match=r"photographs\.path must be a folder\. Received a file: .*b\.PNG"
        ):
            read_folder(folder / "b.PNG")

    def test_files_of_another_suffix_are_left_out_with_one_line(self, folder, caplog):
        for name in ("a/frog.gif", "b.avif", ".hidden.webp"):
            (folder / name).write_bytes(b"")
        assert len(read_folder(folder)) == 5
        suffixes = ".bmp, .jfif, .jpe, .jpeg, .jpg, .png, .tif, .tiff, .webp"
        assert caplog.messages == [f"Skipped in {folder}, where only {suffixes} are read: a/frog.gif, b.avif"]

    def test_of_very_many_that_are_left_out_ten_are_named(self, folder, caplog):
        for number in range(13):
            (folder / f"{number:02}.txt").write_bytes(b"")
        read_folder(folder)
        assert caplog.messages[0].endswith(": " + ", ".join(f"{n:02}.txt" for n in range(10)) + " and 3 more")

    @pytest.mark.parametrize("name", ["c.jfif", "c.JPE", "c.tif", "c.TIFF", "c.webp", "c.bmp"])
    def test_every_suffix_that_upscaling_reads(self, folder, name):
        (folder / name).write_bytes(b"")
        assert name in list(read_folder(folder).ids)
        assert name in [file.name for file in plan_files(str(folder), f"{folder}-out", preview=False)]

    def test_where_none_is_left_out_nothing_is_said(self, folder, caplog):
        read_folder(folder)
        assert caplog.messages == []

    def test_what_is_no_regular_file_is_not_read(self, folder):
        os.mkfifo(folder / "pipe.jpg")  # reading it would wait for ever
        assert "pipe.jpg" not in list(read_folder(folder).ids)

    def test_links_are_followed(self, folder, tmp_path_factory):
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        (elsewhere / "c.png").write_bytes(b"of another folder")
        (folder / "linked").symlink_to(elsewhere)
        (folder / "Z2.png").symlink_to(elsewhere / "c.png")
        photographs = read_folder(folder)
        assert {"linked/c.png", "Z2.png"} < {photograph.id for photograph in photographs}
        assert photographs[1].encoded == b"of another folder"

    def test_two_links_to_one_folder_are_no_circle(self, folder):
        for name in ("again", "once more"):
            (folder / name).symlink_to(folder / "a")
        assert len(read_folder(folder)) == 9

    @pytest.mark.parametrize(
        ("link", "target", "reason"),
        [
            ("gone", "nowhere", "No such file"),
            ("round", "round", "Too many levels of symbolic links"),
            ("a/up", "..", "a link to a folder that it lies in"),
        ],
    )
    def test_a_link_that_leads_nowhere_or_in_circles_is_named(self, folder, link, target, reason):
        (folder / link).symlink_to(target)
        with pytest.raises(InputError, match=rf"^photographs\.path .*, where {link} can't be read: {reason}"):
            read_folder(folder)

    @pytest.mark.parametrize(
        ("target", "reason"), [("nowhere.png", "No such file"), ("gone.png", "Too many levels of symbolic")]
    )
    def test_a_broken_link_to_an_image_is_an_image_that_can_not_be_read(self, folder, target, reason):
        (folder / "gone.png").symlink_to(target)
        photographs = read_folder(folder)
        position = list(photographs.ids).index("gone.png")
        with pytest.raises(InputError, match=rf"^Photograph .*/gone\.png can't be read: {reason}"):
            photographs[position]

    @pytest.mark.parametrize(
        ("name", "shown"), [(b"caf\xe9.jpg", r"'caf\udce9.jpg'"), (b"a\rb.png", r"'a\rb.png'")]
    )
    def test_a_name_that_no_csv_can_hold_is_named(self, folder, name, shown):
        (folder / os.fsdecode(name)).write_bytes(b"")
        with pytest.raises(InputError, match=r"^Names of photographs must be UTF-8") as caught:
            read_folder(folder)
        assert f"Received: {shown}." in str(caught.value)

    @pytest.mark.parametrize("path", ["~nobody_of_that_name/photographs", "a\0b", "a" * 300])
    def test_a_path_that_can_not_be(self, path):
        with pytest.raises(InputError, match=r"^photographs\.path must be a folder"):
            read_folder(path)

    def test_empty_folder(self, tmp_path):
        (tmp_path / "notes.txt").write_text("no photographs")
        with pytest.raises(
            InputError, match=rf"photographs\.path must contain .* Received none in: {tmp_path}$"
        ):
            read_folder(tmp_path)


@pytest.fixture(scope="module")
def tfds_directory(tmp_path_factory):
    """Two tiny datasets as TFDS prepares them: one of images, one of numbers."""
    directory = tmp_path_factory.mktemp("tensorflow_datasets")
    images = [np.full((2, 3, 3), 10 * number, np.uint8) for number in range(7)]
    prepare(
        directory,
        "tiny",
        {"image": tfds.features.Image(shape=(None, None, 3), encoding_format="png")},
        images,
    )
    png = tfds.features.Image(shape=(None, None, 3), encoding_format="png")
    pairs = [(images[number], images[0] + np.uint8(100 + 10 * number)) for number in range(3)]
    prepare(directory, "pairs", {"lr": png, "hr": png}, pairs)
    prepare(directory, "other", {"photo": png}, images)
    prepare(directory, "held_out", {"image": png}, images, split="test")
    prepare(directory, "numbers", {"label": tfds.features.Scalar(np.int64)}, range(3))
    prepare(directory, "grids", {"image": tfds.features.Tensor(shape=(2, 3, 3), dtype=np.uint8)}, images)
    return directory


def prepare(directory, name, features, values, split="train"):
    def name_values(value):
        return dict(zip(features, value if len(features) > 1 else [value], strict=True))

    tfds.dataset_builders.store_as_tfds_dataset(
        name,
        version="1.0.0",
        features=tfds.features.FeaturesDict(features),
        split_datasets={split: [(f"{number}", name_values(value)) for number, value in enumerate(values)]},
        data_dir=os.fspath(directory),
    )


class TestReadTfds:
    @pytest.fixture(autouse=True)
    def data_directory(self, tfds_directory, monkeypatch):
        monkeypatch.setenv("TFDS_DATA_DIR", os.fspath(tfds_directory))

    def test_order_and_pixels_are_those_of_a_plain_load(self, tfds_directory):
        decoded = tfds.load("tiny", data_dir=os.fspath(tfds_directory))["train"].as_numpy_iterator()
        expected = [example["image"][0, 0, 0] for example in decoded]
        photographs = read_tfds("tiny")
        assert expected != sorted(expected)  # TFDS stores examples in an order of its own
        assert [np.asarray(Image.open(io.BytesIO(one.encoded)))[0, 0, 0] for one in photographs] == expected

    def test_ids_are_numbers_in_that_order(self):
        assert list(read_tfds("tiny").ids)[:2] == ["tiny/00000", "tiny/00001"]

    def test_unknown_dataset(self, tfds_directory):
        with pytest.raises(InputError) as caught:
            read_tfds("no_such_dataset")
        message = str(caught.value)
        assert "photographs.name=no_such_dataset" in message
        assert "Dataset no_such_dataset not found" in message
        assert f"data directory {tfds_directory}" in message
        assert "Set TFDS_DATA_DIR" in message
        assert "photographs.source=folder or sample" in message
        assert "\n" not in message

    def test_of_pairs_hr_is_taken(self):
        values = [np.asarray(Image.open(io.BytesIO(one.encoded)))[0, 0, 0] for one in read_tfds("pairs")]
        assert sorted(values) == [100, 110, 120]

    @pytest.mark.parametrize(
        ("name", "found"),
        [("numbers", "label (Scalar)"), ("grids", "image (Tensor)"), ("other", "photo (Image)")],
    )
    def test_dataset_without_images_says_what_it_has(self, name, found):
        with pytest.raises(InputError) as caught:
            read_tfds(name)
        assert str(caught.value) == (
            f"photographs.name={name} must be a dataset with a split train and a feature image or hr with "
            f"images. Received one with splits train and features {found}. Choose another, or "
            "photographs.source=folder or sample."
        )

    def test_dataset_without_a_training_part_says_which_it_has(self):
        with pytest.raises(InputError, match=r"^photographs\.name=held_out .*with splits test and"):
            read_tfds("held_out")

    def test_no_network(self, monkeypatch):
        def fail(*args, **kwargs):
            raise ConnectionError("Max retries exceeded\nand a second line")

        monkeypatch.setattr(tfds, "load", fail)
        monkeypatch.delenv("TFDS_DATA_DIR")
        with pytest.raises(
            InputError, match=r"~/tensorflow_datasets \(ConnectionError: Max retries exceeded\)\. Set"
        ):
            read_tfds("tf_flowers")
