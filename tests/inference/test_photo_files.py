import os
import stat
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from srgan_report.errors import InputError
from srgan_report.inference.photo_files import plan_files, read_photo, save_png

NOISE = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
PIXELS_16 = np.random.default_rng(2).integers(0, 2**16, (6, 9, 3), np.uint16)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GRAY = SRGB[:16] + b"GRAY" + SRGB[20:]  # a header that says so is enough here
UPRIGHT = {  # by the EXIF orientation that is noted: what turns the stored pixels upright
    1: lambda pixels: pixels,
    3: lambda pixels: np.rot90(pixels, 2),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels.transpose(1, 0, 2), 2),
    8: lambda pixels: np.rot90(pixels),
}
NOT_GIVEN = "upscale.input must be an image file or a folder of them, upscale.output the folder to write to."
NO_FOLDER = "upscale.output must be a folder; its files are named after those upscaled."


def exif(**tags):
    noted = Image.Exif()
    noted[0x0112] = tags.get("orientation", 1)
    noted[0x010F] = "A maker"
    return noted


def save(path, image=None, image_format=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    (Image.fromarray(NOISE) if image is None else image).save(path, image_format, **options)
    return path


def refuse(path):
    with pytest.raises(InputError) as caught:
        read_photo(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def png(color_type, pixels, chunks=()):
    """A PNG of 16 bits a channel, some kinds of which Pillow does not write."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)
    chunks = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def text(kind, size):
    """A text chunk of so many MiB, which two of the three kinds compress."""
    content = b"x" * (size << 20)
    return kind.encode(), {
        "tEXt": lambda: b"Comment\0" + content,
        "zTXt": lambda: b"Comment\0\0" + zlib.compress(content),
        "iTXt": lambda: b"Comment\0\1\0\0\0" + zlib.compress(content),
    }[kind]()


def repeat_last_scan(jpeg, scans):
    """Has a progressive JPEG take its last pass over and over, until there are so many."""
    start = jpeg.rindex(b"\xff\xda")
    return jpeg[:start] + jpeg[start:-2] * (scans - jpeg.count(b"\xff\xda") + 1) + b"\xff\xd9"


class TestPlanFiles:
    def test_folders_come_back_with_png_files_in_the_order_of_their_paths(self, tmp_path):
        folder = tmp_path / "my photos, 花"
        for name in ("b.JPEG", "a b/c.d.webp", "a b/x.bmp", "z.tiff"):
            save(folder / name)
        for name in (".hidden.png", ".thumbnails/x.png"):
            save(folder / name)
        (folder / "notes.txt").write_text("none")
        files = plan_files(str(folder), str(tmp_path / "out"), preview=False)
        assert [file.name for file in files] == ["a b/c.d.webp", "a b/x.bmp", "b.JPEG", "z.tiff"]
        assert [file.source for file in files] == [folder / file.name for file in files]
        assert [str(file.targets[0].relative_to(tmp_path / "out")) for file in files] == [
            "a b/c.d.png",
            "a b/x.png",
            "b.png",
            "z.png",
        ]
        assert [len(file.targets) for file in files] == [1] * len(files)

    def test_their_order_is_not_the_disks(self, tmp_path):
        for name in "dbeacihgf":
            save(tmp_path / "in" / f"{name}.png")
        files = plan_files(str(tmp_path / "in"), str(tmp_path / "out"), preview=False)
        assert [file.source.stem for file in files] == list("abcdefghi")

    def test_previews_lie_beside(self, tmp_path):
        save(tmp_path / "in" / "a.b.jpg")
        (file,) = plan_files(str(tmp_path / "in"), str(tmp_path / "out"), preview=True)
        assert file.targets == (tmp_path / "out" / "a.b.png", tmp_path / "out" / "a.b.preview.png")

    def test_one_file_alone(self, tmp_path):
        save(tmp_path / "in" / "a.jpg")
        save(tmp_path / "in" / "a.png")
        (file,) = plan_files(str(tmp_path / "in" / "a.jpg"), str(tmp_path / "out"), preview=False)
        assert (file.name, file.targets[0]) == ("a.jpg", tmp_path / "out" / "a.png")

    def test_home_directory(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        save(tmp_path / "in" / "a.jpg")
        (file,) = plan_files("~/in", "~/out", preview=False)
        assert file.targets[0] == tmp_path / "out" / "a.png"

    def test_what_is_left_out_is_told_in_one_line(self, tmp_path, caplog):
        save(tmp_path / "in" / "a.jpg")
        (tmp_path / "in" / "film.mov").write_bytes(b"")
        plan_files(str(tmp_path / "in"), str(tmp_path / "out"), preview=False)
        (message,) = caplog.messages
        assert message.startswith(f"Skipped in {tmp_path / 'in'}, where only .bmp, ")
        assert message.endswith(": film.mov")

    @pytest.mark.parametrize(
        ("names", "preview", "targets"),
        [
            (["a.jpg", "a.png", "b.jpg"], False, ["a.jpg.png", "a.png.png", "b.png"]),
            (["a.jpg", "x/a.jpg"], False, ["a.png", "x/a.png"]),
            (["x/A.jpg", "x/a.png"], False, ["x/A.jpg.png", "x/a.png.png"]),
            (["a.jpg", "a.preview.jpg"], False, ["a.png", "a.preview.png"]),
            (
                ["a.jpg", "a.preview.jpg"],
                True,
                ["a.jpg.png", "a.jpg.preview.png", "a.preview.jpg.png", "a.preview.jpg.preview.png"],
            ),
        ],
    )
    def test_those_that_would_be_one_keep_their_suffixes(self, tmp_path, names, preview, targets):
        for name in names:
            save(tmp_path / "in" / name)
        files = plan_files(str(tmp_path / "in"), str(tmp_path / "out"), preview=preview)
        assert [file.name for file in files] == names
        assert [path for file in files for path in file.targets] == [
            tmp_path / "out" / target for target in targets
        ]

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            (
                ["a.jpg", "a.jpg.png", "a.png"],
                r"Received: a\.jpg and a\.jpg\.png, .* both become a\.jpg\.png\.",
            ),
            (["x/A.jpg", "x/a.jpg"], r"Received: x/A\.jpg and x/a\.jpg, .* both become a\.jpg\.png\. Rename"),
        ],
    )
    def test_those_that_would_be_one_even_so_are_an_error(self, tmp_path, names, message):
        for name in names:
            save(tmp_path / "in" / name)
        with pytest.raises(InputError, match=message):
            plan_files(str(tmp_path / "in"), str(tmp_path / "out"), preview=False)

    def test_a_folder_that_is_there_may_be_called_as_a_file(self, tmp_path):
        save(tmp_path / "in" / "a.jpg")
        (tmp_path / "out.png").mkdir()
        (file,) = plan_files(str(tmp_path / "in"), str(tmp_path / "out.png"), preview=False)
        assert file.targets[0] == tmp_path / "out.png" / "a.png"

    @pytest.mark.parametrize(
        ("source", "target", "message"),
        [
            (None, "out", f"{NOT_GIVEN} Received: None and out. Give both with: kedro upscale INPUT OUTPUT"),
            ("", "out", f"{NOT_GIVEN} Received:  and out."),
            ("in", None, f"{NOT_GIVEN} Received: in and None."),
            (
                "nowhere/a.png",
                "out",
                "upscale.input must be an image file or a folder of them. Not found: nowhere/a.png",
            ),
            ("in", "in/a.jpg", f"{NO_FOLDER} Received a file name: in/a.jpg"),
            ("in", "notes", f"{NO_FOLDER} Received a file name: notes"),
            ("in/a.jpg", "new.PNG", f"{NO_FOLDER} Received a file name: new.PNG"),
            (
                "in",
                "in",
                "upscale.output must not be inside upscale.input (in). Received: in",
            ),
            (
                "in",
                "in/x/..",
                "upscale.output must not be inside upscale.input (in). Received: in/x/..",
            ),
            (
                "in",
                "in/large",
                "upscale.output must not be inside upscale.input (in). Received: in/large",
            ),
            ("in/b.png", "in", "upscale.output must not contain the files to upscale. Received: in/b.png."),
            ("empty", "out", "upscale.input must contain files of .bmp, .jfif, "),
        ],
    )
    def test_what_can_not_be_is_an_error_that_names_the_parameter(
        self, tmp_path, monkeypatch, source, target, message
    ):
        monkeypatch.chdir(tmp_path)
        save(tmp_path / "in" / "a.jpg")
        save(tmp_path / "in" / "b.png")
        (tmp_path / "in" / "x").mkdir()
        (tmp_path / "empty").mkdir()
        (tmp_path / "notes").write_bytes(b"")
        with pytest.raises(InputError) as caught:
            plan_files(source, target, preview=False)
        assert str(caught.value).startswith(message)

    def test_a_folder_that_can_not_be_read_is_an_error(self, tmp_path, monkeypatch):
        save(tmp_path / "in" / "a.jpg")
        (tmp_path / "in" / "closed").mkdir()
        iterdir = Path.iterdir

        def refuse_one(path):
            if path.name == "closed":
                raise PermissionError(13, "Permission denied", str(path))
            return iterdir(path)

        monkeypatch.setattr(Path, "iterdir", refuse_one)
        with pytest.raises(InputError, match=r"closed can't be read: Permission denied\.$"):
            plan_files(str(tmp_path / "in"), str(tmp_path / "out"), preview=False)

    def test_links_to_folders_are_followed(self, tmp_path):
        save(tmp_path / "elsewhere" / "trip" / "b.png")
        save(tmp_path / "in" / "a.jfif", image_format="JPEG")
        (tmp_path / "in" / "linked").symlink_to(tmp_path / "elsewhere")
        files = plan_files(str(tmp_path / "in"), str(tmp_path / "out"), preview=False)
        assert [file.name for file in files] == ["a.jfif", "linked/trip/b.png"]

    @pytest.mark.parametrize("target", ["elsewhere", "elsewhere/out", "elsewhere/trip/new"])
    def test_output_in_a_folder_that_is_linked_to_would_be_upscaled_by_the_next_run(self, tmp_path, target):
        save(tmp_path / "elsewhere" / "trip" / "b.png")
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "linked").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(InputError, match=r"must not be inside upscale\.input"):
            plan_files(str(tmp_path / "in"), str(tmp_path / target), preview=False)

    def test_a_broken_link_is_an_image_that_can_not_be_read(self, tmp_path):
        save(tmp_path / "in" / "a.png")
        (tmp_path / "in" / "b.png").symlink_to("nowhere.png")
        files = plan_files(str(tmp_path / "in"), str(tmp_path / "out"), preview=False)
        assert [file.name for file in files] == ["a.png", "b.png"]

    def test_a_name_that_begins_with_a_tilde_is_a_name(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        save(tmp_path / "~$a.jpg")
        (file,) = plan_files("~$a.jpg", "out", preview=False)
        assert file.targets[0] == Path("out/~$a.png")

    @pytest.mark.parametrize("target", ["~nobody_of_that_name/x", "~$x"])
    def test_a_home_directory_of_nobody_is_no_folder_to_write_to(self, tmp_path, target):
        source = save(tmp_path / "a.jpg")
        with pytest.raises(InputError, match=r"^upscale\.output .* There is no such user: ~"):
            plan_files(str(source), target, preview=False)

    @pytest.mark.parametrize("path", ["a" * 300, "a\0b", "x/" + "a" * 300 + ".jpg"])
    def test_paths_that_can_not_be(self, tmp_path, path):
        with pytest.raises(InputError, match=r"^upscale\.input must .* Not found"):
            plan_files(path, str(tmp_path), preview=False)


class TestReadPhoto:
    @pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "webp"])
    def test_pixels_are_those_of_the_file(self, tmp_path, suffix):
        options = {"lossless": True} if suffix == "webp" else {}
        photo = read_photo(save(tmp_path / f"a.{suffix}", **options))
        assert (photo.mode, photo.info) == ("RGB", {})
        np.testing.assert_array_equal(np.asarray(photo), NOISE)

    @pytest.mark.parametrize("suffix", ["jpg", "JPEG"])
    def test_jpeg(self, tmp_path, suffix):
        path = save(tmp_path / f"a.{suffix}", image_format="JPEG")
        np.testing.assert_array_equal(np.asarray(read_photo(path)), np.asarray(Image.open(path)))

    @pytest.mark.parametrize("orientation", UPRIGHT)
    @pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
    def test_exif_orientation_is_applied(self, tmp_path, suffix, orientation):
        options = {"lossless": True} if suffix == "webp" else {}
        path = save(tmp_path / f"a.{suffix}", exif=exif(orientation=orientation), **options)
        photo = read_photo(path)
        np.testing.assert_array_equal(np.asarray(photo), UPRIGHT[orientation](NOISE))

    @pytest.mark.parametrize(
        ("stored", "mode"),
        [("1", "L"), ("L", "L"), ("LA", "LA"), ("P", "RGB"), ("RGB", "RGB"), ("RGBA", "RGBA")],
    )
    def test_modes(self, tmp_path, stored, mode):
        image = Image.fromarray(NOISE).convert(stored)
        photo = read_photo(save(tmp_path / "a.png", image))
        assert photo.mode == mode
        np.testing.assert_array_equal(np.asarray(photo), np.asarray(image.convert(mode)))

    def test_cmyk_becomes_rgb_and_its_profile_goes(self, tmp_path, caplog):
        image = Image.fromarray(NOISE).convert("CMYK")
        path = save(tmp_path / "a.tif", image, icc_profile=SRGB[:16] + b"CMYK" + SRGB[20:])
        photo = read_photo(path)
        assert (photo.mode, photo.info) == ("RGB", {})
        np.testing.assert_array_equal(np.asarray(photo), NOISE)
        assert "dropped an ICC profile that is not meant for RGB" in caplog.text

    @pytest.mark.parametrize(
        ("mode", "transparency", "alpha"),
        [("P", 7, lambda image: image != 7), ("L", 99, lambda image: image != 99)],
    )
    def test_a_transparent_colour_becomes_alpha(self, tmp_path, mode, transparency, alpha):
        levels = np.arange(54, dtype=np.uint8).reshape(6, 9)
        levels[2, 3] = transparency
        image = Image.fromarray(levels)
        if mode == "P":
            image.putpalette(np.arange(256, dtype=np.uint8).repeat(3).tobytes())
        photo = read_photo(save(tmp_path / "a.png", image, transparency=transparency))
        expected = np.where(alpha(levels), 255, 0)
        np.testing.assert_array_equal(np.asarray(photo.getchannel("A")), expected)

    @pytest.mark.parametrize(
        ("color_type", "channels", "mode"), [(0, 1, "L"), (2, 3, "RGB"), (4, 2, "LA"), (6, 4, "RGBA")]
    )
    def test_of_16_bits_the_upper_8_are_used_with_a_word(self, tmp_path, caplog, color_type, channels, mode):
        pixels = np.random.default_rng(1).integers(0, 2**16, (6, 9, channels), np.uint16)
        (tmp_path / "deep.png").write_bytes(png(color_type, pixels))
        photo = read_photo(tmp_path / "deep.png")
        assert photo.mode == mode
        np.testing.assert_array_equal(np.asarray(photo).reshape(pixels.shape), pixels >> 8)
        assert [message.partition("deep.png ")[2] for message in caplog.messages] == [
            "has 16 bits a channel, of which the upper 8 are used."
        ]

    @pytest.mark.parametrize(("color_type", "mode"), [(0, "LA"), (2, "RGBA")])
    def test_of_16_bits_all_decide_what_is_transparent(self, tmp_path, color_type, mode):
        pixels = np.full((6, 9, 3 if color_type == 2 else 1), 0x1256, np.uint16)
        pixels[2, 3] = 0x1234  # the upper 8 bits are those of all others
        transparent = pixels[2, 3].astype(">u2").tobytes()
        (tmp_path / "key.png").write_bytes(png(color_type, pixels, [(b"tRNS", transparent)]))
        photo = read_photo(tmp_path / "key.png")
        assert photo.mode == mode
        alpha = np.full((6, 9), 255)
        alpha[2, 3] = 0
        np.testing.assert_array_equal(np.asarray(photo.getchannel("A")), alpha)
        np.testing.assert_array_equal(np.asarray(photo.getchannel(0)), np.full((6, 9), 0x12))

    def test_a_png_of_a_sensors_12_bits_gets_a_word(self, tmp_path, caplog):
        pixels = np.full((6, 9, 3), 4000, np.uint16)
        (tmp_path / "dark.png").write_bytes(png(2, pixels))
        read_photo(tmp_path / "dark.png")
        assert "none of its 16-bit values reaches 16,384 of 65,535" in caplog.messages[-1]

    @pytest.mark.parametrize(
        ("kind", "size"), [("iTXt", 2), ("tEXt", 2), ("zTXt", 2), ("zTXt", 9), ("zTXt", 63)]
    )
    def test_long_texts_are_no_damage(self, tmp_path, kind, size):
        path = tmp_path / "a.png"
        path.write_bytes(png(2, PIXELS_16, [text(kind, size)]))
        np.testing.assert_array_equal(np.asarray(read_photo(path)), PIXELS_16 >> 8)

    def test_a_large_icc_profile_is_kept(self, tmp_path):
        profile = SRGB + os.urandom(1_300_000)
        assert read_photo(save(tmp_path / "a.png", icc_profile=profile)).info == {"icc_profile": profile}

    def test_of_16_bits_in_tiff_turned_upright(self, tmp_path):
        pixels = np.random.default_rng(1).integers(0, 2**16, (6, 9), np.uint16)
        path = save(tmp_path / "a.tif", Image.fromarray(pixels), exif=exif(orientation=6))
        np.testing.assert_array_equal(np.asarray(read_photo(path)), np.rot90(pixels >> 8, -1))

    def test_icc_profile_is_kept_and_all_else_goes(self, tmp_path):
        path = save(tmp_path / "a.jpg", icc_profile=SRGB, exif=exif(), dpi=(300, 300), comment=b"words")
        assert read_photo(path).info == {"icc_profile": SRGB}

    @pytest.mark.parametrize(("profile", "kept"), [(GRAY, {"icc_profile": GRAY}), (SRGB, {})])
    def test_of_greyscale_only_a_profile_for_greyscale_is_kept(self, tmp_path, profile, kept):
        path = save(tmp_path / "a.tif", Image.fromarray(NOISE).convert("L"), icc_profile=profile)
        assert read_photo(path).info == kept

    def test_of_several_images_of_a_phone_the_first_is_taken(self, tmp_path):
        other = Image.new("RGB", (9, 6), "red")
        path = save(tmp_path / "a.jpg", image_format="MPO", save_all=True, append_images=[other])
        assert Image.open(path).n_frames == 2
        assert np.abs(np.asarray(read_photo(path), int) - NOISE).mean() < 60

    def test_one_pixel(self, tmp_path):
        path = save(tmp_path / "a.png", Image.fromarray(NOISE[:1, :1]))
        assert np.asarray(read_photo(path)).tolist() == NOISE[:1, :1].tolist()


class TestRefused:
    @pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "bmp"])
    def test_truncated(self, tmp_path, suffix):
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        path = save(tmp_path / f"cut.{suffix}", Image.fromarray(noise))
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        assert refuse(path).startswith(f"{path} ")
        assert "damaged" in refuse(path)

    @pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
    def test_of_another_kind(self, tmp_path, content):
        (tmp_path / "a.png").write_bytes(content)
        assert "a.png must be a JPEG, PNG, WebP, TIFF or BMP image" in refuse(tmp_path / "a.png")

    def test_a_format_that_its_suffix_hides(self, tmp_path):
        path = save(tmp_path / "a.png", image_format="GIF")
        assert "a.png must be a JPEG, PNG, WebP, TIFF or BMP image" in refuse(path)

    def test_a_librarys_limit_says_so(self, tmp_path):
        path = tmp_path / "a.png"
        path.write_bytes(png(2, PIXELS_16, [text("zTXt", 65)]))
        assert refuse(path).startswith(f"{path} must have at most 64 MiB of text and ICC profile, so")

    @pytest.mark.parametrize(("scans", "refused"), [(100, False), (101, True), (500, True)])
    def test_a_jpeg_of_very_many_scans(self, tmp_path, scans, refused):
        path = save(tmp_path / "a.jpg", Image.fromarray(NOISE), progressive=True)
        path.write_bytes(repeat_last_scan(path.read_bytes(), scans))
        if refused:
            assert refuse(path).startswith(f"{path} must have at most 100 scans")
            assert f"Received: {scans}." in refuse(path)
        else:
            read_photo(path)

    @pytest.mark.parametrize(
        ("kind", "start"),
        [  # none of which Pillow counts: several profiles, a text without keyword, one that is not UTF-8
            (b"iCCP", b"a\0\0"),
            (b"zTXt", b"\0\0"),
            (b"iTXt", b"a\0\1\0\xff\0\0"),
        ],
    )
    @pytest.mark.parametrize(("chunks", "refused"), [(8, False), (9, True)])
    def test_a_png_of_many_compressed_texts(self, tmp_path, monkeypatch, kind, start, chunks, refused):
        unpacked = []
        decompress = PngImagePlugin._safe_zlib_decompress
        monkeypatch.setattr(
            PngImagePlugin, "_safe_zlib_decompress", lambda data: unpacked.append(1) or decompress(data)
        )
        content = start + zlib.compress(b"x" * (64 << 20), 9)
        path = tmp_path / "a.png"
        path.write_bytes(png(2, PIXELS_16, [(kind, content)] * chunks))
        if refused:
            assert refuse(path) == (
                f"{path} must have compressed texts and an ICC profile that unpack to at most 512 MiB. "
                "Received: up to 576 MiB. Save it without metadata."
            )
            assert not unpacked
        else:
            read_photo(path)
            assert len(unpacked) == chunks

    def test_a_png_of_very_many_small_texts(self, tmp_path):
        path = tmp_path / "a.png"
        path.write_bytes(png(2, PIXELS_16, [(b"zTXt", b"Comment\0\0" + zlib.compress(b"words"))] * 5000))
        read_photo(path)

    def test_scans_in_metadata_are_none(self, tmp_path):
        path = save(tmp_path / "a.jpg", exif=b"Exif\0\0" + b"\xff\xda\0\2" * 200)
        read_photo(path)

    def test_a_decompression_bomb(self, tmp_path):
        path = save(tmp_path / "bomb.png", Image.new("1", (20_000, 20_000)))
        assert refuse(path) == f"{path} must have at most 178,956,970 pixels. Its header says more."

    @pytest.mark.parametrize(
        ("suffix", "received"),
        [("png", "3, as an animation"), ("webp", "3, as an animation"), ("tif", "several pages")],
    )
    def test_animations_and_pages(self, tmp_path, suffix, received):
        frames = [Image.new("RGB", (9, 6), color) for color in ("red", "blue", "green")]
        path = save(tmp_path / f"a.{suffix}", frames[0], save_all=True, append_images=frames[1:])
        assert refuse(path) == f"{path} must be one image. Received {received}."

    def test_a_link_that_leads_nowhere(self, tmp_path):
        (tmp_path / "a.png").symlink_to("nowhere")
        assert refuse(tmp_path / "a.png").endswith("a.png is not found or not a file.")

    def test_a_pipe_which_would_never_end(self, tmp_path):
        os.mkfifo(tmp_path / "a.png")
        assert refuse(tmp_path / "a.png").endswith("a.png is not found or not a file.")

    def test_a_file_that_can_not_be_read(self, tmp_path, monkeypatch):
        def deny(*arguments, **options):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "read_bytes", deny)
        assert refuse(save(tmp_path / "a.png")).endswith("a.png can't be read: Permission denied.")

    def test_a_name_of_two_lines_stays_in_one(self, tmp_path):
        (tmp_path / "two\nlines.png").write_bytes(b"")
        assert r"two\nlines.png' must be" in refuse(tmp_path / "two\nlines.png")


class TestSavePng:
    def test_saves_pixels_and_profile_and_nothing_else(self, tmp_path):
        image = Image.fromarray(NOISE)
        image.info = {"icc_profile": SRGB}
        save_png(image, tmp_path / "new" / "folder" / "a.png")
        saved = Image.open(tmp_path / "new" / "folder" / "a.png")
        assert (saved.format, saved.info) == ("PNG", {"icc_profile": SRGB})
        np.testing.assert_array_equal(np.asarray(saved), NOISE)
        assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["a.png"]

    def test_can_be_read_by_others_as_other_files_can(self, tmp_path):
        save_png(Image.fromarray(NOISE), tmp_path / "a.png")
        (tmp_path / "other").touch()
        modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.png", "other")]
        assert modes[0] == modes[1]

    def test_a_save_that_fails_leaves_the_old_file_and_no_other(self, tmp_path, monkeypatch):
        (tmp_path / "a.png").write_bytes(b"old")

        def fill_the_disk(self, file, *arguments, **options):
            file.write_bytes(b"half")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Image.Image, "save", fill_the_disk)
        with pytest.raises(InputError, match=r"a\.png can't be written: No space left on device\.$"):
            save_png(Image.fromarray(NOISE), tmp_path / "a.png")
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.png": b"old"}

    def test_a_file_in_place_of_a_folder_is_an_error(self, tmp_path):
        (tmp_path / "folder").write_bytes(b"")
        with pytest.raises(InputError, match=r"a\.png can't be written: "):
            save_png(Image.fromarray(NOISE), tmp_path / "folder" / "a.png")
