"""How benchmark sets, and other methods' pictures of them, lie on disk."""

import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from srgan_report.data.image_folders import is_image
from srgan_report.errors import InputError, printable


@dataclass(frozen=True)
class Layout:
    """Where HR and, if any, LR images are below the root, less suffixes; SET and NAME are replaced."""

    high: str
    low: str | None

    def __str__(self) -> str:
        return f"{self.high}.png" + (f" and {self.low}.png" if self.low else " alone")


LAYOUTS = (
    Layout("SET/NAME_HR", "SET/NAME_LR"),
    Layout("SET/image_SRF_4/NAME_SRF_4_HR", "SET/image_SRF_4/NAME_SRF_4_LR"),  # Self-ExSR
    Layout("SET/HR/NAME", "SET/LR_bicubic/X4/NAMEx4"),  # EDSR, BasicSR
    Layout("SET/HR/NAME", "SET/LR_bicubic/X4/NAME"),
    Layout("SET/GTmod12/NAME", "SET/LRbicx4/NAME"),  # BasicSR
    Layout("SET_HR/NAME", "SET_LR_bicubic/X4/NAMEx4"),  # DIV2K, of which DIV2K_valid is a set
    Layout("SET/SET_valid_HR/NAME", "SET/SET_valid_LR_bicubic/X4/NAMEx4"),
    Layout("HR/SET/x4/NAME_HR_x4", "LR/LRBI/SET/x4/NAME_LRBI_x4"),  # RCAN
    Layout("SET/HR/NAME", "SET/LR/NAME"),
    Layout("SET/GTmod12/NAME", None),
    Layout("SET/HR/NAME", None),
    Layout("SET/original/NAME", None),
    Layout("SET_HR/NAME", None),
    Layout("SET/NAME", None),
)
_SAME = ({"BSD100", "BSDS100", "B100"}, {"DIV2K", "DIV2K_valid"})  # names of one and the same set

Pairs = Mapping[str, tuple[Path, Path | None]]

logger = logging.getLogger(__name__)


def find_pairs(root: Path, name: str) -> Pairs | None:
    """Finds the images of a set, below the folder of all sets, in the first of ``LAYOUTS`` that fits.

    Case does not count in names of folders and suffixes; BSD100 may be called BSDS100 or B100.

    Returns:
        For each image by its name, in order, the files of HR and of its copy (``None`` where there are no
        copies). ``None`` where there is no folder of the set.

    Raises:
        InputError: The set's folder fits none of the layouts, an image lacks its copy or the other way round,
            or two files are one image.
    """
    names = [name, *sorted(other for same in _SAME if name in same for other in same - {name})]
    for each in names:
        for layout in LAYOUTS:
            if pairs := _find(root, each, layout):
                if layout.low is None:
                    logger.warning(
                        "%s has only HR: making LR by bicubic interpolation with "
                        "antialiasing, 8 bits", name,
                    )  # fmt: skip
                return pairs
    for each in names:
        if folder := _folder(root, each):
            raise InputError(
                f"A benchmark set must have one of these layouts: {'; '.join(map(str, LAYOUTS))}. Received "
                f"none in: {printable(str(folder))}"
            )
    return None


def _find(root: Path, name: str, layout: Layout) -> Pairs:
    high = _images(root, name, layout.high)
    if high is None:
        return {}
    low = _images(root, name, layout.low) if layout.low else dict.fromkeys(high)
    if not low:
        return {}
    if alone := sorted(high.keys() ^ low.keys()):
        raise InputError(
            f"Every image of a benchmark set must come in both resolutions, here as {layout}. Received "
            f"alone: {printable(str(high.get(alone[0]) or low[alone[0]]))}. Add the other or remove this one."
        )
    return {image: (high[image], low[image]) for image in sorted(high)}


def _images(root: Path, name: str, pattern: str) -> dict[str, Path] | None:
    """The images of a pattern's folder that are called so, or ``None``: there is no such folder."""
    *parents, file = pattern.split("/")
    folder = _folder(root, *(part.replace("SET", name) for part in parents))
    if folder is None:
        return None
    suffix = file.removeprefix("NAME")
    images: dict[str, Path] = {}
    for path in filter(is_image, sorted(folder.iterdir())):
        if path.stem.endswith(suffix):
            _add(images, path.stem.removesuffix(suffix), path)
    return images


def _add(images: dict[str, Path], name: str, path: Path) -> None:
    if name in images:
        raise InputError(
            f"An image of a benchmark set must be one file. Received two of {name}: "
            f"{printable(str(images[name]))} and {printable(path.name)}. Remove one of them."
        )
    images[name] = path


def _folder(root: Path, *parts: str) -> Path | None:
    """A folder below another, whatever the case of the names; ``None``: it is not there."""
    folder = root
    for part in parts:
        there = [path for path in folder.iterdir() if path.name.lower() == part.lower() and path.is_dir()]
        if not there:
            return None
        folder = max(there, key=lambda path: path.name == part)
    return folder


def find_pictures(
    method: str, folder: str, images: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Path]]:
    """Finds a method's pictures of all ``images`` of benchmark sets, whose names are given for each set.

    The method's folder holds one for each set, where an image's picture is called as the image is, with
    whatever behind it: ``NAME.png``, ``NAME_x4.png``, ``NAMEx4_SwinIR.png``. ``~`` is the home directory.

    Returns:
        For each set that has a folder (others: a warning), each image's picture.

    Raises:
        InputError: There is no set's folder at all, an image has no picture, or more than one.
    """
    root = Path(os.path.expanduser(folder))
    folders = {name: _folder(root, name) for name in images} if root.is_dir() else {}
    if not any(folders.values()):
        raise InputError(
            f"benchmark_sets.others.{method} must be a folder that contains one for at least one of "
            f"{', '.join(images)}. Received none in: {printable(str(root))}"
        )
    found = {}
    for name, there in folders.items():
        if there:
            found[name] = _find_set(method, there, images[name])
        else:
            logger.warning("%s is not measured on %s: no such folder", method, name)
    return found


def _find_set(method: str, folder: Path, names: Sequence[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    longest_first = sorted(names, key=len, reverse=True)  # NAME_2.png is NAME_2's where there is one
    for path in filter(is_image, sorted(folder.iterdir())):
        name = next((name for name in longest_first if _is_called(path.stem, name)), None)
        if name is not None:
            _add(found, name, path)
    if missing := [name for name in names if name not in found]:
        raise InputError(
            f"benchmark_sets.others.{method} must contain a picture of each image, such as "
            f"{missing[0]}.png or {missing[0]}_x4.png. Missing in {printable(str(folder))}: "
            f"{', '.join(missing)}."
        )
    return found


def _is_called(stem: str, name: str) -> bool:
    return re.match(rf"{re.escape(name)}(?:x4)?(?![^\W_])", stem, flags=re.IGNORECASE) is not None
