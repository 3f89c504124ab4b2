"""How far each method is from bicubic interpolation: photograph by photograph, and at its extremes."""

from collections.abc import Collection, Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from srgan_report.evaluation.comparison import find_exact
from srgan_report.evaluation.metric_names import METRICS
from srgan_report.evaluation.significance import MIN_PHOTOGRAPHS
from srgan_report.reporting.figures import style
from srgan_report.reporting.figures.panels import Block, Panel, draw_note, draw_panels
from srgan_report.variants import METHOD_LABELS, VARIANTS

_METRICS = ("psnr", "lpips")
_PARTS = ("medianprops", "boxprops", "whiskerprops", "capprops")  # of a box
_PICTURE = ["position", "crop"]
_RANKS = ("best", "median", "worst")
_SPREAD = 0.28  # of a row's height, to both sides of its middle


def gains_over_bicubic(photograph_metrics: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Subtracts bicubic's metrics from every other method's of the same pictures.

    Crops that some method reproduces exactly are left out. Compared ``by`` ``["position"]`` are photographs,
    by their mean, and by ``["position", "crop"]`` crops.
    """
    metrics = [metric for metric in METRICS if metric in photograph_metrics]
    photograph_metrics = photograph_metrics[~find_exact(photograph_metrics)]
    means = photograph_metrics.groupby(["method", *by])[metrics].mean().reset_index(by)
    bicubic = means[means.index == "bicubic"].set_index(by)
    others = means[means.index != "bicubic"].reset_index().set_index(by)
    others[metrics] -= bicubic[metrics].reindex(others.index)
    return others.reset_index()


def draw_gains_over_bicubic(photograph_metrics: pd.DataFrame, diverged: Collection[str] = ()) -> Figure:
    """Draws every photograph's PSNR and LPIPS over bicubic: a point each, boxes where there are enough."""
    gains = gains_over_bicubic(photograph_metrics, ["position"])
    gains = gains[~gains["method"].isin(diverged)]
    methods = [name for name in style.METHOD_COLOURS if name in set(gains["method"])]
    figure = style.new_figure(style.WIDTH, 1.0 + 0.42 * len(methods))
    for axes, metric in zip(figure.subplots(1, len(_METRICS), sharey=True), _METRICS, strict=True):
        for place, name in enumerate(methods):
            values = gains.loc[gains["method"] == name, metric].to_numpy(float)
            _draw_row(axes, place, name, values)
        axes.axvline(0, color=style.MUTED_COLOUR, linewidth=1, zorder=1)  # above the grid, below points
        style.list_methods(axes, methods, grid="x", ticks=6)
        style.set_title(axes, style.name_metric(metric, " minus bicubic's"))
    photographs = gains["position"].nunique()
    text = f"A point for each of {photographs:,} validation photographs. Line: the mean."
    if photographs < MIN_PHOTOGRAPHS:
        text += " So few have no quartiles worth a box."
    else:
        text += " Boxes: quartiles and median; whiskers: up to 1.5 times the box beyond it."
    style.set_footnote(figure, text)
    return figure


def _draw_row(axes: Axes, place: int, name: str, values: np.ndarray) -> None:
    colour = style.METHOD_COLOURS[name]
    many = len(values) >= MIN_PHOTOGRAPHS
    # Evenly spread by the golden ratio: points apart, and in the same place each time.
    jitter = (np.arange(len(values)) * 0.618034) % 1 - 0.5 if len(values) > 1 else np.zeros(1)
    look: dict[str, Any] = {"markersize": 3, "alpha": 0.35} if many else {"markersize": 5, "alpha": 0.8}
    marker = style.METHOD_MARKERS[name]
    axes.plot(values, place + 2 * _SPREAD * jitter, marker, color=colour, markeredgewidth=0, **look)
    if many:
        box: dict[str, Any] = {part: {"color": style.TEXT_COLOUR} for part in _PARTS}
        box |= {"orientation": "horizontal", "showfliers": False, "manage_ticks": False}
        axes.boxplot(values, positions=[place], widths=2 * _SPREAD, **box)
    axes.vlines(values.mean(), place - 0.4, place + 0.4, color=colour, linewidth=2.4)


def draw_extreme_crops(
    validation_crops: dict[str, Any],
    super_resolved: dict[str, np.ndarray],
    photograph_metrics: pd.DataFrame,
    diverged: Collection[str] = (),
) -> Figure:
    """Draws each variant's best, median and worst validation crop, by its PSNR over bicubic's.

    Variants that diverged are left out.
    """
    pictures = zip(validation_crops["position"].tolist(), validation_crops["crop"].tolist(), strict=True)
    indices = {picture: index for index, picture in enumerate(pictures)}
    gains = gains_over_bicubic(photograph_metrics, _PICTURE)
    finished = [name for name in VARIANTS if name in super_resolved and name not in diverged]
    blocks = []
    for name in [name for name in finished if name in set(gains["method"])]:
        row: list[Panel | None] = []
        for rank, picture in pick_extremes(gains[gains["method"] == name]).items():
            index = indices[picture["position"], picture["crop"]]
            original = validation_crops["high_resolution"][index]
            row.append(Panel(original, f"HR, crop {index}"))
            gain = round(picture["psnr"], 2) + 0.0  # no minus before a zero
            note = f"{rank}: {gain:+.2f} dB"
            row.append(Panel(super_resolved[name][index], METHOD_LABELS[name], note))
        blocks.append(Block("", [row]))
    if not finished:
        return draw_note("No variant finished its training.")
    if not blocks:
        return draw_note("Some method reproduces every crop exactly.")
    return draw_panels(blocks, footnote="PSNR minus bicubic's on the same crop")


def pick_extremes(gains: pd.DataFrame) -> dict[str, dict[Hashable, Any]]:
    """Picks a method's rows with the highest, the middle (of two the higher) and the lowest PSNR.

    Fewer rows than three are several of these.
    """
    ranked = gains.sort_values("psnr", ascending=False, kind="stable").to_dict("records")
    places = (0, (len(ranked) - 1) // 2, len(ranked) - 1)
    return {rank: ranked[place] for rank, place in zip(_RANKS, places, strict=True)}
