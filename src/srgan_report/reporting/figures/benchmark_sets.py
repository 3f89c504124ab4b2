"""How methods compare on benchmark sets such as Set5."""

from itertools import product

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.evaluation.significance import MIN_PHOTOGRAPHS
from srgan_report.reporting.figures.style import (
    DPI,
    METHOD_COLOURS,
    METHOD_LABELS,
    METHOD_MARKERS,
    MUTED_COLOUR,
    SMALL_TEXT_SIZE,
    TEXT_COLOUR,
    TEXT_SIZE,
    WIDTH,
    name_rows,
    plain_axes,
    which_is_better,
)

_METRICS = ("psnr_y", "ssim_y", "lpips")


def draw_benchmark(benchmark_comparison: pd.DataFrame) -> Figure:
    """Draws PSNR-Y, SSIM-Y and LPIPS of every method on every set: markers with their 95% intervals.

    Args:
        benchmark_comparison: A table of ``benchmark.average_by_set``: ``set``, ``method``, ``images``, and
            each metric's mean, ``_low`` and ``_high``. Where these are NaN, the marker has no interval.
    """
    table = benchmark_comparison.assign(set=benchmark_comparison["set"].astype(str))
    sets = table["set"].unique()
    measured = table["method"].unique()
    methods = [name for name in METHOD_COLOURS if name in measured]
    methods += [name for name in measured if name not in METHOD_COLOURS]  # others', in their order
    height = 1.0 + len(sets) * (0.5 + 0.23 * len(methods))
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained", facecolor="white")
    grid = figure.subplots(len(sets), len(_METRICS), squeeze=False, sharex="col", sharey=True)
    for (row, set_name), (column, metric) in product(enumerate(sets), enumerate(_METRICS)):
        axes = grid[row, column]
        _draw_panel(axes, table[table["set"] == set_name], metric, methods)
        if row == 0:
            axes.set_title(_title(metric), size=TEXT_SIZE, color=TEXT_COLOUR, loc="left")
    for axes, set_name in zip(grid[:, 0], sets, strict=True):
        images = table.loc[table["set"] == set_name, "images"].iloc[0]
        text = f"{set_name}\n{images} image{'' if images == 1 else 's'}"
        axes.set_ylabel(text, size=TEXT_SIZE, color=TEXT_COLOUR, parse_math=False)
    figure.supxlabel(
        _footnote(table), x=0.01, ha="left", size=SMALL_TEXT_SIZE, color=MUTED_COLOUR, parse_math=False
    )
    return figure


def _draw_panel(axes: Axes, table: pd.DataFrame, metric: str, methods: list[str]) -> None:
    for _, row in table.iterrows():
        place, colour = methods.index(row["method"]), METHOD_COLOURS.get(row["method"], MUTED_COLOUR)
        axes.hlines(place, row[f"{metric}_low"], row[f"{metric}_high"], color=colour, linewidth=1.6)
        marker = METHOD_MARKERS.get(row["method"], "x")
        axes.plot(row[metric], place, marker, color=colour, markersize=5)
    plain_axes(axes)
    name_rows(axes, [METHOD_LABELS.get(name, name) for name in methods])
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.tick_params(axis="x", labelbottom=True)


def _title(metric: str) -> str:
    return which_is_better(METRICS[metric].label, METRICS[metric].higher_is_better)


def _footnote(table: pd.DataFrame) -> str:
    text = "Means over a set's images, 4 pixels left out at every edge. Lines: 95% bootstrap intervals."
    few = table[table["images"] < MIN_PHOTOGRAPHS].drop_duplicates("set")
    if few.empty:
        return text
    counts = ", ".join(f"{row['set']} has {row['images']}" for _, row in few.iterrows())
    return f"{text}\nSo few images have none that could be trusted: {counts}."
