"""Figures as files and as HTML that needs none."""

import base64
import html
import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from srgan_report.reporting.figures.narrow import narrow
from srgan_report.reporting.figures.panels import GAP, Block, ColourBar, Panel, PanelFigure
from srgan_report.reporting.figures.style import PAGE_DPI

_CHART_DPI = 150  # for fine screens, and for Markdown, where pictures are at most 1,600 pixels wide
_PHONE = 720  # pixels: pages up to this width show the narrow chart
_MIN_PANEL = 120  # pixels of a panel: on a phone two stand next to each other


def save_picture(figure: Figure, kind: str, scale: int = 1) -> bytes:
    """A figure as ``png`` or ``webp``: panels with their very pixels, each ``scale`` pixels wide and high."""
    picture = io.BytesIO()
    dpi = scale * PAGE_DPI if isinstance(figure, PanelFigure) else _CHART_DPI
    figure.savefig(picture, format=kind, dpi=dpi, pil_kwargs={"lossless": True} if kind == "webp" else {})
    return picture.getvalue()


def lay_out_chart(figure: Figure, caption: str) -> str:
    """A chart as HTML: one picture for wide pages, and one for phones.

    Args:
        figure: The chart.
        caption: What a screen reader says of it.
    """
    wide, slim = (as_uri(_save_chart(each), "webp") for each in (figure, narrow(figure)))
    return (
        f'<picture><source media="(max-width: {_PHONE}px)" srcset="{slim}">'
        f'<img src="{wide}" width="{round(figure.get_figwidth() * PAGE_DPI)}" alt="{html.escape(caption)}">'
        "</picture>"
    )


def _save_chart(figure: Figure) -> bytes:
    """A chart as WebP of 256 colours, which is as sharp and a third as large."""
    picture = io.BytesIO()
    with Image.open(io.BytesIO(save_picture(figure, "png"))) as drawn:
        few = drawn.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.convert("RGB").save(picture, "WEBP", lossless=True)
    return picture.getvalue()


def lay_out(figure: PanelFigure) -> str:
    """Panels as HTML: as many in a row as the figure has, fewer where the page is narrower."""
    sides = [panel.image.shape[0] for block in figure.blocks for row in block.rows for panel in row if panel]
    side = figure.zoom * max(sides)
    parts = []
    for index, block in enumerate(figure.blocks):
        columns = max(len(row) for row in block.rows)
        gaps = (columns - 1) * GAP
        least = f"max({_MIN_PANEL}px, calc((100% - {gaps + 1}px) / {columns}))"
        style = (
            f"display: grid; gap: {GAP}px; margin-bottom: {GAP}px; "
            f"max-width: {columns * max(side, _MIN_PANEL) + gaps}px; "
            f"grid-template-columns: repeat(auto-fill, minmax({least}, 1fr))"
        )
        panels = [panel for row in block.rows for panel in (*row, *[None] * (columns - len(row)))]
        shown = "".join(_place(panel, index, block, max(sides)) for panel in panels)
        heading = f"<p>{html.escape(block.heading)}</p>" if block.heading else ""
        parts.append(f'{heading}<div class="panels" style="{style}">{shown}</div>')
    bar = _lay_out_bar(figure.bar) if figure.bar else ""
    return "".join(parts) + (
        f"<p><small>{html.escape(figure.footnote)} {bar}</small></p>" * bool(figure.footnote)
    )


def _place(panel: Panel | None, index: int, block: Block, largest: int) -> str:
    if panel is None:
        return "<span></span>"
    share = 100 if panel.magnified else 100 * panel.image.shape[0] / largest
    title = html.escape(panel.title)
    alt = html.escape(f"{block.heading} by {panel.title}".removeprefix(" by "))
    note = f"<b>{html.escape(panel.note)}</b>" if panel.strong else html.escape(panel.note)
    return (
        f'<figure><img src="{as_webp(panel.image)}" alt="{alt}" data-shows="{index} {title}" '
        f'style="width: {share:.4g}%; image-rendering: pixelated">'
        f"<figcaption>{title}<br><small>{note}</small></figcaption></figure>"
    )


def _lay_out_bar(bar: ColourBar) -> str:
    style = "display: inline; width: 160px; height: 10px"
    image = f'<img src="{as_webp(bar.colours)}" alt="from least to most" style="{style}">'
    return f"{html.escape(bar.least)} {image} {html.escape(bar.most)}"


def as_webp(image: np.ndarray) -> str:
    """An image, uint8 or float in [0, 1], as a data URI of lossless WebP."""
    pixels = image if image.dtype == np.uint8 else (255 * np.clip(image, 0, 1)).round().astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=True, quality=100)
    return as_uri(file.getvalue(), "webp")


def as_uri(content: bytes, kind: str) -> str:
    """A picture's file as a data URI; ``kind`` is ``png`` or ``webp``."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
