"""Which photographs are held out, and what is checked of each."""

import base64
import io
import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from srgan_report.crops import decode
from srgan_report.errors import InputError
from srgan_report.photographs import FolderPhotographs, Photograph, read_tfds
from srgan_report.split import inspect, require_same_photographs, split_photographs

TF_FLOWERS = Path(__file__).parents[2] / "shared" / "tensorflow_datasets"

# Two rows of three red pixels; sha256sum of the decoded text is written out in the test.
RED_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP8zwAFTDAGAwATKQED8NgHhAAAAABJRU5ErkJggg=="
)


def encode(shape: tuple[int, int] = (8, 8), seed: int = 0, image_format: str = "PNG", **options) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, image_format, **options)
    return file.getvalue()


def make_photographs(count: int) -> list[Photograph]:
    return [Photograph(f"{number}.png", encode((8, 8 + number), number)) for number in range(count)]


class TestSplitPhotographs:
    def test_the_first_ones_are_held_out(self):
        split = split_photographs(make_photographs(5), validation_size=2)
        assert split.columns.tolist() == ["position", "id", "height", "width", "sha256", "subset"]
        assert split["position"].tolist() == [0, 1, 2, 3, 4]
        assert split["id"].tolist() == ["0.png", "1.png", "2.png", "3.png", "4.png"]
        assert split["height"].tolist() == [8] * 5
        assert split["width"].tolist() == [8, 9, 10, 11, 12]
        assert split["subset"].tolist() == ["validation"] * 2 + ["training"] * 3

    @pytest.mark.parametrize("validation_size", [10, 600])
    def test_validation_size_must_be_below_the_number_of_photographs(self, validation_size):
        message = (
            r"^split\.validation_size must be below the number of photographs \(10\)\. "
            rf"Received: {validation_size}\.$"
        )
        with pytest.raises(InputError, match=message):
            split_photographs(make_photographs(10), validation_size)

    @pytest.mark.parametrize("validation_size", [0, -1])
    def test_validation_size_must_be_positive(self, validation_size):
        with pytest.raises(
            InputError, match=rf"split\.validation_size must be at least 1\. .*: {validation_size}\."
        ):
            split_photographs(make_photographs(3), validation_size)

    def test_one_file_in_both_subsets_is_an_error_that_names_both(self):
        photographs = make_photographs(4)
        photographs.append(Photograph("copy.png", photographs[1].encoded))
        with pytest.raises(InputError, match=r"1\.png \(validation\) and copy\.png \(training\)"):
            split_photographs(photographs, 2)

    @pytest.mark.parametrize("validation_size", [1, 4])
    def test_one_file_twice_in_one_subset_is_allowed(self, validation_size):
        photographs = make_photographs(5)
        photographs[2] = Photograph("copy.png", photographs[1].encoded)
        assert split_photographs(photographs, validation_size)["sha256"].nunique() == 4

    def test_a_damaged_photograph_is_named(self):
        photographs = [*make_photographs(3), Photograph("holidays/broken.jpg", b"")]
        with pytest.raises(InputError, match=r"Photograph holidays/broken\.jpg"):
            split_photographs(photographs, 1)


class TestInspect:
    def test_size_and_digest(self):
        digest = "e3912111240cc23d3907176b114871cb7c9c47e3f55202afa61554de07f4baa9"
        assert inspect(Photograph("red.png", RED_PNG)) == (2, 3, digest)

    @pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "I;16"])
    def test_every_kind_of_png_is_accepted(self, mode):
        file = io.BytesIO()
        Image.new(mode, (7, 5)).save(file, "PNG")
        assert inspect(Photograph("a.png", file.getvalue()))[:2] == (5, 7)

    @pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
    def test_every_kind_of_jpeg_is_accepted(self, mode):
        file = io.BytesIO()
        Image.new(mode, (7, 5)).save(file, "JPEG")
        assert inspect(Photograph("a.jpg", file.getvalue()))[:2] == (5, 7)

    def test_exif_orientation_is_ignored_as_in_decoding(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # rotate by 90 degrees to view
        encoded = encode((5, 7), image_format="JPEG", exif=exif)
        assert inspect(Photograph("a.jpg", encoded))[:2] == (5, 7) == decode(encoded).shape[:2]

    @pytest.mark.parametrize("image_format", ["PNG", "JPEG"])
    @pytest.mark.parametrize("kept", [-1, -20, 100, 30])
    def test_a_truncated_file_is_named(self, image_format, kept):
        encoded = encode((16, 16), image_format=image_format)[:kept]
        with pytest.raises(InputError, match=r"^Photograph cut\.jpg is damaged"):
            inspect(Photograph("cut.jpg", encoded))

    @pytest.mark.parametrize("image_format", ["GIF", "BMP", "TIFF", "WEBP"])
    def test_another_format_is_refused_whatever_its_name(self, image_format):
        with pytest.raises(InputError, match=r"^Photograph a\.png must be a JPEG or PNG image"):
            inspect(Photograph("a.png", encode(image_format=image_format)))

    @pytest.mark.parametrize("encoded", [b"", b"\xff\xd8", b"<html>Not found</html>"])
    def test_a_file_that_is_no_image_is_named(self, encoded):
        with pytest.raises(InputError, match=r"^Photograph a\.jpg must be a JPEG or PNG image"):
            inspect(Photograph("a.jpg", encoded))


class TestRequireSamePhotographs:
    def test_the_same_pass(self):
        photographs = make_photographs(3)
        require_same_photographs(photographs, split_photographs(photographs, 1))

    def test_a_folder_is_not_read(self, tmp_path):
        split = split_photographs(make_photographs(2), 1)
        require_same_photographs(FolderPhotographs(tmp_path, ["0.png", "1.png"]), split)

    @pytest.mark.parametrize("change", [list.reverse, list.pop, lambda photographs: photographs.pop(1)])
    def test_others_are_an_error(self, change):
        photographs = make_photographs(4)
        split = split_photographs(photographs, 1)
        change(photographs)
        with pytest.raises(
            InputError, match=r"saved split \(4, the first is 0\.png\).*Run the data_split pipeline"
        ):
            require_same_photographs(photographs, split)


@pytest.mark.skipif(not TF_FLOWERS.is_dir(), reason="needs tf_flowers in ../shared/tensorflow_datasets")
class TestTfFlowers:
    @pytest.fixture(scope="class")
    def photographs(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TFDS_DATA_DIR", os.fspath(TF_FLOWERS))
            yield read_tfds("tf_flowers")

    def test_the_first_600_of_3670_are_held_out(self, photographs):
        split = split_photographs(photographs, 600)
        assert len(split) == 3670
        assert split["subset"].tolist() == ["validation"] * 600 + ["training"] * 3070
        assert (split["height"].min(), split["height"].max()) == (159, 442)
        assert (split["width"].min(), split["width"].max()) == (143, 1024)
        assert split["sha256"].nunique() == 3667

    def test_order_and_pixels_are_the_articles(self, photographs):
        train = tfds.load("tf_flowers", data_dir=os.fspath(TF_FLOWERS))["train"]
        for start in (0, 598):
            for position, example in enumerate(train.skip(start).take(4).as_numpy_iterator(), start):
                np.testing.assert_array_equal(decode(photographs[position].encoded), example["image"])
