import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan_report.data.benchmark_layouts import LAYOUTS
from srgan_report.data.benchmark_sets import read_sets
from srgan_report.errors import InputError

SETS = Path(__file__).parents[3] / "shared" / "sr_benchmarks"
CASES = SETS.parent / "cases" / "08_benchmark_layouts"


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

    @pytest.mark.parametrize("root", [None, "", "nowhere", "~no-such-user/sets"])
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

    def test_a_set_in_no_known_layout_is_named_with_all_that_are(self, tmp_path):
        write(tmp_path / "Set5" / "first" / "baby.png", 48, 48)
        with pytest.raises(InputError, match=rf"NAME_HR\.png and .*none in: {tmp_path}/Set5$") as caught:
            read(tmp_path, "Set5")
        assert all(str(layout) in str(caught.value) for layout in LAYOUTS)

    @pytest.mark.parametrize("kept", ["HR", "LR"])
    def test_an_image_without_its_partner_is_named(self, tmp_path, kept):
        write_pair(tmp_path / "Set5", "baby")
        write(tmp_path / "Set5" / f"bird_{kept}.png", 48, 48)
        with pytest.raises(
            InputError, match=rf"_LR\.png\. Received alone: {tmp_path}/Set5/bird_{kept}\.png\. Add"
        ):
            read(tmp_path, "Set5")

    def test_a_bad_pair_shows_before_anything_is_measured(self, tmp_path):
        write_pair(tmp_path / "Set5", "baby")
        write_pair(tmp_path / "Set14", "zebra", low=(12, 15))
        with pytest.raises(InputError, match="zebra_HR"):
            read(tmp_path, "Set5", "Set14")


