"""Pictures of benchmark sets that another method made, elsewhere."""

import logging
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from srgan_report.data.decoding import decode_photograph
from srgan_report.data.image_folders import is_image
from srgan_report.data.photographs import read_file
from srgan_report.errors import InputError, printable

logger = logging.getLogger(__name__)


def find_pictures(
    method: str, folder: str, images: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Path]]:
    """Finds a method's pictures of all images of benchmark sets.

    Args:
        method: Its name in messages.
        folder: Holds a folder for each set, where an image's picture is called as the image is, with whatever
            behind it: ``NAME.png``, ``NAME_x4.png``, ``NAMEx4_SwinIR.png``. ``~`` is the home directory.
        images: For each set by its name, the names of its images.

    Returns:
        For each set that has a folder (others: a warning), each image's picture.

    Raises:
        InputError: There is no set's folder at all, an image has no picture, or more than one.
    """
    root = Path(os.path.expanduser(folder))
    if not root.is_dir():
        raise InputError(
            f"benchmark_sets.others.{method} must be a folder with a subfolder for each set. "
            f"Not a folder: {printable(str(root))}"
        )
    there = {path.name.lower(): path for path in sorted(root.iterdir()) if path.is_dir()}
    found = {}
    for name, names in images.items():
        if name.lower() in there:
            found[name] = _find_set(method, there[name.lower()], names)
        else:
            logger.warning("%s is not measured on %s: no such folder", method, name)
    if not found:
        raise InputError(
            f"benchmark_sets.others.{method} must contain a folder for at least one of "
            f"{', '.join(images)}. Received none in: {printable(str(root))}"
        )
    return found


def _find_set(method: str, folder: Path, names: Sequence[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    longest_first = sorted(names, key=len, reverse=True)  # NAME_2.png is NAME_2's where there is one
    for path in filter(is_image, sorted(folder.iterdir())):
        name = next((name for name in longest_first if _is_called(path.stem, name)), None)
        if name in found:
            raise InputError(
                f"benchmark_sets.others.{method} must contain one picture per image. Received "
                f"two of {name}: {printable(str(found[name]))} and {printable(path.name)}."
            )
        if name is not None:
            found[name] = path
    if missing := [name for name in names if name not in found]:
        raise InputError(
            f"benchmark_sets.others.{method} must contain a picture of each image, such as "
            f"{missing[0]}.png or {missing[0]}_x4.png. Missing in {printable(str(folder))}: "
            f"{', '.join(missing)}."
        )
    return found


def _is_called(stem: str, name: str) -> bool:
    return re.match(rf"{re.escape(name)}(?:x4)?(?![^\W_])", stem, flags=re.IGNORECASE) is not None


def read_picture(path: Path, height: int, width: int) -> np.ndarray:
    """Decodes a picture of this size: ``(height, width, 3)`` uint8; greyscale becomes RGB."""
    picture = decode_photograph(read_file(path)).numpy()
    if picture.shape[:2] != (height, width):
        raise InputError(
            f"A picture must be as large as the image it is of: {height} high and {width} wide. Received: "
            f"{printable(str(path))} is {picture.shape[0]} high and {picture.shape[1]} wide."
        )
    return picture
