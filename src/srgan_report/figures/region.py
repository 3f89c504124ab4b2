"""A validation crop and, magnified, what every method makes of its most detailed region."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from srgan_report.figures.crops import Images, check_crops, grid_columns, name_crop, score_crop
from srgan_report.figures.panels import GAP, MARGIN, NOTE, PAGE, TITLE, Canvas, Panel, draw_panel
from srgan_report.figures.style import METHOD_LABELS, MUTED_COLOUR, SMALL_TEXT_SIZE

_CELL = 440  # pixels: about how wide a magnified region is
_SHARE = 3 / 8  # of the crop's side
_FRAMES = (("#000000", 3.5), ("#ffffff", 1.5))  # white within black: seen on any picture


def draw_region(
    validation_crops: dict[str, Any],
    super_resolved: Images,
    photograph_metrics: pd.DataFrame,
    crops: list[int],
    diverged: Collection[str] = (),
) -> Figure:
    """Draws the paper's figures 2 and 6: a picture with a marked region, and that region by every method.

    Of the crops it draws the one that holds the region with the most detail.

    Args:
        validation_crops: ``high_resolution`` uint8 ``(N, S, S, 3)``, ``photograph_id``, ``position`` and
            ``crop`` ``(N,)``.
        super_resolved: Every method's name and its crops, uint8 ``(N, S, S, 3)``. Methods that are not there
            are left out.
        photograph_metrics: Columns ``method``, ``position``, ``crop``, ``psnr`` (dB) and ``ssim``.
        crops: Validation crops to choose from.
        diverged: Names of variants whose training was given up: they have no measures.

    Raises:
        InputError: A crop is not one of the N, or has no metrics.
    """
    check_crops(crops, len(validation_crops["position"]))
    originals = validation_crops["high_resolution"]
    index = max(crops, key=lambda crop: find_detail(originals[crop])[2])
    top, left, _ = find_detail(originals[index])
    side = region_side(originals.shape[1])
    scores = score_crop(photograph_metrics, validation_crops, index, list(super_resolved), diverged)

    def cut(name: str | None) -> Panel | None:
        if name not in super_resolved:
            return None
        region = super_resolved[name][index, top : top + side, left : left + side]
        psnr, ssim = scores["psnr"][name], scores["ssim"][name]
        note = "diverged" if np.isnan(psnr) else f"{psnr:.2f} · {ssim:.4f}"
        return Panel(region, METHOD_LABELS[name], note)

    original = Panel(originals[index, top : top + side, left : left + side], "HR")
    columns: list[tuple[Panel | None, Panel | None]] = [(original, cut("bicubic"))]
    columns += [(cut(above), cut(below)) for above, below in grid_columns()[1:]]
    whole = Panel(originals[index], name_crop(validation_crops, index))
    return _lay_out(whole, (top, left, side), columns)


def region_side(size: int) -> int:
    """How many pixels of a crop's ``size`` the region has: three eighths, a multiple of four."""
    return max(4, 4 * round(_SHARE * size / 4))


def find_detail(image: np.ndarray) -> tuple[int, int, float]:
    """Finds the region with the most detail: the largest mean gradient of brightness.

    Args:
        image: ``(S, S, 3)`` uint8.

    Returns:
        Its uppermost row and leftmost column, multiples of four, and that mean in grey levels a pixel.
    """
    side = region_side(len(image))
    gradient = np.hypot(*np.gradient(image.mean(axis=-1)))
    windows = np.lib.stride_tricks.sliding_window_view(gradient, (side, side))[::4, ::4]
    means = windows.mean(axis=(2, 3)).round(6)  # rounded: what decides is not the last bit
    row, column = np.unravel_index(means.argmax(), means.shape)
    return 4 * int(row), 4 * int(column), float(means.max())


def _lay_out(
    whole: Panel, region: tuple[int, int, int], columns: list[tuple[Panel | None, Panel | None]]
) -> Figure:
    """The picture at the left, two rows of its region beside it; all in whole numbers of pixels."""
    top, left, side = region
    zoom = max(1, _CELL // side)
    cell = zoom * side
    height = 2 * (TITLE + cell + NOTE)
    room = PAGE - 2 * MARGIN - len(columns) * (cell + GAP)
    whole_zoom = max(1, min(height - TITLE - NOTE, room) // len(whole.image))
    whole_side = whole_zoom * len(whole.image)
    width = 2 * MARGIN + whole_side + len(columns) * (cell + GAP)
    canvas = Canvas(width, 2 * MARGIN + max(height, TITLE + whole_side + NOTE))
    down = MARGIN + TITLE
    axes = canvas.paint(whole.image, MARGIN, down, whole_side, whole_side)
    for colour, stroke in _FRAMES:
        box = Rectangle((left - 0.5, top - 0.5), side, side, fill=False, edgecolor=colour, linewidth=stroke)
        axes.add_patch(box)
    canvas.write(whole.title, MARGIN, down - 15, "left", "bottom", SMALL_TEXT_SIZE, MUTED_COLOUR)
    note = "PSNR in dB · SSIM, of the whole crop."
    canvas.write(note, MARGIN, down + whole_side + 12, "left", "top", SMALL_TEXT_SIZE, MUTED_COLOUR)
    for column, panels in enumerate(columns):
        for row, panel in enumerate(panels):
            if panel:
                across = MARGIN + whole_side + GAP + column * (cell + GAP)
                draw_panel(canvas, panel, across, down + row * (cell + NOTE + TITLE), cell, zoom)
    return canvas.figure
