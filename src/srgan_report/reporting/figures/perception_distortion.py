"""Perception against distortion: where each method lies between LPIPS and PSNR."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.reporting.figures import style
from srgan_report.variants import FAITHFUL, METHOD_LABELS, SHARP

_Y = "lpips"
_TITLE = "After Blau & Michaeli 2018. Better: to the right and down \N{SOUTH EAST ARROW}"


def draw_perception_distortion(comparison: pd.DataFrame, blends: pd.DataFrame | None = None) -> Figure:
    """Draws PSNR against LPIPS: distortion and, for perception, a learned distance.

    After Blau & Michaeli 2018, "The Perception-Distortion Tradeoff". LPIPS stands in for perception here,
    though it too compares with the original.

    Whiskers are 95% intervals, where there are any. A method without ``psnr`` or ``lpips`` (NaN, or infinite)
    is left out. ``blends`` are a curve between two variants.
    """
    figure = style.new_figure(7, 4.6)
    axes = figure.add_subplot()
    _draw_methods(axes, comparison, "psnr", blends)
    style.set_title(axes, _TITLE)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center", **style.LEGEND)
    return figure


def draw_benchmark_planes(benchmark_comparison: pd.DataFrame, benchmark_blends: pd.DataFrame) -> Figure:
    """Draws PSNR-Y against LPIPS on each benchmark set, as ``draw_perception_distortion`` does on crops.

    Methods that are none of this project's are numbers.
    """
    sets = benchmark_comparison["set"].unique()
    rows = -(-len(sets) // 2)
    figure = style.new_figure(4.35 * min(len(sets), 2) + 1.9, 4.0 * rows)
    panels = figure.subplots(rows, min(len(sets), 2), squeeze=False).flatten()
    for axes, name in zip(panels, sets, strict=False):
        comparison, blends = (
            table[table["set"] == name] for table in (benchmark_comparison, benchmark_blends)
        )
        _draw_methods(axes, comparison, "psnr_y", blends)
        style.set_title(axes, str(name))
    for axes in panels[len(sets) :]:  # where the last row is not full
        axes.set_axis_off()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center", **style.LEGEND)
    return figure


def _draw_methods(axes: Axes, comparison: pd.DataFrame, x: str, blends: pd.DataFrame | None) -> None:
    comparison = comparison[np.isfinite(comparison[[x, _Y]].to_numpy(float)).all(axis=1)]
    others = [name for name in comparison["method"] if name not in style.METHOD_MARKERS]
    markers = style.METHOD_MARKERS | {name: f"${number}$" for number, name in enumerate(others, start=1)}
    for _, row in comparison.iterrows():
        _draw_method(axes, row, x, markers[row["method"]])
    if blends is not None:
        _draw_blends(axes, comparison.set_index("method"), x, blends)
    axes.set_xlabel(f"{METRICS[x].label} \N{RIGHTWARDS ARROW}", **style.TEXT)
    axes.set_ylabel("\N{LEFTWARDS ARROW} LPIPS", **style.TEXT)
    axes.ticklabel_format(useOffset=False)
    axes.margins(0.08)
    style.plain_axes(axes)


def _draw_blends(axes: Axes, methods: pd.DataFrame, x: str, blends: pd.DataFrame) -> None:
    """The curve from the one variant to the other, with a dot for each share that was measured."""
    if not {FAITHFUL, SHARP} <= set(methods.index) or blends.empty:
        return
    points = pd.concat([methods.loc[[FAITHFUL]], blends.sort_values("share"), methods.loc[[SHARP]]])
    label = f"Averages of {METHOD_LABELS[FAITHFUL]}\nand {METHOD_LABELS[SHARP]}"
    look: dict[str, Any] = {"color": style.MUTED_COLOUR, "linewidth": 1, "markersize": 5, "zorder": 1.9}
    axes.plot(points[x], points[_Y], ":.", label=label, **look)  # below the methods


def _draw_method(axes: Axes, row: pd.Series, x: str, marker: str) -> None:
    colour = style.METHOD_COLOURS.get(row["method"], style.MUTED_COLOUR)
    for metric, direction in ((x, axes.hlines), (_Y, axes.vlines)):
        other = row[_Y if metric == x else x]
        low, high = row[f"{metric}_low"], row[f"{metric}_high"]
        if np.isfinite([low, high]).all():
            direction(other, low, high, color=colour, linewidth=1.2, alpha=0.6)
    axes.plot(row[x], row[_Y], marker=marker, linestyle="", color=colour, markersize=8, label=row["label"])
