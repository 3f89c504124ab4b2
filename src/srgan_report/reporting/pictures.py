"""Figures and images as picture files, and as data URIs that a page needs no file for."""

import base64
import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from srgan_report.reporting.figures.panels import PanelFigure
from srgan_report.reporting.figures.style import PAGE_DPI

_CHART_DPI = 150  # for fine screens, and for Markdown, where pictures are at most 1,600 pixels wide


def save_picture(figure: Figure, kind: str, scale: int = 1) -> bytes:
    """A figure as ``png`` or ``webp``: panels with their very pixels, each ``scale`` pixels wide and high."""
    picture = io.BytesIO()
    dpi = scale * PAGE_DPI if isinstance(figure, PanelFigure) else _CHART_DPI
    figure.savefig(picture, format=kind, dpi=dpi, pil_kwargs={"lossless": True} if kind == "webp" else {})
    return picture.getvalue()


def save_chart(figure: Figure) -> str:
    """A chart as a data URI of WebP with 256 colours, which is as sharp and a third as large."""
    picture = io.BytesIO()
    with Image.open(io.BytesIO(save_picture(figure, "png"))) as drawn:
        few = drawn.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.convert("RGB").save(picture, "WEBP", lossless=True)
    return _as_uri(picture)


def as_webp(image: np.ndarray) -> str:
    """An image, uint8 or float in [0, 1], as a data URI of lossless WebP."""
    pixels = image if image.dtype == np.uint8 else (255 * np.clip(image, 0, 1)).round().astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=True, quality=100)
    return _as_uri(file)


def _as_uri(webp: io.BytesIO) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp.getvalue()).decode('ascii')}"