class TestLayouts:
    @pytest.mark.parametrize(
        ("high", "low"),
        [
            ("Set5/{}_HR.PNG", "Set5/{}_LR.PNG"),
            ("Set5/{}_HR.bmp", "Set5/{}_LR.png"),
            ("set5/{}_HR.png", "set5/{}_LR.png"),
            ("Set5/image_SRF_4/{}_SRF_4_HR.png", "Set5/image_SRF_4/{}_SRF_4_LR.png"),
            ("Set5/HR/{}.png", "Set5/LR_bicubic/X4/{}x4.png"),
            ("Set5/HR/{}.png", "Set5/LR_bicubic/x4/{}.png"),
            ("Set5/GTmod12/{}.png", "Set5/LRbicx4/{}.png"),
            ("Set5_HR/{}.png", "Set5_LR_bicubic/X4/{}x4.png"),
            ("Set5/Set5_valid_HR/{}.png", "Set5/Set5_valid_LR_bicubic/X4/{}x4.png"),
            ("HR/Set5/x4/{}_HR_x4.png", "LR/LRBI/Set5/x4/{}_LRBI_x4.png"),
            ("Set5/HR/{}.png", "Set5/LR/{}.png"),
        ],
    )
    def test_every_one_is_found(self, tmp_path, high, low, caplog):
        for name in ("bird", "baby"):
            write(tmp_path / high.format(name), 48, 64, 1)
            write(tmp_path / low.format(name), 12, 16, 2)
        for folder in {(tmp_path / high).parent, (tmp_path / low).parent}:
            (folder / "._baby.png").write_bytes(b"what macOS leaves")
            (folder / "Thumbs.db").write_bytes(b"what Windows leaves")
        sets = read(tmp_path, "Set5")
        assert [pair.name for pair in sets["Set5"]] == ["baby", "bird"]
        assert [pair.read()[1].shape for pair in sets["Set5"]] == [(12, 16, 3)] * 2
        assert caplog.messages == []

    def test_results_of_others_are_left_out(self, tmp_path):
        folder = tmp_path / "Set5" / "image_SRF_4"
        for kind, shape in (("HR", (48, 64)), ("LR", (12, 16)), ("SRCNN", (48, 64)), ("bicubic", (48, 64))):
            write(folder / f"img_001_SRF_4_{kind}.png", *shape)
        assert [pair.name for pair in read(tmp_path, "Set5")["Set5"]] == ["img_001"]

    def test_other_scales_are_left_out(self, tmp_path):
        write(tmp_path / "Set5" / "HR" / "baby.png", 48, 64)
        for scale in (2, 3, 4):
            write(
                tmp_path / "Set5" / "LR_bicubic" / f"X{scale}" / f"babyx{scale}.png", 48 // scale, 64 // scale
            )
        (pair,) = read(tmp_path, "Set5")["Set5"]
        assert pair.low_resolution == tmp_path / "Set5" / "LR_bicubic" / "X4" / "babyx4.png"

    @pytest.mark.parametrize("folder", ["BSDS100", "B100", "BSD100", "bsds100"])
    def test_bsd100_has_several_names(self, tmp_path, folder):
        write_pair(tmp_path / folder, "3096")
        assert list(read(tmp_path, "BSD100")) == ["BSD100"]

    @pytest.mark.parametrize("name", ["DIV2K", "DIV2K_valid"])
    @pytest.mark.parametrize("above", ["", "DIV2K"])
    def test_div2k_has_two_names_and_places(self, tmp_path, name, above):
        write(tmp_path / above / "DIV2K_valid_HR" / "0801.png", 48, 64)
        write(tmp_path / above / "DIV2K_valid_LR_bicubic" / "X4" / "0801x4.png", 12, 16)
        assert [pair.name for pair in read(tmp_path, name)[name]] == ["0801"]

    @pytest.mark.parametrize("folder", ["Set5", "Set5/HR", "Set5/GTmod12", "Set5/original", "Set5_HR"])
    def test_of_hr_alone_the_copies_are_made(self, tmp_path, folder, caplog):
        high = write(tmp_path / folder / "baby.png", 51, 65)
        (pair,) = read(tmp_path, "Set5")["Set5"]
        made_high, made_low = pair.read()
        np.testing.assert_array_equal(made_high, high[:48, :64])
        expected = np.asarray(Image.fromarray(high[:48, :64]).resize((16, 12), Image.Resampling.BICUBIC))
        assert made_low.dtype == np.float32
        np.testing.assert_allclose(made_low * 255, expected, atol=1.01)
        np.testing.assert_allclose(made_low * 255, np.rint(made_low * 255), atol=1e-4)
        assert caplog.messages == [
            "Set5 has only HR: making LR by bicubic interpolation with antialiasing, 8 bits"
        ]

    def test_of_hr_alone_too_small_ones_are_named(self, tmp_path):
        write(tmp_path / "Set5" / "baby.png", 43, 39)
        with pytest.raises(InputError, match=r"baby\.png is 43 high and 39 wide\.$"):
            read(tmp_path, "Set5")

    @pytest.mark.parametrize(
        ("lost", "message"),
        [
            ("HR/bird.png", r"alone: .*X4/birdx4\.png\. Add"),
            ("LR_bicubic/X4/birdx4.png", r"alone: .*HR/bird\.png\. Add"),
        ],
    )
    def test_an_image_without_its_partner_is_named(self, tmp_path, lost, message):
        for name in ("baby", "bird"):
            write(tmp_path / "Set5" / "HR" / f"{name}.png", 48, 64)
            write(tmp_path / "Set5" / "LR_bicubic" / "X4" / f"{name}x4.png", 12, 16)
        (tmp_path / "Set5" / lost).unlink()
        with pytest.raises(InputError, match=message):
            read(tmp_path, "Set5")

    def test_copies_alone_are_no_hr(self, tmp_path):
        write(tmp_path / "Set5" / "baby_LR.png", 48, 64)
        with pytest.raises(InputError, match=r"alone: .*baby_LR\.png\. Add"):
            read(tmp_path, "Set5")

    def test_two_files_of_one_image_are_named(self, tmp_path):
        write_pair(tmp_path / "Set5", "baby")
        write(tmp_path / "Set5" / "baby_HR.bmp", 48, 64)
        with pytest.raises(
            InputError, match=r"must be one file\. Received two of baby: .*baby_HR\.bmp and baby_HR\.png"
        ):
            read(tmp_path, "Set5")

    def test_all_are_documented(self):
        documented = (Path(__file__).parents[2] / "docs" / "fidelity.md").read_text(encoding="utf-8")
        assert [str(layout) for layout in LAYOUTS if str(layout) not in documented.replace("`", "")] == []

    @pytest.mark.skipif(not CASES.is_dir(), reason=f"there is no {CASES}")
    @pytest.mark.parametrize(
        ("case", "name", "images"),
        [("a", "Set5", 2), ("b", "DIV2K_valid", 2), ("d", "Set14", 2), ("f", "BSD100", 1), ("g", "Set5", 1)],
    )
    def test_sets_that_were_refused(self, case, name, images):
        assert len(read(CASES / case, name)[name]) == images
        assert len(read(CASES / "e" / "benchmark", "Set5")["Set5"]) == 2


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
            (20, "is damaged: it can't be decoded to its end"),
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
