"""Perception against distortion: where each method lies between LPIPS and PSNR."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from srgan_report.reporting.figures.style import (
    DPI,
    METHOD_COLOURS,
    METHOD_MARKERS,
    TEXT_COLOUR,
    TEXT_SIZE,
    plain_axes,
)

_X, _Y = "psnr", "lpips"


def draw_perception_distortion(comparison: pd.DataFrame) -> Figure:
    """Draws PSNR against LPIPS: distortion and, for perception, a learned distance.

    After Blau & Michaeli 2018, "The Perception-Distortion Tradeoff". LPIPS stands in for perception here,
    though it too compares with the original.

    Args:
        comparison: A row for each method: ``method``, ``label``, ``psnr`` in dB and ``lpips``, means over the
            validation crops, and ``psnr_low``, ``psnr_high``, ``lpips_low`` and ``lpips_high``, their 95%
            intervals, drawn as whiskers; where they are NaN there are none. A method without ``psnr`` or
            ``lpips`` (NaN, or infinite) is left out.
    """
    comparison = comparison[np.isfinite(comparison[[_X, _Y]].to_numpy(float)).all(axis=1)]
    figure = Figure(figsize=(7, 4.6), dpi=DPI, layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    for _, row in comparison.iterrows():
        _draw_method(axes, row)
    style: dict[str, Any] = {"size": TEXT_SIZE, "color": TEXT_COLOUR}
    title = "After Blau & Michaeli 2018. Better: to the right and down \N{SOUTH EAST ARROW}"
    axes.set_title(title, loc="left", **style)
    axes.set_xlabel("PSNR (dB) \N{RIGHTWARDS ARROW}", **style)
    axes.set_ylabel("\N{LEFTWARDS ARROW} LPIPS", **style)
    axes.ticklabel_format(useOffset=False)
    axes.margins(0.08)
    plain_axes(axes)
    figure.legend(loc="outside right center", frameon=False, fontsize=TEXT_SIZE, labelcolor=TEXT_COLOUR)
    return figure


def _draw_method(axes: Axes, row: pd.Series) -> None:
    colour = METHOD_COLOURS[row["method"]]
    for measure, direction in ((_X, axes.hlines), (_Y, axes.vlines)):
        other = row[_Y if measure == _X else _X]
        low, high = row[f"{measure}_low"], row[f"{measure}_high"]
        if np.isfinite([low, high]).all():
            direction(other, low, high, color=colour, linewidth=1.2, alpha=0.6)
    marker = METHOD_MARKERS[row["method"]]
    axes.plot(row[_X], row[_Y], marker, color=colour, markersize=8, label=row["label"])
