"""A user's own image files: which to read and where the upscaled ones go, pixels in, PNG files out."""

import logging
import os
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from srgan_report.data.image_folders import SUFFIXES, find_images
from srgan_report.data.image_reading import read_image
from srgan_report.data.photographs import read_file
from srgan_report.errors import InputError, printable
from srgan_report.storage.atomic import whole_file

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PhotoFile:
    """One image file by its path within a folder, and the PNG files to make: upscaled, perhaps a preview."""

    name: str
    source: Path
    targets: tuple[Path, ...]


def plan_files(source: str | None, target: str | None, *, preview: bool) -> list[PhotoFile]:
    """Finds image files by their suffix, and says where the upscaled ones go.

    The folders below ``source`` (see ``find_images``) come back below ``target``, and ``NAME.jpg`` becomes
    ``NAME.png`` there, its preview, if asked for, ``NAME.preview.png``. Files that would be written to one
    path keep their suffixes: ``NAME.jpg.png`` and ``NAME.bmp.png``. ``~`` is the home directory.

    Returns:
        The files, sorted by their POSIX path within ``source``.

    Raises:
        InputError: The source is not found, can't be read or holds no image file; the target is a file, has
            an image file's suffix or lies within the source; or names differ in case alone.
    """
    if not source or not target:
        raise InputError(
            "upscale.input must be an image file or a folder of them, upscale.output the folder to write to. "
            f"Received: {source} and {target}. Give both with: kedro upscale INPUT OUTPUT"
        )
    # A user's ~, if there is such a user: office programs call files ~$NAME.
    root, folder = Path(os.path.expanduser(source)), Path(os.path.expanduser(target))
    if not os.path.exists(root):
        raise InputError(
            f"upscale.input must be an image file or a folder of them. Not found: {printable(str(root))}"
        )
    _check_target(folder)
    if os.path.isdir(root):
        paths = [Path(name) for name in find_images(root, "upscale.input")]
        read = {(root / parent).resolve() for parent in {parent for path in paths for parent in path.parents}}
        if not read.isdisjoint([folder.resolve(), *folder.resolve().parents]):
            raise InputError(
                f"upscale.output must not be inside upscale.input ({printable(str(root))}). "
                f"Received: {printable(str(folder))}"
            )
    else:
        root, paths = root.parent, [Path(root.name)]
    files = [_plan(root, path, folder, preview) for path in paths]
    claims = Counter(_fold(target) for file in files for target in file.targets)
    clashing = [any(claims[_fold(target)] > 1 for target in file.targets) for file in files]
    files = [_plan(root, path, folder, preview, keep) for path, keep in zip(paths, clashing, strict=True)]
    _require_paths_of_their_own(files)
    return files


def _check_target(target: Path) -> None:
    if not os.path.isdir(target) and (os.path.exists(target) or target.suffix.lower() in SUFFIXES):
        raise InputError(
            "upscale.output must be a folder; its files are named after those upscaled. "
            f"Received a file name: {printable(str(target))}"
        )
    if str(target).startswith("~"):
        raise InputError(
            "upscale.output must be a folder; ~ and ~USER are home directories. There is no such user: "
            f"{printable(str(target))}. For a folder of that name: ./{printable(str(target))}"
        )


def _plan(root: Path, name: Path, folder: Path, preview: bool, keep_suffix: bool = False) -> PhotoFile:
    target = folder / name.parent / (name.name if keep_suffix else name.stem)
    endings = (".png", ".preview.png") if preview else (".png",)
    targets = tuple(target.with_name(target.name + ending) for ending in endings)
    return PhotoFile(printable(name.as_posix()), root / name, targets)


def _fold(target: Path) -> str:
    return str(target).casefold()  # macOS and Windows take names that differ in case alone for the same


def _require_paths_of_their_own(files: list[PhotoFile]) -> None:
    owners: dict[str, PhotoFile] = {}
    sources = {file.source.resolve() for file in files}
    for file in files:
        for target in file.targets:
            if target.resolve() in sources:
                raise InputError(
                    "upscale.output must not contain the files to upscale. "
                    f"Received: {printable(str(target))}. Choose another folder."
                )
            other = owners.setdefault(_fold(target), file)
            if other is not file:
                raise InputError(
                    "Names of image files must differ by more than upper and lower case. Received: "
                    f"{other.name} and {file.name}, which would both become {printable(target.name)}. "
                    "Rename one of them."
                )


def read_photo(path: Path) -> Image.Image:
    """Reads an image file as ``read_image`` does, and logs what is lost by it."""
    name = printable(str(path))
    if not os.path.isfile(path):  # reading a pipe may never end
        raise InputError(f"{name} is not found or not a file.")
    return read_image(read_file(path), name, logger.warning)


def find_obstacle(target: Path) -> str | None:
    """Says why a file can't be written, where that shows before upscaling, which may take minutes."""
    try:
        reason = "It is a folder" if stat.S_ISDIR(os.lstat(target).st_mode) else None
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror
    return reason and f"{printable(str(target))} can't be written: {reason}."


def save_png(image: Image.Image, path: Path) -> None:
    """Saves an image whole or, with an ``InputError``, not at all; with the ICC profile in its ``info``."""
    try:
        with whole_file(path) as part:
            image.save(part, "PNG")
    except OSError as error:
        raise InputError(f"{printable(str(path))} can't be written: {error.strerror or error}.") from error
