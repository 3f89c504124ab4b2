from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan_report.data.benchmark_layouts import find_pictures
from srgan_report.data.benchmark_sets import read_picture
from srgan_report.errors import InputError

IMAGES = {"Set5": ["baby", "bird"]}


@pytest.fixture
def save(tmp_path):
    def save(*names, size=(8, 12)):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(np.zeros((*size, 3), np.uint8)).save(path)

    return save


class TestFind:
    @pytest.mark.parametrize(
        "form", ["{}.png", "{}_x4.png", "{}x4.PNG", "{}_SR.png", "{}x4_SwinIR.jpg", "{}-out.png"]
    )
    def test_finds_what_programs_call_them(self, tmp_path, save, form):
        save(*(f"set5/{form.format(name)}" for name in ("baby", "bird")))
        found = find_pictures("theirs", tmp_path, IMAGES)
        assert found == {"Set5": {name: tmp_path / "set5" / form.format(name) for name in ("baby", "bird")}}

    def test_a_longer_name_takes_its_own(self, tmp_path, save):
        save("Set5/img_1_x4.png", "Set5/img_1_2_x4.png", "Set5/img_10_x4.png", "Set5/notes_x4.png")
        found = find_pictures("theirs", tmp_path, {"Set5": ["img_1", "img_1_2", "img_10"]})
        assert {name: path.name for name, path in found["Set5"].items()} == {
            "img_1": "img_1_x4.png",
            "img_1_2": "img_1_2_x4.png",
            "img_10": "img_10_x4.png",
        }

    def test_a_set_that_it_lacks_is_left_out_with_a_warning(self, tmp_path, save, caplog):
        save("Set5/baby.png", "Set5/bird.png")
        found = find_pictures("theirs", tmp_path, {**IMAGES, "Set14": ["lenna"]})
        assert list(found) == ["Set5"]
        assert caplog.messages == ["theirs is not measured on Set14: no such folder"]

    def test_names_what_is_missing(self, tmp_path, save):
        save("Set5/baby.png", "Set5/birdie.png")
        with pytest.raises(
            InputError, match=r"such as bird\.png or bird_x4\.png\. Missing in .*Set5: bird\."
        ):
            find_pictures("theirs", tmp_path, IMAGES)

    def test_refuses_two_of_one_image(self, tmp_path, save):
        save("Set5/baby.png", "Set5/baby_x4.png", "Set5/bird.png")
        with pytest.raises(InputError, match=r"two of baby: .*baby\.png and baby_x4\.png"):
            find_pictures("theirs", tmp_path, IMAGES)

    @pytest.mark.parametrize("folder", [".", "nowhere"])
    def test_refuses_a_folder_without_sets(self, tmp_path, folder):
        with pytest.raises(InputError, match=r"benchmark_sets\.others\.theirs must"):
            find_pictures("theirs", tmp_path / folder, IMAGES)


class TestReadPicture:
    def test_greyscale_becomes_rgb(self, tmp_path):
        levels = np.arange(96, dtype=np.uint8).reshape(8, 12)
        Image.fromarray(levels).save(tmp_path / "a.png")
        picture = read_picture(tmp_path / "a.png", 8, 12)
        np.testing.assert_array_equal(picture, np.stack([levels] * 3, axis=-1))

    def test_refuses_another_size(self, tmp_path, save):
        save("a.png")
        with pytest.raises(InputError, match=r"8 high and 16 wide. Received: .*a\.png is 8 high and 12 wide"):
            read_picture(tmp_path / "a.png", 8, 16)

    def test_names_a_file_that_is_gone(self):
        with pytest.raises(InputError, match=r"gone\.png can't be read: No such file"):
            read_picture(Path("gone.png"), 8, 16)
