"""Which image files a folder holds, for training and upscaling alike."""

import errno
import logging
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from srgan_report.errors import InputError, printable

SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp"})

_MAX_NAMED = 10  # of the files that are skipped

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImageFolder:
    """What a folder holds.

    Attributes:
        names: POSIX paths of its image files, relative to it, sorted.
        folders: All folders that were looked through, with links resolved.
    """

    names: Sequence[str]
    folders: frozenset[Path]


def find_images(folder: Path, parameter: str) -> ImageFolder:
    """Finds the image files below a folder, by their suffix.

    Symbolic links are followed. Hidden files and folders are left out. Other files are skipped, with one
    warning that counts and names them. A link that leads nowhere and has the suffix of an image counts as
    one, which can't be read.

    Args:
        folder: The folder.
        parameter: The parameter that names it, for messages.

    Raises:
        InputError: The folder holds no image file; something in it can't be read, or is a link that leads
            nowhere or in circles.
    """
    found = _Found()
    try:
        _walk(folder, frozenset(), found)
    except OSError as error:
        raise InputError(
            f"{parameter} must be a folder of which all can be read. Received: {printable(str(folder))}, "
            f"where {printable(os.path.relpath(error.filename, folder))} can't be: {error.strerror}."
        ) from error
    suffixes = ", ".join(sorted(SUFFIXES))
    if not found.images:
        raise InputError(
            f"{parameter} must hold files of {suffixes}. Received none in: {printable(str(folder))}"
        )
    if found.others:
        names = sorted(path.relative_to(folder).as_posix() for path in found.others)
        more = len(names) - _MAX_NAMED
        logger.warning(
            "Skipped %d %s of %s, which %s none of %s: %s%s",
            len(names), "file" if len(names) == 1 else "files", printable(str(folder)),
            "is" if len(names) == 1 else "are", suffixes, ", ".join(map(printable, names[:_MAX_NAMED])),
            f" and {more} more" if more > 0 else "",
        )  # fmt: skip
    return ImageFolder(
        sorted(path.relative_to(folder).as_posix() for path in found.images), frozenset(found.folders)
    )


@dataclass
class _Found:
    images: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    folders: set[Path] = field(default_factory=set)


def _walk(folder: Path, above: frozenset[Path], found: _Found) -> None:
    """Adds the visible files below a folder; ``above``, the folders that it lies in, detects link loops."""
    resolved = folder.resolve()
    if resolved in above:
        raise OSError(errno.ELOOP, "a link to a folder that it lies in", os.fspath(folder))
    found.folders.add(resolved)
    for path in folder.iterdir():
        # macOS leaves a hidden ._name.jpg, which is no image, next to each file it copies to a foreign disk.
        if path.name.startswith("."):
            continue
        is_image = path.suffix.lower() in SUFFIXES
        try:
            mode = path.stat().st_mode
        except OSError:
            if not is_image:  # perhaps a folder on a disk that is not there: more than one file would be lost
                raise
            mode = stat.S_IFREG
        if stat.S_ISDIR(mode):
            _walk(path, above | {resolved}, found)
        else:  # pipes and devices, whose reading may never end, are no images
            (found.images if is_image and stat.S_ISREG(mode) else found.others).append(path)
