"""How benchmark sets lie on disk, as their authors and the field's programs lay them out."""

import logging
from collections.abc import Mapping
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
    if layout.low is None:
        return {image: (path, None) for image, path in high.items()}
    low = _images(root, name, layout.low)
    if not low or not (high or _folder(root, *_parents(name, layout.high))):
        return {}
    for one, other, pattern in ((high, low, layout.low), (low, high, layout.high)):
        if lacking := sorted(one.keys() - other.keys()):
            image = lacking[0]
            file = f"{pattern.rpartition('/')[2].replace('NAME', image)}{one[image].suffix}"
            raise InputError(
                f"Every image of a benchmark set must come in both resolutions, here as {layout}. Received "
                f"{printable(str(one[image]))} without {printable(file)}. Add the one or remove the other."
            )
    return {image: (high[image], low[image]) for image in sorted(high)}


def _images(root: Path, name: str, pattern: str) -> dict[str, Path]:
    before, _, after = pattern.rpartition("/")[2].partition("NAME")
    images: dict[str, Path] = {}
    folder = _folder(root, *_parents(name, pattern))
    for path in sorted(folder.iterdir()) if folder else ():
        if not is_image(path) or not path.stem.endswith(after):
            continue
        image = path.stem.removeprefix(before).removesuffix(after)
        if image in images:
            raise InputError(
                "An image of a benchmark set must be one file. Received two: "
                f"{printable(str(images[image]))} and {printable(path.name)}. Remove one of them."
            )
        images[image] = path
    return images


def _parents(name: str, pattern: str) -> list[str]:
    return [part.replace("SET", name) for part in pattern.split("/")[:-1]]


def _folder(root: Path, *parts: str) -> Path | None:
    """A folder below another, whatever the case of the names; ``None``: it is not there."""
    folder = root
    for part in parts:
        there = [path for path in folder.iterdir() if path.name.lower() == part.lower() and path.is_dir()]
        if not there:
            return None
        folder = max(there, key=lambda path: path.name == part)
    return folder
