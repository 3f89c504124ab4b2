"""A user's own image files: which to read and where their enlargements go, pixels in, PNG files out."""

import logging
import os
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from srgan_report.data.photographs import MOST_PIXELS, printable
from srgan_report.errors import InputError
from srgan_report.storage.atomic import whole_file

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")  # Pillow's names of these
_GREYSCALE = frozenset({"1", "L", "LA", "I;16", "I;16B", "I;16L"})
_COLOUR = frozenset({"P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PhotoFile:
    """One image file, and what is to be made of it.

    Attributes:
        name: Its path within the folder that it was found in.
        source: The file.
        enlarged: Where its enlargement goes, a PNG file.
        preview: Where a comparison with bicubic interpolation goes, a PNG file; ``None``: nowhere.
    """

    name: str
    source: Path
    enlarged: Path
    preview: Path | None

    @property
    def targets(self) -> tuple[Path, ...]:
        """All files that are to be made of it."""
        return (self.enlarged,) if self.preview is None else (self.enlarged, self.preview)


def plan_files(source: str | None, target: str | None, *, preview: bool) -> list[PhotoFile]:
    """Finds image files by their suffix, and says where their enlargements go.

    The folders below ``source`` come back below ``target``, and ``NAME.jpg`` becomes ``NAME.png`` there, its
    preview ``NAME.preview.png``. Files that would be written to one path keep their suffixes: ``NAME.jpg``
    and ``NAME.bmp`` become ``NAME.jpg.png`` and ``NAME.bmp.png``. Hidden files and folders, and links to
    folders, are left out.

    Args:
        source: An image file, or a folder of them: JPEG, PNG, WebP, TIFF, BMP. ``~`` is the home directory.
        target: The folder to write to; it need not be there yet.
        preview: Whether there are to be previews.

    Returns:
        The files, sorted by their POSIX path within ``source``.

    Raises:
        InputError: There is no such file or folder, it can't be read or holds none of these files, the
            target is a file, has an image file's suffix or lies within the source, or two files would be
            written to one path even so: names that differ in case alone count as the same.
    """
    if not source or not target:
        raise InputError(
            "upscale.input must be an image file or a folder of them, upscale.output the folder to write to. "
            f"Received: {source} and {target}. Give both with: kedro upscale INPUT OUTPUT"
        )
    root, folder = Path(source).expanduser(), Path(target).expanduser()
    if not root.exists():
        raise InputError(
            "upscale.input must be an image file or a folder of them. "
            f"There is no such file or folder: {printable(str(root))}"
        )
    _check_target(folder, root)
    paths = _find(root) if root.is_dir() else [root]
    within = root if root.is_dir() else root.parent
    files = _tell_apart([_plan(path, path.relative_to(within), folder, preview) for path in paths])
    _require_paths_of_their_own(files)
    return files


def _check_target(target: Path, source: Path) -> None:
    if not target.is_dir() and (target.exists() or target.suffix.lower() in SUFFIXES):
        raise InputError(
            "upscale.output must be the folder to write to; the files in it get the names of those enlarged. "
            f"Received the name of a file: {printable(str(target))}"
        )
    # Otherwise the next run would enlarge what this one wrote.
    if source.is_dir() and target.resolve().is_relative_to(source.resolve()):
        raise InputError(f"upscale.output must not lie within upscale.input ({source}). Received: {target}")


def _find(folder: Path) -> list[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(
            f"upscale.input must be a folder of which all can be read. Received: {folder}, where "
            f"{printable(str(error.filename))} can't be: {error.strerror}."
        ) from error

    found: list[Path] = []
    others: list[Path] = []
    for above, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                path = Path(above, name)
                (found if path.suffix.lower() in SUFFIXES else others).append(path)
    suffixes = ", ".join(sorted(SUFFIXES))
    if not found:
        raise InputError(f"upscale.input must hold files of {suffixes}. Received none in: {folder}")
    if others:
        logger.warning(
            "Left out of %s what is none of %s: %d %s, such as %s",
            folder, suffixes, len(others), "file" if len(others) == 1 else "files", printable(others[0].name),
        )  # fmt: skip
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _plan(source: Path, name: Path, folder: Path, preview: bool) -> PhotoFile:
    stem = folder / name.parent / name.stem
    return PhotoFile(
        name=printable(name.as_posix()),
        source=source,
        enlarged=stem.with_name(f"{stem.name}.png"),
        preview=stem.with_name(f"{stem.name}.preview.png") if preview else None,
    )


def _tell_apart(files: list[PhotoFile]) -> list[PhotoFile]:
    """Has those files keep their suffixes of which two would be written to one path."""
    claims = Counter(_fold(target) for file in files for target in file.targets)
    apart = []
    for file in files:
        if any(claims[_fold(target)] > 1 for target in file.targets):
            enlarged = file.enlarged.with_name(f"{file.source.name}.png")
            preview = enlarged.with_suffix(".preview.png") if file.preview else None
            file = replace(file, enlarged=enlarged, preview=preview)
        apart.append(file)
    return apart


def _fold(target: Path) -> str:
    """Equal for paths that macOS and Windows take for the same: those that differ in case alone."""
    return str(target).casefold()


def _require_paths_of_their_own(files: list[PhotoFile]) -> None:
    owners: dict[str, PhotoFile] = {}
    sources = {file.source.resolve() for file in files}
    for file in files:
        for target in file.targets:
            if target.resolve() in sources:
                raise InputError(
                    f"upscale.output must not hold what is to be enlarged. Received: {target}. "
                    "Choose another folder."
                )
            other = owners.setdefault(_fold(target), file)
            if other is not file:
                raise InputError(
                    "Image files must have names of their own, without regard to case. Received: "
                    f"{other.name} and {file.name}, which would both become {printable(target.name)}. "
                    "Rename one of them."
                )


def read_photo(path: Path) -> Image.Image:
    """Reads an image file as it is meant to be seen.

    An orientation noted in EXIF is applied. CMYK, palettes and the like become RGB by Pillow's plain
    formulas, without colour management. Of 16 bits a channel the upper 8 are used, and of the several images
    that phones put into one JPEG (MPO) the first. All metadata (EXIF with date and place, resolution,
    comments) is dropped, but for an ICC profile that fits the mode.

    Args:
        path: A JPEG, PNG, WebP, TIFF or BMP file.

    Returns:
        An image in mode L or RGB, or LA or RGBA where it has alpha; its ``info`` holds ``icc_profile`` alone,
        if that.

    Raises:
        InputError: It can't be read, is damaged or of another kind, has more than ``MOST_PIXELS``, or is not
            one image of 8 or 16 bits a channel; names the file.
    """
    name = printable(str(path))
    try:
        if not path.is_file():
            raise InputError(f"{name} must be a file, and be there.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of bombs from half on and of odd metadata
            # Given a path, Pillow would map uncompressed TIFF files into memory, and jumble turned ones.
            with path.open("rb") as file, Image.open(file, formats=_FORMATS) as image:
                return _standardize(image, name)
    except (InputError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise InputError(f"{name} must have at most {MOST_PIXELS:,} pixels. Its header says more.") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{name} must be a JPEG, PNG, WebP, TIFF or BMP image, or is damaged.") from error
    except Exception as error:  # each of Pillow's formats has errors of its own for what is damaged
        if isinstance(error, OSError) and error.errno:
            raise InputError(f"{name} can't be read: {error.strerror}.") from error
        raise InputError(f"{name} is damaged: it can't be decoded to its end.") from error


def _standardize(image: ImageFile.ImageFile, name: str) -> Image.Image:
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise InputError(f"{name} must be one image. Received {frames}, as pages or an animation.")
    if image.mode not in _GREYSCALE | _COLOUR:
        raise InputError(f"{name} must have 8 or 16 bits a channel. Received Pillow's mode {image.mode}.")
    stored = {str(tile.args) for tile in image.tile}
    if any(";16" in layout for layout in stored):
        logger.warning("%s has 16 bits a channel, of which the upper 8 are used.", name)
    profile = image.info.get("icc_profile")
    grey = image.mode in _GREYSCALE or stored == {"LA;16B"}  # which Pillow reads as RGBA
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):
        upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    alpha = "A" if upright.has_transparency_data else ""
    standard = upright.convert(("L" if grey else "RGB") + alpha)
    standard.info = {}
    if profile:
        if profile[16:20] == (b"GRAY" if grey else b"RGB "):
            standard.info = {"icc_profile": profile}
        else:
            logger.warning("%s: its ICC profile is left out, which is not for %s.", name, standard.mode)
    return standard


def save_png(image: Image.Image, path: Path) -> None:
    """Saves an image whole or not at all, with the ICC profile in its ``info``; makes folders as needed.

    Raises:
        InputError: The file can't be written.
    """
    try:
        with whole_file(path) as part:
            image.save(part, "PNG")
    except OSError as error:
        raise InputError(f"{printable(str(path))} can't be written: {error.strerror or error}.") from error
