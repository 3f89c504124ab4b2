"""The middle of some photographs, by every method."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from srgan_report.reporting.figures.crops import Images, shorten
from srgan_report.reporting.figures.panels import Block, Panel, PanelFigure, draw_panels
from srgan_report.variants import METHOD_LABELS, VARIANTS

Metrics = Mapping[str, Mapping[str, list[float]]]

_SIDE = 320  # pixels of the page: three are as wide as it
FOOTNOTE = (
    "After Ledig et al. 2017, Fig. 2. PSNR (higher is better) and LPIPS (lower is better) of what is shown."
)


def draw_photographs(
    figure_photograph: Mapping[str, Any],
    upscaled_photograph: Images,
    upscaled_photograph_metrics: Metrics,
    diverged: Collection[str] = (),
) -> PanelFigure:
    """Draws each photograph's region as LR, bicubic and HR, and by every variant below, three in a row."""
    variants = [name for name in VARIANTS if name in upscaled_photograph]
    rows = [["LR", "bicubic", "HR"], *(variants[start : start + 3] for start in range(0, len(variants), 3))]
    ids = [shorten(str(name)) for name in figure_photograph["photograph_id"]]
    panels = cut_regions(figure_photograph, upscaled_photograph, upscaled_photograph_metrics, diverged)
    blocks = [
        Block(name, [[of_region.get(method) for method in row] for row in rows])
        for name, of_region in zip(ids, panels, strict=True)
    ]
    zoom = max(1, _SIDE // figure_photograph["high_resolution"].shape[1])
    return draw_panels(blocks, footnote=FOOTNOTE, zoom=zoom)


def cut_regions(
    figure_photograph: Mapping[str, Any], upscaled: Images, metrics: Metrics, diverged: Collection[str]
) -> Iterator[dict[str, Panel]]:
    """Yields of each region its panels by the method's name, ``LR`` or ``HR``."""
    for index, original in enumerate(figure_photograph["high_resolution"]):
        panels = {
            name: Panel(images[index], METHOD_LABELS[name], _note(metrics[name], index, name in diverged))
            for name, images in upscaled.items()
        }
        low_resolution = figure_photograph["low_resolution"][index]
        yield {"LR": Panel(low_resolution, "LR", "input"), "HR": Panel(original, "HR", "original")} | panels


def _note(metrics: Mapping[str, list[float]], index: int, diverged: bool) -> str:
    psnr, lpips = metrics["psnr"][index], metrics["lpips"][index]
    if diverged:
        return "diverged"
    return "exact" if psnr is None or np.isinf(psnr) else f"{psnr:.2f} dB · LPIPS {lpips:.3f}"
