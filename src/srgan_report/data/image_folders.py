"""Which image files a folder holds, for training and upscaling alike."""

import errno
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from srgan_report.errors import MAX_NAMED, InputError, printable

SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp"})

logger = logging.getLogger(__name__)


def find_images(folder: Path, parameter: str) -> list[str]:
    """Finds the image files below a folder, by their suffix.

    Symbolic links are followed. Hidden files and folders are left out. Other files are skipped, with one
    warning that names up to ten. A broken link with the suffix of an image counts as one, which can't
    be read. Messages name the ``parameter`` that names the folder.

    Returns:
        Their POSIX paths relative to the folder, sorted.

    Raises:
        InputError: The folder holds no image file; something in it can't be read, or is a link that leads
            nowhere or in circles.
    """
    try:
        found = list(_walk(folder, frozenset()))
    except OSError as error:
        raise InputError(
            f"{parameter} must be a readable folder. Received: {printable(str(folder))}, where "
            f"{printable(os.path.relpath(error.filename, folder))} can't be read: {error.strerror}."
        ) from error
    names = {path.relative_to(folder).as_posix(): mode for path, mode in found}
    # Pipes and devices, whose reading may never end, are no images.
    images = sorted(name for name, mode in names.items() if stat.S_ISREG(mode) and is_image(Path(name)))
    suffixes = ", ".join(sorted(SUFFIXES))
    if not images:
        raise InputError(
            f"{parameter} must contain files of {suffixes}. Received none in: {printable(str(folder))}"
        )
    if others := sorted(names.keys() - set(images)):
        named = ", ".join(map(printable, others[:MAX_NAMED]))
        more = f" and {len(others) - MAX_NAMED} more" if len(others) > MAX_NAMED else ""
        logger.warning(
            "Skipped in %s, where only %s are read: %s%s", printable(str(folder)), suffixes, named, more
        )
    return images


def is_image(path: Path) -> bool:
    """Tells whether a path is, by its name, a visible image file (macOS makes hidden ``._name.jpg``)."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _walk(folder: Path, above: frozenset[Path]) -> Iterator[tuple[Path, int]]:
    """Gives all visible files below a folder, with modes; ``above``, its parents, detects link loops."""
    resolved = folder.resolve()
    if resolved in above:
        raise OSError(errno.ELOOP, "a link to a folder that it lies in", os.fspath(folder))
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        try:
            mode = path.stat().st_mode
        except OSError:
            if not is_image(path):  # perhaps a folder on a disk that is not there: more than one file lost
                raise
            mode = stat.S_IFREG
        if stat.S_ISDIR(mode):
            yield from _walk(path, above | {resolved})
        else:
            yield path, mode
