"""Images side by side, each of their pixels drawn as a whole number of the figure's pixels."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from srgan_report.figures.style import DPI, MUTED_COLOUR, SMALL_TEXT_SIZE, TEXT_COLOUR, TEXT_SIZE

# Pixels at DPI. 384 is a multiple of most crop sizes, and five such panels are as wide as a laptop's page.
_SIDE = 384
_GAP = 20
_MARGIN = 8
_TITLE = 44
_NOTE = 44
_HEADING = 48
_BLOCK_GAP = 24


@dataclass(frozen=True)
class Panel:
    """One image, and what stands above and below it.

    Attributes:
        image: ``(height, width, 3)``, uint8 or float in [0, 1]. Square.
        title: Text above it.
        note: Text below it.
        strong: Whether the note is bold.
        magnified: Whether it fills its cell; otherwise its pixels are as large as those of the
            figure's largest image, and it is as much smaller as it has fewer.
    """

    image: np.ndarray
    title: str = ""
    note: str = ""
    strong: bool = False
    magnified: bool = True


@dataclass(frozen=True)
class Block:
    """Rows of panels under one heading; None leaves a cell empty."""

    heading: str
    rows: list[list[Panel | None]]


def draw_panels(blocks: list[Block], footnote: str = "") -> Figure:
    """Draws blocks of images, one below the other.

    Matplotlib's own layouts give an axes any size, so that some pixels of an image come out wider
    than others; here sizes and positions are counted in pixels at ``DPI``.

    Args:
        blocks: What to draw. The largest image's side sets how large all panels are.
        footnote: A line below everything.

    Returns:
        The figure. Saved at ``DPI`` (or a multiple of it) no pixel of it is blurred.
    """
    rows = [row for block in blocks for row in block.rows]
    largest = max(panel.image.shape[0] for row in rows for panel in row if panel)
    zoom = max(1, round(_SIDE / largest))
    side = zoom * largest
    columns = max(len(row) for row in rows)
    width = 2 * _MARGIN + columns * side + (columns - 1) * _GAP
    height = 2 * _MARGIN + sum(_block_height(block, side) for block in blocks)
    height += _BLOCK_GAP * (len(blocks) - 1) + (_NOTE if footnote else 0)
    canvas = _Canvas(width, height)
    top = _MARGIN
    for block in blocks:
        _draw_block(canvas, block, top, side, zoom)
        top += _block_height(block, side) + _BLOCK_GAP
    canvas.write(footnote, _MARGIN, height - _MARGIN, "left", "bottom", SMALL_TEXT_SIZE, MUTED_COLOUR)
    return canvas.figure


class _Canvas:
    """A figure addressed in pixels from its upper left corner."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")

    def paint(self, image: np.ndarray, left: int, top: int, side: int) -> None:
        bottom = self.height - top - side
        box = (left / self.width, bottom / self.height, side / self.width, side / self.height)
        axes = self.figure.add_axes(box)
        axes.imshow(image, interpolation="none", aspect="auto")
        axes.set_axis_off()

    def write(
        self,
        text: str,
        x: float,
        y: float,
        across: str,
        down: str,
        size: float,
        colour: str,
        bold: bool = False,
    ) -> None:
        if text:
            self.figure.text(
                x / self.width,
                1 - y / self.height,
                text,
                ha=across,
                va=down,
                size=size,
                color=colour,
                weight="bold" if bold else "normal",
                parse_math=False,  # a photograph's name may hold dollar signs
            )


def _title_height(row: list[Panel | None]) -> int:
    return _TITLE if any(panel and panel.title for panel in row) else 0


def _note_height(row: list[Panel | None]) -> int:
    return _NOTE if any(panel and panel.note for panel in row) else _GAP


def _block_height(block: Block, side: int) -> int:
    heading = _HEADING if block.heading else 0
    return heading + sum(_title_height(row) + side + _note_height(row) for row in block.rows)


def _draw_block(canvas: _Canvas, block: Block, top: int, side: int, zoom: int) -> None:
    canvas.write(block.heading, _MARGIN, top + _HEADING / 2, "left", "center", SMALL_TEXT_SIZE, MUTED_COLOUR)
    top += _HEADING if block.heading else 0
    for row in block.rows:
        top += _title_height(row)
        for column, panel in enumerate(row):
            if panel:
                _draw_panel(canvas, panel, _MARGIN + column * (side + _GAP), top, side, zoom)
        top += side + _note_height(row)


def _draw_panel(canvas: _Canvas, panel: Panel, left: int, top: int, side: int, zoom: int) -> None:
    shown = side if panel.magnified else zoom * panel.image.shape[0]
    inset = (side - shown) // 2
    canvas.paint(panel.image, left + inset, top + inset, shown)
    middle = left + side / 2
    canvas.write(panel.title, middle, top + inset - 10, "center", "bottom", TEXT_SIZE, TEXT_COLOUR)
    below = top + inset + shown + 8
    canvas.write(panel.note, middle, below, "center", "top", SMALL_TEXT_SIZE, TEXT_COLOUR, panel.strong)
