import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan_report.data.benchmark_sets import read_sets
from srgan_report.errors import InputError

SETS = Path(__file__).parents[3] / "shared" / "sr_benchmarks"


def write(path, height, width, seed=0, mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (height, width, 3) if mode == "RGB" else (height, width)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels, mode).save(path)
    return pixels


def write_pair(folder, name, high=(48, 64), low=(12, 16), mode="RGB"):
    """Writes random images of these heights and widths; returns their pixels, HR first."""
    return write(folder / f"{name}_HR.png", *high, 1, mode), write(folder / f"{name}_LR.png", *low, 2, mode)


def read(root, *names):
    return read_sets(str(root), names)


class TestReadSets:
    def test_finds_the_pairs_of_each_set_in_order(self, tmp_path):
        for name in ("woman", "baby", "a_HR"):
            write_pair(tmp_path / "Set5", name)
        write_pair(tmp_path / "mine", "cat")
        (tmp_path / "mine" / "._cat_HR.png").write_bytes(b"what macOS leaves")
        (tmp_path / "mine" / "readme.txt").write_text("Not an image.")
        sets = read(tmp_path, "mine", "Set5")
        assert {name: [pair.name for pair in pairs] for name, pairs in sets.items()} == {
            "mine": ["cat"],
            "Set5": ["a_HR", "baby", "woman"],
        }
        assert list(sets) == ["mine", "Set5"]

    def test_a_set_that_is_not_there_is_skipped_with_one_line(self, tmp_path, caplog):
        write_pair(tmp_path / "Set5", "baby")
        with caplog.at_level(logging.INFO):
            assert list(read(tmp_path, "BSD100", "Set5")) == ["Set5"]
        assert caplog.messages == [
            f"Skipped the benchmark set BSD100: there is no folder {tmp_path / 'BSD100'}"
        ]

    @pytest.mark.parametrize("root", [None, "", "nowhere"])
    def test_without_a_root_says_how_to_give_one(self, root):
        with pytest.raises(
            InputError,
            match=rf"^benchmark_sets\.root must .* Received: {root}\..*benchmark_sets\.root=FOLDER",
        ):
            read_sets(root, ["Set5"])

    def test_without_any_of_the_sets_says_where_it_looked(self, tmp_path):
        write_pair(tmp_path / "mine", "cat")
        with pytest.raises(InputError, match=rf"one of Set5, Set14\. Received none in: {tmp_path}\. .*sets="):
            read(tmp_path, "Set5", "Set14")

    def test_a_set_without_pairs_is_named(self, tmp_path):
        write(tmp_path / "Set5" / "baby.png", 48, 48)
        with pytest.raises(InputError, match=rf"NAME_HR\.png and .*none in: {tmp_path}/Set5$"):
            read(tmp_path, "Set5")

    @pytest.mark.parametrize(("kept", "lost"), [("HR", "LR"), ("LR", "HR")])
    def test_an_image_without_its_partner_is_named(self, tmp_path, kept, lost):
        write_pair(tmp_path / "Set5", "baby")
        write(tmp_path / "Set5" / f"bird_{kept}.png", 48, 48)
        with pytest.raises(InputError, match=rf"{tmp_path}/Set5/bird_{kept}\.png without bird_{lost}\.png"):
            read(tmp_path, "Set5")

    def test_a_bad_pair_shows_before_anything_is_measured(self, tmp_path):
        write_pair(tmp_path / "Set5", "baby")
        write_pair(tmp_path / "Set14", "zebra", low=(12, 15))
        with pytest.raises(InputError, match="zebra_HR"):
            read(tmp_path, "Set5", "Set14")


