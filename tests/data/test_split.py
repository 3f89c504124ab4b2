"""Which photographs are held out, and what is checked of each."""

import base64
import io
import logging
import os
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from srgan_report.data.decoding import decode, warn_once
from srgan_report.data.image_safety import MAX_PIXELS
from srgan_report.data.photographs import Photograph, Photographs, read_folder, read_tfds
from srgan_report.data.split import (
    inspect,
    large_enough,
    map_in_threads,
    require_same_photographs,
    split_photographs,
)
from srgan_report.errors import InputError
from srgan_report.provenance.fingerprints import fingerprint_split
from tests.data.numbered_photographs import Listed

TF_FLOWERS = Path(__file__).parents[3] / "shared" / "tensorflow_datasets"

# Two rows of three red pixels; sha256sum of the decoded text is written out in the test.
RED_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP8zwAFTDAGAwATKQED8NgHhAAAAABJRU5ErkJggg=="
)


def encode(shape: tuple[int, int] = (8, 8), seed: int = 0, image_format: str = "PNG", **options) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, image_format, **options)
    return file.getvalue()


def blank_png(height: int, width: int) -> bytes:
    """A black PNG of any size, in a few kilobytes: one bit a pixel."""
    rows = zlib.compress(bytes(height * (1 + -(-width // 8))))
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)),
        (b"IDAT", rows),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def make_photographs(count: int) -> Listed:
    return Listed(Photograph(f"{number}.png", encode((8, 8 + number), number)) for number in range(count))


def split_in_two(photographs, validation_size, crop_size=8, too_small="error", **options):
    if not isinstance(photographs, Photographs):
        photographs = Listed(photographs)
    return split_photographs(photographs, validation_size, crop_size, too_small, **options)


class TestSplitPhotographs:
    def test_the_first_ones_are_held_out(self):
        split = split_in_two(make_photographs(5), 2)
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
            split_in_two(make_photographs(10), validation_size)

    def test_those_left_out_are_in_neither_subset(self):
        split = split_in_two(make_photographs(5), 1, leave_out=2)
        assert split["subset"].tolist() == ["left_out"] * 2 + ["validation"] + ["training"] * 2

    def test_leaving_out_must_leave_photographs_to_train(self):
        message = (
            r"^split\.leave_out \+ split\.validation_size must be below the number of photographs \(4\)\. "
            r"Received: 4\.$"
        )
        with pytest.raises(InputError, match=message):
            split_in_two(make_photographs(4), 1, leave_out=3)

    def test_what_is_left_out_may_be_in_another_subset_too(self):
        photographs = make_photographs(4)
        photographs.append(Photograph("copy.png", photographs[0].encoded))
        assert len(split_in_two(photographs, 1, leave_out=1)) == 5

    def test_one_file_in_both_subsets_is_an_error_that_names_both(self):
        photographs = make_photographs(4)
        photographs.append(Photograph("copy.png", photographs[1].encoded))
        with pytest.raises(InputError, match=r"1\.png \(validation\) and copy\.png \(training\)"):
            split_in_two(photographs, 2)

    @pytest.mark.parametrize("validation_size", [1, 4])
    def test_one_file_twice_in_one_subset_is_allowed(self, validation_size):
        photographs = make_photographs(5)
        photographs[2] = Photograph("copy.png", photographs[1].encoded)
        assert split_in_two(photographs, validation_size)["sha256"].nunique() == 4

    def test_a_damaged_photograph_is_named(self):
        photographs = [*make_photographs(3), Photograph("holidays/broken.jpg", b"")]
        with pytest.raises(InputError, match=r"Photograph holidays/broken\.jpg"):
            split_in_two(photographs, 1)

    def test_a_photograph_too_small_for_the_crops_is_named(self):
        with pytest.raises(InputError, match=r"at least 12 pixels .*: 0\.png is 8 high and 8 wide"):
            split_in_two(make_photographs(3), 1, crop_size=12)

    def test_one_to_skip_is_in_the_split_all_the_same(self):
        photographs = [Photograph(f"{side}.png", encode((side, side))) for side in (16, 8, 20)]
        assert split_in_two(photographs, 1, 16, "skip")["height"].tolist() == [16, 8, 20]

    def test_skipping_must_leave_a_photograph_in_each_subset(self):
        with pytest.raises(InputError, match=r"^crops\.size must fit at least one validation photograph"):
            split_in_two([Photograph(f"{side}.png", encode((side, side))) for side in (8, 16)], 1, 16, "skip")

    def test_names_that_break_lines_are_escaped(self):
        photographs = [Photograph(name, encode()) for name in ("a\nb.png", "c\nd.png")]
        with pytest.raises(InputError, match=r"as 'a\\nb\.png' \(validation\) and 'c\\nd\.png' \(training\)"):
            split_in_two(photographs, 1)


class TestMapInThreads:
    @pytest.mark.parametrize("count", [0, 1, 3, 20])
    def test_results_come_in_order(self, count):
        def name_late(photograph):  # the sooner it is, the longer it takes
            time.sleep(0.01 * (count - int(photograph.id)))
            return photograph.id

        photographs = [Photograph(str(number), b"") for number in range(count)]
        assert list(map_in_threads(name_late, photographs)) == [str(number) for number in range(count)]

    def test_an_error_takes_the_place_of_a_result(self):
        def fail(photograph):
            if photograph.id in ("1", "5"):
                raise InputError(photograph.id)
            return photograph.id

        found = list(map_in_threads(fail, [Photograph(str(number), b"") for number in range(8)]))
        assert [str(each) for each in found] == [str(number) for number in range(8)]
        assert [number for number, each in enumerate(found) if isinstance(each, InputError)] == [1, 5]


class TestDamaged:
    def make(self, count, *damaged):
        photographs = make_photographs(count)
        for position in damaged:
            photographs[position] = Photograph(f"{position}.png", photographs[position].encoded[:-20])
        return photographs

    def test_one_is_an_error_that_says_how_to_leave_it_out(self):
        with pytest.raises(InputError) as caught:
            split_in_two(self.make(5, 3), 2)
        assert str(caught.value) == (
            "Photograph 3.png is damaged: it can't be decoded to its end. "
            "photographs.damaged=skip leaves it out."
        )

    def test_all_are_named_up_to_ten_and_counted(self):
        with pytest.raises(InputError) as caught:
            split_in_two(self.make(20, *range(4, 17)), 2)
        message = str(caught.value)
        assert message.startswith("13 of 20 photographs can't be read, and photographs.damaged=skip leaves ")
        assert [f"Photograph {position}.png is" in message for position in range(20)] == (
            [False] * 4 + [True] * 10 + [False] * 6
        )
        assert message.endswith("And 3 more.")

    def test_the_others_are_split_as_if_they_were_not_there(self, caplog):
        photographs = self.make(7, 0, 2, 5)
        split = split_photographs(photographs, 2, 8, "error", leave_out=1, damaged="skip")
        assert split["subset"].tolist() == [
            "damaged", "left_out", "damaged", "validation", "validation", "damaged", "training"
        ]  # fmt: skip
        assert split["position"].tolist() == list(range(7))
        assert split["id"].tolist() == photographs.ids
        assert (
            split.loc[split["subset"] == "damaged", ["height", "width"]].to_numpy().tolist() == [[0, 0]] * 3
        )
        (message,) = caplog.messages
        assert message.startswith("Left out 3 of 7 photographs: Photograph 0.png is damaged")

    def test_its_fingerprint_is_that_of_the_saved_split(self, tmp_path):
        split = split_photographs(self.make(5, 1), 2, 8, "error", damaged="skip")
        split.to_csv(tmp_path / "split.csv", index=False)
        assert fingerprint_split(pd.read_csv(tmp_path / "split.csv")) == fingerprint_split(split)

    def test_they_are_not_looked_at_again(self):
        photographs = self.make(5, 1)
        split = split_photographs(photographs, 2, 8, "error", damaged="skip")
        photographs[1] = Photograph("1.png", b"mended or not")
        require_same_photographs(photographs, split)
        assert large_enough(split, 8, "error")["position"].tolist() == [0, 2, 3, 4]

    def test_too_few_are_left(self):
        with pytest.raises(InputError, match=r"number of photographs \(2, without 3 that can't be read\)"):
            split_photographs(self.make(5, 0, 1, 2), 2, 8, "error", damaged="skip")

    def test_a_file_that_can_not_be_read_is_one_of_them(self, tmp_path):
        for number in range(3):
            (tmp_path / f"{number}.png").write_bytes(encode(seed=number))
        (tmp_path / "gone.png").symlink_to("nowhere")
        photographs = read_folder(tmp_path)
        with pytest.raises(InputError, match=r"gone\.png can't be read: No such file"):
            split_in_two(photographs, 1)
        split = split_photographs(photographs, 1, 8, "error", damaged="skip")
        require_same_photographs(photographs, split)
        assert split["subset"].tolist() == ["validation", "training", "training", "damaged"]


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

    @pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "TIFF"])
    @pytest.mark.parametrize(("orientation", "size"), [(1, (5, 7)), (3, (5, 7)), (6, (7, 5)), (8, (7, 5))])
    def test_exif_orientation_is_heeded(self, image_format, orientation, size):
        exif = Image.Exif()
        exif[0x0112] = orientation
        encoded = encode((5, 7), image_format=image_format, exif=exif)
        assert inspect(Photograph("a.jpg", encoded))[:2] == size

    @pytest.mark.parametrize("image_format", ["PNG", "JPEG"])
    @pytest.mark.parametrize("kept", [-1, -20, 100, 30])
    def test_a_truncated_file_is_named(self, image_format, kept):
        encoded = encode((16, 16), image_format=image_format)[:kept]
        with pytest.raises(InputError, match=r"^Photograph cut\.jpg .*is damaged"):
            inspect(Photograph("cut.jpg", encoded))

    def test_too_many_pixels_are_refused_by_the_header(self, monkeypatch):
        monkeypatch.setattr(
            "srgan_report.data.decoding.decode", lambda encoded: pytest.fail("it was decoded")
        )
        with pytest.raises(InputError, match=r"^Photograph bomb\.png must have at most 178,956,970 pixels\."):
            inspect(Photograph("bomb.png", blank_png(20_000, 20_000)))

    @pytest.mark.parametrize(
        "encoded",
        [blank_png(17_894, 10_000), encode(image_format="JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")],
        ids=["large", "damaged EXIF"],
    )
    def test_pillows_warnings_are_not_told(self, encoded):
        read = "from PIL import Image\nImage.open(sys.stdin.buffer).getexif()"
        for silenced, code in ((True, "import srgan_report.data.image_safety\n"), (False, "")):
            command = [sys.executable, "-W", "error", "-c", f"import sys\n{code}{read}"]
            done = subprocess.run(command, input=encoded, capture_output=True, check=False)
            assert (done.returncode == 0) == silenced

    def test_the_limit_is_pillows(self):
        assert MAX_PIXELS == 2 * Image.MAX_IMAGE_PIXELS

    def test_of_an_animated_png_the_first_frame_counts(self):
        file = io.BytesIO()
        frames = [Image.new("RGB", (7, 5), color) for color in ("red", "blue")]
        frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
        assert inspect(Photograph("a.png", file.getvalue()))[:2] == (5, 7)
        np.testing.assert_array_equal(decode(file.getvalue())[0, 0], (255, 0, 0))

    @pytest.mark.parametrize("image_format", ["BMP", "TIFF", "WEBP"])
    def test_other_formats_are_read_whatever_their_name(self, image_format):
        assert inspect(Photograph("a.png", encode((5, 7), image_format=image_format)))[:2] == (5, 7)

    @pytest.mark.parametrize(
        "encoded", [b"", b"<html>Not found</html>", encode(image_format="GIF"), b"II*\0", b"RIFF"]
    )
    def test_a_file_that_is_no_image_is_named(self, encoded):
        with pytest.raises(InputError, match=r"^Photograph a\.jpg (must be a JPEG, PNG|is damaged)"):
            inspect(Photograph("a.jpg", encoded))


