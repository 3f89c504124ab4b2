import io
import logging
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from srgan_report.errors import InputError
from srgan_report.inference import upscaling
from srgan_report.inference.photo_files import plan_files
from srgan_report.inference.upscaler import Upscaler
from srgan_report.inference.upscaling import draw_preview, find_missing, upscale_files, upscale_photo
from srgan_report.networks import build_generator, initialize

NOISE = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)


@pytest.fixture(scope="module")
def repeat():
    """Upscales by repeating pixels, through a network."""
    layers = [keras.Input((None, None, 3)), keras.layers.UpSampling2D(4), keras.layers.Rescaling(2.0, -1.0)]
    return Upscaler(keras.Sequential(layers))


def repeated(image):
    return np.asarray(image).repeat(4, axis=0).repeat(4, axis=1)


class TestUpscalePhoto:
    @pytest.mark.parametrize("mode", ["L", "RGB"])
    def test_colours_go_through_the_network(self, repeat, mode):
        photo = Image.fromarray(NOISE).convert(mode)
        upscaled = upscale_photo(photo, repeat)
        assert (upscaled.mode, upscaled.size) == (mode, (36, 24))
        np.testing.assert_array_equal(np.asarray(upscaled), repeated(photo))

    @pytest.mark.parametrize("mode", ["LA", "RGBA"])
    def test_alpha_is_upscaled_by_bicubic_interpolation(self, repeat, mode):
        photo = Image.fromarray(NOISE).convert(mode)
        alpha = Image.fromarray(NOISE[..., 0])
        photo.putalpha(alpha)
        upscaled = upscale_photo(photo, repeat)
        assert upscaled.mode == mode
        expected = alpha.resize((36, 24), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal(np.asarray(upscaled)[..., -1], np.asarray(expected))
        np.testing.assert_array_equal(np.asarray(upscaled)[..., :-1], repeated(photo)[..., :-1])

    def test_profile_stays(self, repeat):
        photo = Image.fromarray(NOISE)
        photo.info = {"icc_profile": b"profile"}
        assert upscale_photo(photo, repeat).info == {"icc_profile": b"profile"}

    @pytest.mark.parametrize("size", [(1, 1), (1, 60), (43, 2)])
    def test_smaller_than_the_halo_is_what_the_generator_gives(self, size):
        generator = initialize(build_generator(residual_blocks=1), "interpolating")
        width, height = size
        pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
        upscaled = upscale_photo(Image.fromarray(pixels), Upscaler(generator, tile_size=8))
        signed = generator(pixels[None].astype(np.float32) / 255).numpy()[0]
        expected = np.clip((signed + 1) / 2, 0, 1) * 255
        assert upscaled.size == (4 * width, 4 * height)
        np.testing.assert_allclose(np.asarray(upscaled), expected, atol=0.51)


class TestDrawPreview:
    def test_shows_bicubic_and_network_side_by_side_below_their_labels(self):
        noise = np.random.default_rng(1).integers(0, 256, (50, 60, 3), np.uint8)
        photo = Image.fromarray(noise)
        preview = draw_preview(photo, Image.fromarray(repeated(photo)), "SRGAN-MSE")
        pixels = np.asarray(preview)
        assert (preview.mode, preview.size) == ("RGB", (480, 232))
        bicubic = photo.resize((240, 200), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal(pixels[32:, :240], np.asarray(bicubic))
        np.testing.assert_array_equal(pixels[32:, 240:], repeated(photo))
        for label in (pixels[:32, :240], pixels[:32, 240:]):
            assert (label[0] == 255).all()
            assert label.min() < 100

    def test_shows_the_middle_of_a_large_one(self, monkeypatch):
        monkeypatch.setattr(upscaling, "_PREVIEW_SIDE", 40)
        noise = np.random.default_rng(1).integers(0, 256, (42, 60, 3), np.uint8)
        photo = Image.fromarray(noise)
        preview = draw_preview(photo, Image.fromarray(repeated(photo)), "SRGAN-MSE")
        assert preview.size == (320, 192)
        np.testing.assert_array_equal(np.asarray(preview)[32:, 160:], repeated(noise[1:41, 10:50]))

    def test_of_one_pixel_has_room_for_its_labels(self):
        photo = Image.new("L", (1, 1))
        preview = draw_preview(photo, Image.new("L", (4, 4)), "SRGAN-MSE")
        assert preview.size == (320, 36)

    def test_what_is_transparent_is_white(self):
        photo = Image.new("RGBA", (60, 60), (255, 0, 0, 0))
        preview = draw_preview(photo, photo.resize((240, 240)), "SRGAN-MSE")
        assert (np.asarray(preview)[32:] == 255).all()

    def test_a_profile_for_greyscale_does_not_go_with_it(self):
        photo = Image.new("L", (9, 9))
        photo.info = {"icc_profile": b"gray"}
        assert draw_preview(photo, photo.resize((36, 36)), "SRGAN-MSE").info == {}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "in"
    (folder / "x").mkdir(parents=True)
    for number, name in enumerate(("a.png", "b.bmp", "x/c.tif")):
        Image.fromarray(np.roll(NOISE, number)).save(folder / name)
    return folder


class TestFindMissing:
    @pytest.fixture
    def find(self, folder):
        """Finds what is missing with ``a.png`` and ``b.png`` there, by the names of the image files."""
        out = folder.parent / "out"
        out.mkdir()
        for name in ("a.png", "b.png"):
            (out / name).touch()

        def find(**switches):
            files = plan_files(str(folder), str(out), preview=switches.pop("preview", False))
            missing = find_missing(files, **switches)
            return {file.name: [path.name for path in paths] for file, paths in missing.items()}

        return find

    def test_what_is_there_is_left_and_told(self, find, caplog):
        assert find(overwrite=False) == {"x/c.tif": ["c.png"]}
        assert caplog.messages == [
            "Kept existing files, from whichever network: 2 of 3 "
            "(to replace them: --overwrite or upscale.overwrite=true)."
        ]

    def test_a_preview_is_missing_alone(self, find, caplog):
        assert find(overwrite=False, preview=True) == {
            "a.png": ["a.preview.png"],
            "b.bmp": ["b.preview.png"],
            "x/c.tif": ["c.png", "c.preview.png"],
        }
        assert caplog.messages == []

    def test_all_is_when_it_is_to_be_overwritten(self, find, caplog):
        assert find(overwrite=True) == {"a.png": ["a.png"], "b.bmp": ["b.png"], "x/c.tif": ["c.png"]}
        assert caplog.messages == []


class TestUpscaleFiles:
    @pytest.fixture
    def upscale(self, folder, repeat):
        def run(overwrite=False, preview=False, upscale=repeat):
            files = plan_files(str(folder), str(folder.parent / "out"), preview=preview)
            upscale_files(find_missing(files, overwrite=overwrite), upscale, label="SRGAN-MSE")

        return run

    def written(self, folder):
        out = folder.parent / "out"
        return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())

    def test_writes_one_png_file_for_each(self, folder, upscale, caplog):
        caplog.set_level("INFO")
        upscale()
        assert self.written(folder) == ["a.png", "b.png", "x/c.png"]
        for number, name in enumerate(self.written(folder)):
            saved = np.asarray(Image.open(folder.parent / "out" / name))
            np.testing.assert_array_equal(saved, repeated(np.roll(NOISE, number)))
        assert caplog.messages == [f"SRGAN-MSE: {name}, 36 × 24" for name in ("a.png", "b.bmp", "x/c.tif")]

    def test_a_folder_at_a_target_is_told_and_the_others_are_done(self, folder, upscale):
        (folder.parent / "out" / "a.png").mkdir(parents=True)
        for overwrite in (False, True):
            with pytest.raises(InputError) as caught:
                upscale(overwrite=overwrite)
            target = folder.parent / "out" / "a.png"
            assert f"{target} can't be written: It is a folder." in str(caught.value)
            assert self.written(folder) == ["b.png", "x/c.png"]

    def test_a_name_too_long_for_its_preview_is_told_and_the_others_are_done(self, folder, upscale):
        long = "n" * 251
        Image.fromarray(NOISE).save(folder / f"{long}.bmp")
        for _ in range(2):  # the first run makes the folder, and the second finds it
            with pytest.raises(InputError, match=r"nnn\.preview\.png can't be written: File name too long"):
                upscale(preview=True)
            previews = ["a.preview.png", "b.preview.png", "x/c.preview.png"]
            expected = ["a.png", "b.png", f"{long}.png", "x/c.png", *previews]
            assert self.written(folder) == sorted(expected)

    def test_a_folder_whose_name_is_too_long_is_told(self, folder, repeat):
        files = plan_files(str(folder), str(folder.parent / ("n" * 300)), preview=False)
        with pytest.raises(InputError, match=r"^3 of 3 files .* can't be written: File name too long\."):
            upscale_files(find_missing(files, overwrite=False), repeat, label="SRGAN-MSE")

    def test_what_fails_is_told_at_the_end_and_the_others_are_done(self, folder, upscale):
        (folder / "a.png").write_bytes(b"no image")
        (folder / "x" / "d.jpg").write_bytes(b"")
        with pytest.raises(InputError) as caught:
            upscale()
        assert self.written(folder) == ["b.png", "x/c.png"]
        message = str(caught.value)
        assert message.startswith("2 of 4 files could not be upscaled, the others were: ")
        assert f"{folder / 'a.png'} must be a JPEG" in message
        assert f"{folder / 'x' / 'd.jpg'} must be a JPEG" in message
        assert "\n" not in message

    def test_of_those_that_all_fail_it_says_nothing_of_others(self, folder, upscale):
        for name in ("a.png", "b.bmp", "x/c.tif"):
            (folder / name).write_bytes(b"no image")
        with pytest.raises(InputError, match=r"^3 of 3 files could not be upscaled: .*a\.png must be a JPEG"):
            upscale()

    def test_of_one_alone_that_fails_it_says_why(self, folder, upscale):
        for name in ("b.bmp", "x/c.tif"):
            (folder / name).unlink()
        (folder / "a.png").write_bytes(b"no image")
        with pytest.raises(InputError) as caught:
            upscale()
        assert str(caught.value).startswith(f"{folder / 'a.png'} must be a JPEG")

    def test_on_a_terminal_warnings_make_way_for_the_bar(self, folder, upscale, monkeypatch):
        (folder / "b.bmp").write_bytes(b"no image")
        terminal = io.StringIO()
        monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(sys, "stderr", terminal)
        handler = logging.StreamHandler(terminal)
        monkeypatch.setattr(logging.root, "handlers", [handler])
        with pytest.raises(InputError):
            upscale()
        assert logging.root.handlers == [handler]
        before, _, after = terminal.getvalue().partition(f"{folder / 'b.bmp'} must be a JPEG")
        assert "SRGAN-MSE:   0%" in before
        assert before.endswith(" \r")  # the bar is wiped, and redrawn below
        assert "SRGAN-MSE: 100%" in after.partition("\n")[2]

    def test_of_many_that_fail_ten_are_told(self, folder, upscale, caplog):
        for number in range(12):
            (folder / f"{number:02}.jpg").write_bytes(b"")
        with pytest.raises(InputError) as caught:
            upscale()
        assert str(caught.value).count("must be a JPEG") == 10
        assert str(caught.value).endswith(" And 2 more, which the log names.")
        assert sum("must be a JPEG" in message for message in caplog.messages) == 12

    def test_one_that_does_not_fit_into_memory_fails_alone(self, folder, upscale, repeat):
        (folder / "a.png").unlink()
        Image.new("RGB", (500, 2)).save(folder / "a\n.png")

        def fail_for_a(images):
            if images.shape[2] == 500:
                raise MemoryError("Unable to allocate")
            return repeat(images)

        with pytest.raises(InputError, match=r"others were: .*/a\\n\.png' does not fit into memory\.$"):
            upscale(upscale=fail_for_a)
        assert self.written(folder) == ["b.png", "x/c.png"]

    def test_one_that_can_not_be_written_fails_alone(self, folder, upscale):
        (folder.parent / "out").mkdir()
        (folder.parent / "out" / "x").write_bytes(b"")
        with pytest.raises(InputError, match=r"^1 of 3 files .*c\.png can't be written: "):
            upscale()
        assert self.written(folder) == ["a.png", "b.png", "x"]

    def test_what_is_there_stays(self, folder, upscale):
        (folder.parent / "out").mkdir()
        (folder.parent / "out" / "a.png").write_bytes(b"mine")
        upscale()
        assert (folder.parent / "out" / "a.png").read_bytes() == b"mine"
        assert self.written(folder) == ["a.png", "b.png", "x/c.png"]

    def test_what_is_there_is_overwritten_when_asked(self, folder, upscale):
        (folder.parent / "out").mkdir()
        (folder.parent / "out" / "a.png").write_bytes(b"mine")
        upscale(overwrite=True)
        np.testing.assert_array_equal(
            np.asarray(Image.open(folder.parent / "out" / "a.png")), repeated(NOISE)
        )

    def test_a_preview_that_is_missing_is_added_alone(self, folder, upscale):
        upscale()
        (folder.parent / "out" / "a.png").write_bytes(b"mine")
        upscale(preview=True)
        assert (folder.parent / "out" / "a.png").read_bytes() == b"mine"
        assert self.written(folder) == [
            "a.png", "a.preview.png", "b.png", "b.preview.png", "x/c.png", "x/c.preview.png",
        ]  # fmt: skip
        preview = Image.open(folder.parent / "out" / "a.preview.png")
        np.testing.assert_array_equal(np.asarray(preview)[32:, 160:196], repeated(NOISE))
