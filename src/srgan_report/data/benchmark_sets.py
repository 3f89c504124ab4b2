"""Benchmark sets such as Set5: whole photographs with LR copies, and other methods' pictures of them."""

import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from srgan_report.data.benchmark_layouts import LAYOUTS, find_pairs
from srgan_report.data.crops import downscale
from srgan_report.data.decoding import decode_photograph, is_greyscale
from srgan_report.data.image_folders import is_image
from srgan_report.data.photographs import read_file
from srgan_report.errors import InputError, printable
from srgan_report.variants import SCALE

MIN_SIDE = 40  # pixels of an HR image's side: LPIPS needs 31 of them within the border that is left out

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImagePair:
    """One photograph of a benchmark set, by a name unique in it, read from disk when it is asked for.

    Without a file of ``low_resolution``, a quarter as high and wide, that is made from HR by bicubic
    interpolation with antialiasing, and rounded to 8 bits.
    """

    name: str
    high_resolution: Path
    low_resolution: Path | None

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Decodes both images; greyscale becomes RGB.

        Returns:
            HR, ``(4 height, 4 width, 3)`` uint8, with what exceeds four times LR cropped at the right and the
            bottom (the field's "modcrop"); and LR as it is stored, ``(height, width, 3)`` float32 in [0, 1].
        """
        high = decode_photograph(read_file(self.high_resolution)).numpy()
        if self.low_resolution is None:
            height, width = (side // SCALE * SCALE for side in high.shape[:2])
            self._require_fitting(high, high[:height:SCALE, :width:SCALE])
            return high[:height, :width], _make_low_resolution(high[:height, :width])
        low = decode_photograph(read_file(self.low_resolution)).numpy()
        self._require_fitting(high, low)
        height, width = (SCALE * side for side in low.shape[:2])
        return high[:height, :width], low.astype(np.float32) / 255

    def _require_fitting(self, high: np.ndarray, low: np.ndarray) -> None:
        height, width = (SCALE * side for side in low.shape[:2])
        beyond = (high.shape[0] - height, high.shape[1] - width)
        if min(height, width) < MIN_SIDE or not all(0 <= pixels < SCALE for pixels in beyond):
            copy = f", {self.low_resolution.name} {_size(low)}" if self.low_resolution else ""
            raise InputError(
                f"An HR image must be {SCALE} times as high and wide as its LR copy, or up to {SCALE - 1} "
                f"pixels more, and at least {MIN_SIDE} pixels. Received: {self.high_resolution} is "
                f"{_size(high)}{copy}."
            )

    @property
    def greyscale(self) -> bool:
        """Whether HR is stored as greyscale: then it is its own Y (see ``metrics.luma``)."""
        return is_greyscale(read_file(self.high_resolution))


def read_sets(root: str | None, names: Sequence[str]) -> dict[str, tuple[ImagePair, ...]]:
    """Finds the image pairs of benchmark sets below a folder, and reads each once: a bad one shows at once.

    ``~`` is the home directory. A set that is not there is skipped, with a warning.

    Returns:
        The pairs, sorted by name, of each set, in the order of ``names``.

    Raises:
        InputError: There is no such folder or none of the sets in it, a set's layout is not known, an HR or
            LR image lacks the other, or a pair can't be read.
    """
    folder = Path(os.path.expanduser(root or ""))
    if not root or not folder.is_dir():
        raise InputError(
            f"benchmark_sets.root must be a folder with sets such as {LAYOUTS[0]}. Received: {root}. "
            "Give it with: kedro run --pipelines=benchmark_sets --params=benchmark_sets.root=FOLDER"
        )
    try:
        found = {name: find_pairs(folder, name) for name in names}
    except OSError as error:
        raise InputError(
            f"benchmark_sets.root must be a readable folder. Received: {root}, where {error.filename} can't "
            f"be read: {error.strerror}."
        ) from error
    sets = {
        name: tuple(ImagePair(image, *files) for image, files in pairs.items())
        for name, pairs in found.items()
        if pairs is not None
    }
    if not sets:
        raise InputError(
            f"benchmark_sets.root must contain a subfolder for at least one of {', '.join(names)}. Received "
            f"none in: {root}. Other sets are measured with --params=benchmark_sets.sets=[NAME]."
        )
    for name in names:
        if name not in sets:
            logger.warning("Skipped the benchmark set %s: there is no folder %s", name, folder / name)
    for pairs in sets.values():
        for pair in pairs:
            pair.read()
    return sets


def _make_low_resolution(high: np.ndarray) -> np.ndarray:
    with tf.device("CPU"):  # so that machines with and without an accelerator make the same pixels
        low = downscale(tf.constant(high.astype(np.float32) / 255), "antialiased_bicubic").numpy()
    return np.rint(low * 255).astype(np.float32) / 255


def _size(image: np.ndarray) -> str:
    return f"{image.shape[0]} high and {image.shape[1]} wide"


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
            f"{printable(str(path))} is {_size(picture)}."
        )
    return picture
