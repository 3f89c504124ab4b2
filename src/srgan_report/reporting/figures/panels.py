"""Images side by side, each of their pixels drawn as a whole number of the page's pixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from srgan_report.reporting.figures.style import DPI, PAGE_DPI, SMALL_TEXT, TEXT, TEXT_COLOUR, WIDTH

# Pixels of the page. 192 is a multiple of most crop sizes, and five such panels are as wide as a page.
_SIDE = 192
PAGE = round(WIDTH * PAGE_DPI)
GAP = 10
MARGIN = 4
TITLE = 22
NOTE = 22
_HEADING = 24
_BLOCK_GAP = 12
_MIN_WIDTH = 470  # for the heading and the footnote
_BAR = (256, 12)  # width and height of a colour bar
_NOTE = SMALL_TEXT | {"color": TEXT_COLOUR}


@dataclass(frozen=True)
class Panel:
    """One square image ``(side, side, 3)``, uint8 or float in [0, 1], a title above it and a note below it.

    The note may be bold. An image that is not ``magnified`` does not fill its cell: its pixels are as large
    as those of the figure's largest image.
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


@dataclass(frozen=True)
class ColourBar:
    """What colours ``(1, n, 3)`` uint8, from the least to the most, stand for."""

    colours: np.ndarray
    least: str
    most: str


class PanelFigure(Figure):
    """A figure of panels, which a page may also lay out itself.

    ``zoom`` is as of ``draw_panels``, but not 0; ``largest`` the side of the largest image in its own pixels.
    """

    blocks: list[Block]
    footnote: str
    bar: ColourBar | None
    zoom: int
    largest: int


def draw_panels(
    blocks: list[Block], footnote: str = "", bar: ColourBar | None = None, zoom: int = 0
) -> PanelFigure:
    """Draws blocks of images, one below the other.

    Matplotlib's own layouts give an axes any size, so that some pixels of an image come out wider
    than others; here sizes and positions are counted in pixels at ``PAGE_DPI``.

    Args:
        blocks: What to draw.
        footnote: A line below everything.
        bar: To the right of the footnote.
        zoom: How many of the page's pixels wide and high a pixel of the largest image is; 0 for as large as
            fits the page, but no image larger than a fifth of it.

    Returns:
        The figure. Saved at a multiple of ``PAGE_DPI`` no pixel of it is blurred.
    """
    rows = [row for block in blocks for row in block.rows]
    largest = max(panel.image.shape[0] for row in rows for panel in row if panel)
    columns = max(len(row) for row in rows)
    room = (PAGE - 2 * MARGIN - (columns - 1) * GAP) // columns
    zoom = zoom or max(1, min(_SIDE, room) // largest)
    side = zoom * largest
    headings, panels, bottom = _place(blocks, side)
    width = max(2 * MARGIN + columns * side + (columns - 1) * GAP, _MIN_WIDTH)
    height = bottom + MARGIN + (NOTE if footnote else 0)
    figure = PanelFigure((width / PAGE_DPI, height / PAGE_DPI), DPI, facecolor="white")
    figure.blocks, figure.footnote, figure.bar = blocks, footnote, bar
    figure.zoom, figure.largest = zoom, largest
    for heading, middle in headings:
        _write(figure, heading, MARGIN, middle, ha="left", va="center", **SMALL_TEXT)
    for panel, left, upper in panels:
        _draw_panel(figure, panel, left, upper, side)
    _write(figure, footnote, MARGIN, height - MARGIN, ha="left", va="bottom", **SMALL_TEXT)
    if bar:
        _draw_bar(figure, bar, width - MARGIN - round(0.5 * PAGE_DPI), height - MARGIN)
    return figure


def _place(
    blocks: list[Block], side: int
) -> tuple[list[tuple[str, float]], list[tuple[Panel, int, int]], int]:
    """Headings with the middle of their line, panels with the corner of their cell, and the bottom."""
    headings, panels = [], []
    top = MARGIN
    for block in blocks:
        headings.append((block.heading, top + _HEADING / 2))
        top += _HEADING if block.heading else 0
        for row in block.rows:
            top += TITLE if any(panel and panel.title for panel in row) else 0
            panels += [(panel, MARGIN + at * (side + GAP), top) for at, panel in enumerate(row) if panel]
            top += side + (NOTE if any(panel and panel.note for panel in row) else GAP)
        top += _BLOCK_GAP
    return headings, panels, top - _BLOCK_GAP


def draw_note(text: str) -> Figure:
    """A line of text, where there is nothing else to draw."""
    figure = Figure((_MIN_WIDTH / PAGE_DPI, 0.3), DPI, facecolor="white")
    figure.text(0.01, 0.5, text, va="center", **TEXT)
    return figure


def _paint(figure: Figure, image: np.ndarray, left: int, top: int, width: int, height: int) -> None:
    """Draws an image into a box, whose sides must be multiples of its own, so that no pixel is blurred.

    "none" also keeps a PDF from resampling it: there it lies with its own pixels.
    """
    columns, rows = np.rint(figure.get_size_inches() * PAGE_DPI)
    axes = figure.add_axes((left / columns, (rows - top - height) / rows, width / columns, height / rows))
    axes.imshow(image, interpolation="none", aspect="auto")
    axes.set_axis_off()


def _write(figure: Figure, text: str, x: float, y: float, **style: Any) -> None:
    """Writes a text at a point, counted in pixels from the upper left corner; none where it is empty."""
    columns, rows = np.rint(figure.get_size_inches() * PAGE_DPI)
    if text:  # a photograph's name may hold dollar signs
        figure.text(x / columns, 1 - y / rows, text, parse_math=False, **style)


def _draw_panel(figure: PanelFigure, panel: Panel, left: int, top: int, side: int) -> None:
    """Draws a panel into a square cell, whose upper left corner is given, with its texts above and below."""
    shown = side if panel.magnified else figure.zoom * panel.image.shape[0]
    inset = (side - shown) // 2
    _paint(figure, panel.image, left + inset, top + inset, shown, shown)
    middle, weight = left + side / 2, "bold" if panel.strong else "normal"
    _write(figure, panel.title, middle, top + inset - 5, ha="center", va="bottom", **TEXT)
    _write(figure, panel.note, middle, top + inset + shown + 4, ha="center", va="top", weight=weight, **_NOTE)


def _draw_bar(figure: Figure, bar: ColourBar, right: int, bottom: int) -> None:
    width, height = _BAR
    colours = np.repeat(bar.colours, width // bar.colours.shape[1], axis=1)
    left = right - colours.shape[1]
    _paint(figure, colours, left, bottom - height, colours.shape[1], height)
    _write(figure, bar.least, left - 4, bottom, ha="right", va="bottom", **_NOTE)
    _write(figure, bar.most, right + 4, bottom, ha="left", va="bottom", **_NOTE)