class TestRequireSamePhotographs:
    def test_the_same_pass(self):
        photographs = make_photographs(3)
        require_same_photographs(photographs, split_in_two(photographs, 1))

    def test_a_photograph_that_changed_is_named(self):
        photographs = make_photographs(4)
        split = split_in_two(photographs, 1)
        for position in (1, 3):
            photographs[position] = Photograph(f"{position}.png", encode(seed=99))
        with pytest.raises(InputError, match=r"Received 2 that changed since: the first is 1\.png\. Run the"):
            require_same_photographs(photographs, split)

    @pytest.mark.parametrize("change", [list.reverse, list.pop, lambda photographs: photographs.pop(1)])
    def test_others_are_an_error(self, change):
        photographs = make_photographs(4)
        split = split_in_two(photographs, 1)
        change(photographs)
        with pytest.raises(
            InputError, match=r"saved split \(4, the first is 0\.png\).*Run the preparation again"
        ):
            require_same_photographs(photographs, split)


def make_split(*sizes: tuple[int, int], validation: int) -> pd.DataFrame:
    heights, widths = zip(*sizes, strict=True)
    subsets = ["validation"] * validation + ["training"] * (len(sizes) - validation)
    ids = [f"{position}.jpg" for position in range(len(sizes))]
    return pd.DataFrame(
        {"position": range(len(sizes)), "id": ids, "height": heights, "width": widths, "subset": subsets}
    )


