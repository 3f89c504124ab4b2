"""Benchmark sets such as Set5: whole photographs with LR copies."""

import itertools
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from srgan_report.data.benchmark_layouts import LAYOUTS, find_pairs
from srgan_report.data.crops import downscale
from srgan_report.data.decoding import decode_photograph, is_greyscale
from srgan_report.data.photographs import Photograph, read_file
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
        high = _decode(self.high_resolution)
        low = _decode(self.low_resolution) if self.low_resolution else None
        size = [side // SCALE for side in high.shape[:2]] if low is None else low.shape[:2]
        height, width = (SCALE * side for side in size)
        beyond = (high.shape[0] - height, high.shape[1] - width)
        if min(height, width) < MIN_SIDE or not all(0 <= pixels < SCALE for pixels in beyond):
            copy = "" if self.low_resolution is None else f", {self.low_resolution.name} {_size(size)}"
            raise InputError(
                f"An HR image must be {SCALE} times as high and wide as its LR copy, or up to {SCALE - 1} "
                f"pixels more, and at least {MIN_SIDE} pixels. Received: {self.high_resolution} is "
                f"{_size(high.shape)}{copy}."
            )
        high = high[:height, :width]
        return high, _make_low_resolution(high) if low is None else low.astype(np.float32) / 255

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
    sets = {}
    for name in names:
        try:
            pairs = find_pairs(folder, name)
        except OSError as error:
            raise InputError(
                f"benchmark_sets.root must be a readable folder. Received: {root}, where {error.filename} "
                f"can't be read: {error.strerror}."
            ) from error
        if pairs is None:
            logger.warning("Skipped the benchmark set %s: there is no folder %s", name, folder / name)
        else:
            sets[name] = tuple(ImagePair(image, *files) for image, files in pairs.items())
    if not sets:
        raise InputError(
            f"benchmark_sets.root must contain a subfolder for at least one of {', '.join(names)}. Received "
            f"none in: {root}. Other sets are measured with --params=benchmark_sets.sets=[NAME]."
        )
    for pair in itertools.chain.from_iterable(sets.values()):
        pair.read()
    return sets


def _make_low_resolution(high: np.ndarray) -> np.ndarray:
    with tf.device("CPU"):  # so that machines with and without an accelerator make the same pixels
        low = downscale(tf.constant(high.astype(np.float32) / 255), "antialiased_bicubic").numpy()
    return np.rint(low * 255).astype(np.float32) / 255


def _decode(path: Path) -> np.ndarray:
    return decode_photograph(Photograph(str(path), read_file(path)))


def _size(shape: Sequence[int]) -> str:
    return f"{shape[0]} high and {shape[1]} wide"


def read_picture(path: Path, height: int, width: int) -> np.ndarray:
    """Decodes a picture of this size: ``(height, width, 3)`` uint8; greyscale becomes RGB."""
    picture = _decode(path)
    if picture.shape[:2] != (height, width):
        raise InputError(
            f"A picture must be as large as the image it is of: {height} high and {width} wide. Received: "
            f"{printable(str(path))} is {_size(picture.shape)}."
        )
    return picture
