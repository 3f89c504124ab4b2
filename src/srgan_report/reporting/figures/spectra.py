"""Power spectra of the originals and of what each method makes of them."""

from collections.abc import Collection
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from srgan_report.evaluation.spectra import PEAK, REFERENCE, strongest_frequencies
from srgan_report.reporting.figures import style
from srgan_report.variants import METHOD_LABELS

_LR_LIMIT = 1 / 8  # cycles per pixel of HR: an LR of a quarter the size holds nothing finer


def draw_spectra(power_spectra: pd.DataFrame, diverged: Collection[str] = ()) -> Figure:
    """Draws radially averaged power, and the highest power beyond the originals', of each method.

    They are of the first table of ``measure_spectra``. Nearest is left out: its blocks' edges would be the
    largest thing to see.
    """
    figure = style.new_figure(style.WIDTH, 3.9)
    radial, highest = figure.subplots(1, 2, width_ratios=[1.7, 1])
    _draw_radial(radial, power_spectra[~power_spectra["method"].isin(diverged)])
    strongest = strongest_frequencies(power_spectra)["beyond_db"]
    left_out = {*diverged, "nearest"}
    methods = [name for name in style.METHOD_COLOURS if name in strongest and name not in left_out]
    _draw_highest(highest, strongest[methods])
    return figure


def _draw_radial(axes: Axes, power_spectra: pd.DataFrame) -> None:
    for name in (REFERENCE, *style.METHOD_COLOURS):
        curve = power_spectra[(power_spectra["method"] == name) & (power_spectra["frequency"] <= 0.5)]
        if curve.empty or name == "nearest":
            continue
        look: dict[str, Any] = {"label": "HR", "color": "#cccccc", "linewidth": 6}
        if name != REFERENCE:
            look = style.line_look(name) | {"markevery": (1, 3), "label": METHOD_LABELS[name]}
        axes.plot(curve["frequency"], curve["power_db"], **look)
    axes.axvline(_LR_LIMIT, color=style.MUTED_COLOUR, linewidth=0.8, linestyle="--", zorder=0)
    axes.annotate(
        "finer than LR can hold →",
        (_LR_LIMIT, 0.02),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0),
        textcoords="offset points",
        **style.SMALL_TEXT,
    )
    style.plain_axes(axes)
    axes.set_xlim(0, 0.5)
    axes.set_xlabel("cycles per pixel", **style.SMALL_TEXT)
    style.set_title(axes, "Power (dB), averaged over directions")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.3 * (high - low))  # room for the legend above curves that hardly fall
    axes.legend(loc="upper right", **style.LEGEND | {"fontsize": style.SMALL_TEXT_SIZE})


def _draw_highest(axes: Axes, highest: pd.Series) -> None:
    for place, (name, height) in enumerate(highest.items()):
        colour = style.METHOD_COLOURS[str(name)]
        axes.hlines(place, 0, height, color=colour, linewidth=1.5)
        axes.plot(height, place, style.METHOD_MARKERS[str(name)], color=colour, markersize=6)
    style.list_methods(axes, [str(name) for name in highest.index], grid="x")
    style.set_title(axes, "Highest power beyond HR's")
    axes.axvline(0, color=style.MUTED_COLOUR, linewidth=0.8, zorder=0)
    axes.axvline(PEAK, color=style.MUTED_COLOUR, linewidth=0.8, linestyle="--", zorder=0)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -1), max(high, PEAK + 1))
    axes.set_xlabel("dB, at any frequency", **style.SMALL_TEXT)
