"""How methods compare on benchmark sets such as Set5."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from srgan_report.evaluation.significance import MIN_PHOTOGRAPHS
from srgan_report.reporting.figures import style
from srgan_report.reporting.words import count

_METRICS = ("psnr_y", "ssim_y", "lpips")


def draw_benchmark(benchmark_comparison: pd.DataFrame) -> Figure:
    """Draws PSNR-Y, SSIM-Y and LPIPS of every method on every set: means with 95% intervals, if any."""
    table = benchmark_comparison.assign(set=benchmark_comparison["set"].astype(str))
    sets = table["set"].unique()
    measured = table["method"].unique()
    methods = [name for name in style.METHOD_COLOURS if name in measured]
    methods += [name for name in measured if name not in style.METHOD_COLOURS]  # others', in their order
    figure = style.new_figure(style.WIDTH, 1.0 + len(sets) * (0.5 + 0.23 * len(methods)))
    grid = figure.subplots(len(sets), len(_METRICS), squeeze=False, sharex="col", sharey=True)
    for row, name in zip(grid, sets, strict=True):
        of_set = table[table["set"] == name]
        for axes, metric in zip(row, _METRICS, strict=True):
            _draw_panel(axes, of_set, metric, methods)
        images = of_set["images"].iloc[0]
        row[0].set_ylabel(f"{name}\n{count(images, 'image')}", parse_math=False, **style.TEXT)
    for axes, metric in zip(grid[0], _METRICS, strict=True):
        style.set_title(axes, style.name_metric(metric))
    text = "Means over a set's images, 4 pixels left out at every edge. Lines: 95% bootstrap intervals."
    few = table[table["images"] < MIN_PHOTOGRAPHS].drop_duplicates("set")
    if not few.empty:
        counts = ", ".join(f"{row['set']} has {row['images']}" for _, row in few.iterrows())
        text += f"\nSo few images have none that could be trusted: {counts}."
    style.set_footnote(figure, text)
    return figure


def _draw_panel(axes: Axes, table: pd.DataFrame, metric: str, methods: list[str]) -> None:
    for _, row in table.iterrows():
        name, place = row["method"], methods.index(row["method"])
        colour = style.METHOD_COLOURS.get(name, style.MUTED_COLOUR)
        axes.hlines(place, row[f"{metric}_low"], row[f"{metric}_high"], color=colour, linewidth=1.6)
        axes.plot(row[metric], place, style.METHOD_MARKERS.get(name, "x"), color=colour, markersize=5)
    style.list_methods(axes, methods)
    axes.tick_params(axis="x", labelbottom=True)