class TestImagePair:
    def test_reads_the_pixels_as_they_are_stored(self, tmp_path):
        high, low = write_pair(tmp_path / "Set5", "baby")
        (pair,) = read(tmp_path, "Set5")["Set5"]
        high_resolution, low_resolution = pair.read()
        assert (high_resolution.dtype, low_resolution.dtype) == (np.uint8, np.float32)
        np.testing.assert_array_equal(high_resolution, high)
        np.testing.assert_allclose(low_resolution, low / 255, atol=1e-7)

    def test_crops_up_to_three_pixels_of_hr_at_the_right_and_the_bottom(self, tmp_path):
        high, _ = write_pair(tmp_path / "Set5", "baby", high=(51, 65), low=(12, 16))
        (pair,) = read(tmp_path, "Set5")["Set5"]
        np.testing.assert_array_equal(pair.read()[0], high[:48, :64])

    def test_greyscale_becomes_rgb(self, tmp_path):
        high, low = write_pair(tmp_path / "Set5", "baby", mode="L")
        (pair,) = read(tmp_path, "Set5")["Set5"]
        for image, grey in zip(pair.read(), (high, low / 255), strict=True):
            np.testing.assert_allclose(image, np.stack([grey] * 3, axis=-1), atol=1e-7)

    @pytest.mark.parametrize(("mode", "greyscale"), [("L", True), ("RGB", False)])
    def test_tells_a_greyscale_hr(self, tmp_path, mode, greyscale):
        write_pair(tmp_path / "Set5", "baby", mode=mode)
        (pair,) = read(tmp_path, "Set5")["Set5"]
        assert pair.greyscale is greyscale

    @pytest.mark.parametrize("high", [(47, 64), (52, 64), (48, 63), (48, 68), (12, 16)])
    def test_sizes_that_do_not_fit_are_named(self, tmp_path, high):
        write_pair(tmp_path / "Set5", "baby", high=high)
        with pytest.raises(InputError) as caught:
            read(tmp_path, "Set5")
        assert str(caught.value).endswith(
            f"Received: {tmp_path}/Set5/baby_HR.png is {high[0]} high and {high[1]} wide, "
            "baby_LR.png 12 high and 16 wide."
        )

    @pytest.mark.parametrize(("high", "low"), [((36, 64), (9, 16)), ((64, 39), (16, 9))])
    def test_images_too_small_to_measure_are_named(self, tmp_path, high, low):
        write_pair(tmp_path / "Set5", "baby", high=high, low=low)
        with pytest.raises(InputError, match=r"at least 40 pixels.*baby_HR"):
            read(tmp_path, "Set5")

    @pytest.mark.parametrize("which", ["HR", "LR"])
    @pytest.mark.parametrize(
        ("length", "fault"),
        [
            (0, "must be a JPEG, PNG, WebP, TIFF or BMP image"),
            (20, "is damaged: its header can't be read"),
            (-20, "is damaged: it can't be decoded to its end"),
        ],
    )
    def test_a_file_cut_short_is_named(self, tmp_path, which, length, fault):
        write_pair(tmp_path / "Set5", "baby")
        path = tmp_path / "Set5" / f"baby_{which}.png"
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(InputError, match=rf"^Photograph {path} {fault}"):
            read(tmp_path, "Set5")

    def test_a_file_that_is_none_is_named(self, tmp_path):
        write_pair(tmp_path / "Set5", "baby")
        path = tmp_path / "Set5" / "baby_LR.png"
        path.unlink()
        path.mkdir()
        with pytest.raises(InputError, match=rf"^Photograph {path} can't be read: Is a directory"):
            read(tmp_path, "Set5")


@pytest.mark.skipif(not SETS.is_dir(), reason=f"Set5 and Set14 are not in {SETS}")
def test_the_fields_own_files_are_read():
    sets = read(SETS, "Set5", "Set14")
    assert {name: len(pairs) for name, pairs in sets.items()} == {"Set5": 5, "Set14": 14}
    shapes = [(high.shape, low.shape) for pairs in sets.values() for high, low in (p.read() for p in pairs)]
    assert all(high == (4 * low[0], 4 * low[1], 3) for high, low in shapes)