class TestLargeEnough:
    SPLIT = make_split((32, 32), (31, 90), (90, 90), (90, 31), (64, 32), validation=2)

    @pytest.fixture(autouse=True)
    def forget_warnings(self):
        warn_once.cache_clear()

    def test_all_are_kept_where_all_are_large_enough(self, caplog):
        for too_small in ("error", "skip"):
            pd.testing.assert_frame_equal(large_enough(self.SPLIT, 28, too_small), self.SPLIT)
        assert caplog.messages == []

    def test_smaller_ones_are_an_error_that_names_the_first(self):
        message = (
            r"at least 32 pixels high and wide \(crops\.size\)\. Received 2 smaller: "
            r"1\.jpg is 31 high and 90 wide\. crops\.too_small=skip leaves such photographs out\."
        )
        with pytest.raises(InputError, match=message):
            large_enough(self.SPLIT, 32, "error")

    def test_smaller_ones_are_skipped_with_one_counted_warning(self, caplog):
        with caplog.at_level(logging.WARNING):
            for _ in range(7):
                rows = large_enough(self.SPLIT, 32, "skip")
        assert rows["position"].tolist() == [0, 2, 4]
        assert rows.columns.tolist() == self.SPLIT.columns.tolist()
        expected = "Left out 2 photographs smaller than crops.size=32: 1.jpg is 31 high and 90 wide."
        assert caplog.messages == [expected]

    @pytest.mark.parametrize(("size", "subset"), [(64, "validation"), (92, "validation")])
    def test_no_validation_photograph_left(self, size, subset):
        with pytest.raises(
            InputError, match=rf"crops\.size must fit at least one {subset} .*Received: {size}\."
        ):
            large_enough(self.SPLIT, size, "skip")

    def test_no_training_photograph_left(self):
        split = make_split((64, 64), (32, 32), validation=1)
        with pytest.raises(
            InputError, match=r"crops\.size must fit at least one training photograph\. Received: 64\."
        ):
            large_enough(split, 64, "skip")


@pytest.mark.skipif(not TF_FLOWERS.is_dir(), reason="needs tf_flowers in ../shared/tensorflow_datasets")
class TestTfFlowers:
    @pytest.fixture(scope="class")
    def photographs(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TFDS_DATA_DIR", os.fspath(TF_FLOWERS))
            yield read_tfds("tf_flowers")

    def test_the_first_600_of_3670_are_held_out(self, photographs):
        split = split_in_two(photographs, 600, 128)
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
