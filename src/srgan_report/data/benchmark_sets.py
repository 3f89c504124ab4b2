"""Benchmark sets such as Set5: whole photographs, each with the low-resolution copy that everybody uses."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from srgan_report.data.decoding import decode_photograph, is_greyscale
from srgan_report.data.photographs import Photograph
from srgan_report.errors import InputError
from srgan_report.variants import SCALE

SMALLEST = 40  # pixels of an HR image's side: LPIPS needs 31 of them within the border that is left out

_HIGH, _LOW = "_HR.png", "_LR.png"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImagePair:
    """One photograph of a benchmark set in both resolutions, read from disk when it is asked for.

    Attributes:
        name: Its name, unique within its set.
        high_resolution: Path of its PNG file.
        low_resolution: Path of the PNG file of the copy, a quarter as high and wide.
    """

    name: str
    high_resolution: Path
    low_resolution: Path

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Decodes both images; greyscale becomes RGB.

        Returns:
            HR, ``(4 height, 4 width, 3)`` uint8, with what exceeds four times LR cropped at the right and the
            bottom (the field's "modcrop"); and LR as it is stored, ``(height, width, 3)`` float32 in [0, 1].

        Raises:
            InputError: A file can't be read or decoded, or their sizes do not fit.
        """
        high, low = _decode(self.high_resolution), _decode(self.low_resolution)
        height, width = (SCALE * side for side in low.shape[:2])
        beyond = (high.shape[0] - height, high.shape[1] - width)
        if min(height, width) < SMALLEST or not all(0 <= pixels < SCALE for pixels in beyond):
            raise InputError(
                f"An HR image must be {SCALE} times as high and wide as its LR copy, or up to {SCALE - 1} "
                f"pixels more, and at least {SMALLEST} pixels. Received: {self.high_resolution} is "
                f"{_size(high)}, {self.low_resolution.name} {_size(low)}."
            )
        return high[:height, :width], low.astype(np.float32) / 255

    @property
    def greyscale(self) -> bool:
        """Whether HR is stored as greyscale: then it is its own Y (see ``metrics.luma``)."""
        return is_greyscale(_read(self.high_resolution))


def read_sets(root: str | None, names: Sequence[str]) -> dict[str, tuple[ImagePair, ...]]:
    """Finds the image pairs of benchmark sets, and reads each once, so that a bad one shows at once.

    Args:
        root: The folder with a subfolder for each set. ``~`` stands for the home directory.
        names: The sets, which are the names of their subfolders. One that is not there is skipped, with a
            warning.

    Returns:
        For each set that is there, in the order of ``names``, its pairs, sorted by name.

    Raises:
        InputError: There is no such folder or none of the sets in it, a set holds no pair, an HR or LR image
            lacks the other, or a pair can't be read.
    """
    if not root or not Path(root).expanduser().is_dir():
        raise InputError(
            "benchmark_sets.root must be a folder that holds a subfolder for each set, with pairs "
            f"NAME{_HIGH} and NAME{_LOW}. Received: {root}. "
            "Give it with: kedro run --pipelines=benchmark_sets --params=benchmark_sets.root=FOLDER"
        )
    folders = {name: Path(root).expanduser() / name for name in names}
    there = {name: folder for name, folder in folders.items() if folder.is_dir()}
    if not there:
        raise InputError(
            f"benchmark_sets.root must hold a subfolder for at least one of {', '.join(names)}. Received "
            f"none in: {root}. Other sets are measured with --params=benchmark_sets.sets=[NAME]."
        )
    for name, folder in folders.items():
        if name not in there:
            logger.warning("Skipped the benchmark set %s: there is no folder %s", name, folder)
    sets = {name: _find_pairs(folder) for name, folder in there.items()}
    for pairs in sets.values():
        for pair in pairs:
            pair.read()
    return sets


def _find_pairs(folder: Path) -> tuple[ImagePair, ...]:
    # macOS leaves a hidden ._name.png, which is no image, beside each file it copies to a foreign disk.
    files = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    names = sorted({file.removesuffix(end) for end in (_HIGH, _LOW) for file in files if file.endswith(end)})
    if not names:
        raise InputError(
            f"A benchmark set must hold pairs NAME{_HIGH} and NAME{_LOW}. Received none in: {folder}"
        )
    for name in names:
        for file, other in ((name + _HIGH, name + _LOW), (name + _LOW, name + _HIGH)):
            if file not in files:
                raise InputError(
                    f"Every image of a benchmark set must come as NAME{_HIGH} and as NAME{_LOW}. "
                    f"Received {folder / other} without {file}. Add the one or remove the other."
                )
    return tuple(ImagePair(name, folder / (name + _HIGH), folder / (name + _LOW)) for name in names)


def _decode(path: Path) -> np.ndarray:
    return decode_photograph(_read(path)).numpy()


def _read(path: Path) -> Photograph:
    try:
        return Photograph(str(path), path.read_bytes())
    except OSError as error:
        raise InputError(f"Photograph {path} can't be read: {error.strerror}.") from error


def _size(image: np.ndarray) -> str:
    return f"{image.shape[0]} high and {image.shape[1]} wide"
