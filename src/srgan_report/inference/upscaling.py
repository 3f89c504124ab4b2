"""Upscaling a user's own image files four times with a trained generator."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from srgan_report.errors import MAX_NAMED, InputError, printable
from srgan_report.inference.photo_files import PhotoFile, find_obstacle, read_photo, save_png
from srgan_report.ticking import ticking
from srgan_report.variants import SCALE

# From images (1, height, width, 3) float32 in [0, 1] to uint8 four times as large, as ``Upscaler`` does.
Upscale = Callable[[np.ndarray], np.ndarray]

_PREVIEW_SIDE = 256  # pixels of the photograph's middle that a preview shows, at most
_LABEL_WIDTH, _LABEL_HEIGHT = 160, 32

logger = logging.getLogger(__name__)


def upscale_photo(photo: Image.Image, upscale: Upscale) -> Image.Image:
    """Upscales an image four times: its colours by the network, its alpha by bicubic interpolation.

    The image is in mode L, LA, RGB or RGBA, and keeps it. The network gets greyscale as RGB, of which luma
    (BT.601) is kept. Values go through as they are, whatever the ICC profile, which stays with the image.
    """
    colours = np.asarray(photo.convert("RGB"), np.float32) / 255
    upscaled = Image.fromarray(upscale(colours[None])[0])
    if photo.mode in ("L", "LA"):
        upscaled = upscaled.convert("L")
    if photo.mode in ("LA", "RGBA"):
        upscaled.putalpha(photo.getchannel("A").resize(upscaled.size, Image.Resampling.BICUBIC))
    upscaled.info = dict(photo.info)
    return upscaled


def blend(first: Upscale, second: Upscale, share: float) -> Upscale:
    """Averages the pictures of two networks; ``share``, in [0, 1], is that of the second.

    This keeps more PSNR at the same LPIPS than averages of weights (Wang et al. 2018, ESRGAN, section 3.4).
    """
    return lambda images: average(first(images), second(images), share)


def average(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """Averages pictures, uint8: ``1 - share`` of the first and ``share`` of the second, rounded."""
    return np.rint((1 - share) * first + np.float32(share) * second).astype(np.uint8)


def draw_preview(photo: Image.Image, upscaled: Image.Image, label: str) -> Image.Image:
    """Draws the middle of an image by bicubic interpolation and by the network, side by side, with labels.

    Transparency becomes white; an ICC profile stays if it is for RGB.
    """
    width, height = (min(side, _PREVIEW_SIDE) for side in photo.size)
    left, top = (photo.width - width) // 2, (photo.height - height) // 2
    size = (SCALE * width, SCALE * height)
    bicubic = photo.crop((left, top, left + width, top + height)).resize(size, Image.Resampling.BICUBIC)
    box = (SCALE * left, SCALE * top, SCALE * (left + width), SCALE * (top + height))
    second = max(size[0], _LABEL_WIDTH)  # where it begins
    preview = Image.new("RGBA", (2 * second, _LABEL_HEIGHT + size[1]), "white")
    draw = ImageDraw.Draw(preview)
    for x, panel, text in ((0, bicubic, "Bicubic"), (second, upscaled.crop(box), label)):
        preview.alpha_composite(panel.convert("RGBA"), (x, _LABEL_HEIGHT))
        draw.text((x + 6, 4), text, "black", ImageFont.load_default(18))
    preview = preview.convert("RGB")
    preview.info = dict(photo.info) if photo.mode in ("RGB", "RGBA") else {}
    return preview


def find_missing(files: Sequence[PhotoFile], *, overwrite: bool) -> dict[PhotoFile, list[Path]]:
    """Finds the files of which something is still to be written, with those paths; warns of the others."""
    targets = {
        file: [path for path in file.targets if overwrite or not os.path.isfile(path)] for file in files
    }
    missing = {file: paths for file, paths in targets.items() if paths}
    if there := len(files) - len(missing):
        logger.warning(
            "Kept existing files, from whichever network: %d of %d "
            "(to replace them: --overwrite or upscale.overwrite=true).", there, len(files),
        )  # fmt: skip
    return missing


def upscale_files(missing: Mapping[PhotoFile, Sequence[Path]], upscale: Upscale, *, label: str) -> None:
    """Upscales image files, each to those of its ``targets`` that are named, by a network of this label.

    It takes about 130 bytes for each pixel of a photograph: 1.6 GB for 12 megapixels.

    Raises:
        InputError: Some could not be upscaled: says which and why, when all others are done.
    """
    failures = []
    # disable=None: a bar where a person watches; a log file gets one line for each file.
    with tqdm(missing.items(), desc=label, disable=None) as bar, ticking(bar):
        for file, targets in bar:
            try:
                size = _upscale_file(file, targets, upscale, label)
                if bar.disable:
                    logger.info("%s: %s, %d × %d", label, file.name, *size)
            except (InputError, MemoryError) as error:
                too_large = f"{printable(str(file.source))} does not fit into memory."
                failures.append(too_large if isinstance(error, MemoryError) else str(error))
                logger.warning("%s", failures[-1])
    if failures:
        raise InputError(_describe(failures, len(missing)))


def _upscale_file(file: PhotoFile, targets: Sequence[Path], upscale: Upscale, label: str) -> tuple[int, int]:
    """Writes these targets of a file; gives the size of what it wrote."""
    obstacles = {target: find_obstacle(target) for target in targets}
    writable = [target for target, obstacle in obstacles.items() if not obstacle]
    size = (0, 0)
    if writable:
        photo = read_photo(file.source)
        upscaled = upscale_photo(photo, upscale)
        size = upscaled.size
        for target in writable:
            save_png(upscaled if target == file.targets[0] else draw_preview(photo, upscaled, label), target)
    if len(writable) < len(targets):
        raise InputError(" ".join(filter(None, obstacles.values())))
    return size


def _describe(failures: Sequence[str], total: int) -> str:
    if total == 1:
        return failures[0]
    others = ", the others were" if len(failures) < total else ""
    more = len(failures) - MAX_NAMED
    return (
        f"{len(failures)} of {total} files could not be upscaled{others}: "
        + " ".join(failures[:MAX_NAMED])
        + (f" And {more} more, which the log names." if more > 0 else "")
    )
