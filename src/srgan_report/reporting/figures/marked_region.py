"""A whole photograph and, magnified, what every method makes of its most detailed region."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from srgan_report.reporting.figures.crops import Images, grid_columns, note_scores, shorten
from srgan_report.reporting.figures.panels import GAP, MARGIN, NOTE, PAGE, TITLE, Canvas, Panel, draw_panel
from srgan_report.reporting.figures.style import METHOD_LABELS, MUTED_COLOUR, SMALL_TEXT_SIZE

_CELL = 440  # pixels: about how wide a magnified region is
_SHARE = 1 / 6  # of the photograph's shorter side
_SMALLEST = 16
_FRAMES = (("#000000", 2.5), ("#ffffff", 1.0))  # white within black: seen on any picture


def draw_region(
    figure_photograph: dict[str, Any],
    enlarged: Images,
    measures: Mapping[str, Mapping[str, float]],
    diverged: Collection[str] = (),
) -> Figure:
    """Draws the paper's figures 2 and 6: a photograph with a marked region, and that region by every method.

    Args:
        figure_photograph: ``high_resolution`` uint8 ``(1, H, W, 3)`` and ``photograph_id`` ``(1,)``.
        enlarged: Every method's name and its photograph, uint8 ``(1, H, W, 3)``. Methods that are not there
            are left out.
        measures: ``psnr`` (dB, None where it is infinite) and ``ssim`` of each method on the whole
            photograph.
        diverged: Names of variants whose training was given up: they have no measures.
    """
    original = figure_photograph["high_resolution"][0]
    side = region_side(original)
    top, left = find_detail(original, side)
    region = np.s_[top : top + side, left : left + side]

    def cut(name: str | None) -> Panel | None:
        if name not in enlarged:
            return None
        note = "diverged"
        if name not in diverged:
            note = note_scores(measures[name]["psnr"], measures[name]["ssim"])
        return Panel(enlarged[name][0][region], METHOD_LABELS[name], note)

    columns: list[tuple[Panel | None, Panel | None]] = [(Panel(original[region], "HR"), cut("bicubic"))]
    columns += [(cut(above), cut(below)) for above, below in grid_columns()[1:]]
    whole = Panel(original, shorten(str(figure_photograph["photograph_id"][0])))
    return _lay_out(whole, (top, left, side), columns)


def region_side(photograph: np.ndarray) -> int:
    """How many pixels high and wide the region is: a sixth of the shorter side, a multiple of four."""
    shorter = min(photograph.shape[:2])
    return min(max(_SMALLEST, 4 * round(_SHARE * shorter / 4)), shorter)


def find_detail(image: np.ndarray, side: int) -> tuple[int, int]:
    """Finds the square with the most detail: the largest mean gradient of brightness.

    Args:
        image: ``(H, W, 3)`` uint8.
        side: Its height and width, at most those of the image.

    Returns:
        Its uppermost row and leftmost column, multiples of four.
    """
    gradient = np.hypot(*np.gradient(image.mean(axis=-1)))
    sums = np.pad(gradient, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    squares = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    means = (squares / side**2)[::4, ::4].round(6)  # rounded: what decides is not the last bit
    row, column = np.unravel_index(means.argmax(), means.shape)
    return 4 * int(row), 4 * int(column)


def _lay_out(
    whole: Panel, region: tuple[int, int, int], columns: list[tuple[Panel | None, Panel | None]]
) -> Figure:
    """The photograph at the left, two rows of its region beside it; all in whole numbers of pixels."""
    top, left, side = region
    zoom = max(1, _CELL // side)
    cell = zoom * side
    height = 2 * (TITLE + cell + NOTE)
    room = PAGE - 2 * MARGIN - len(columns) * (cell + GAP)
    rows, across = whole.image.shape[:2]
    whole_zoom = max(1, min((height - TITLE - NOTE) // rows, room // across))
    whole_height, whole_width = whole_zoom * rows, whole_zoom * across
    width = 2 * MARGIN + whole_width + len(columns) * (cell + GAP)
    canvas = Canvas(width, 2 * MARGIN + max(height, TITLE + whole_height + NOTE))
    down = MARGIN + TITLE
    axes = canvas.paint(whole.image, MARGIN, down, whole_width, whole_height)
    for colour, stroke in _FRAMES:
        box = Rectangle((left - 0.5, top - 0.5), side, side, fill=False, edgecolor=colour, linewidth=stroke)
        axes.add_patch(box)
    canvas.write(whole.title, MARGIN, down - 15, "left", "bottom", SMALL_TEXT_SIZE, MUTED_COLOUR)
    note = "PSNR in dB · SSIM,\nof the whole photograph."
    canvas.write(note, MARGIN, down + whole_height + 12, "left", "top", SMALL_TEXT_SIZE, MUTED_COLOUR)
    for column, panels in enumerate(columns):
        for row, panel in enumerate(panels):
            if panel:
                start = MARGIN + whole_width + GAP + column * (cell + GAP)
                draw_panel(canvas, panel, start, down + row * (cell + NOTE + TITLE), cell, zoom)
    return canvas.figure
