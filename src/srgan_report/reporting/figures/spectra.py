"""Power spectra of the originals and of what each method makes of them."""

from collections.abc import Collection
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from srgan_report.evaluation.spectra import LATTICE_FREQUENCIES, PEAK, REFERENCE, beyond_reference
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
    line_look,
    name_rows,
    plain_axes,
)
from srgan_report.variants import VARIANTS

_LR_LIMIT = 1 / 8  # cycles per pixel of HR: an LR of a quarter the size holds nothing finer
_OFFSETS = {"horizontal": -0.22, "vertical": 0.0, "diagonal": 0.22}  # of rows


def draw_spectra(
    power_spectra: pd.DataFrame, lattice_peaks: pd.DataFrame, diverged: Collection[str] = ()
) -> Figure:
    """Draws radially averaged power, and the peaks that a pixel shuffle may leave.

    Args:
        power_spectra: The first table of ``spectra.measure_spectra``. Nearest is left out: its blocks' edges
            would be the largest thing to see.
        lattice_peaks: The second one.
        diverged: Names of variants whose training was given up: they are left out.
    """
    figure = Figure(figsize=(WIDTH, 3.9), dpi=DPI, layout="constrained", facecolor="white")
    radial, *peaks = figure.subplots(1, 3, width_ratios=[1.7, 1, 1])
    _draw_radial(radial, power_spectra[~power_spectra["method"].isin(diverged)])
    beyond = beyond_reference(lattice_peaks)
    for axes, frequency in zip(peaks, LATTICE_FREQUENCIES, strict=True):
        shown = beyond[(beyond["frequency"] == frequency) & ~beyond["method"].isin([*diverged, "nearest"])]
        _draw_peaks(axes, shown, name_methods=axes is peaks[0])
        axes.set_title(f"Peaks at 1/{round(1 / frequency)} cycles per pixel", **_title())
    return figure


def _draw_radial(axes: Axes, power_spectra: pd.DataFrame) -> None:
    for name in (REFERENCE, *METHOD_COLOURS):
        curve = power_spectra[(power_spectra["method"] == name) & (power_spectra["frequency"] <= 0.5)]
        if curve.empty or name == "nearest":
            continue
        if name == REFERENCE:
            axes.plot(curve["frequency"], curve["power_db"], label="HR", color="#cccccc", linewidth=6)
            continue
        look = line_look(name) if name in VARIANTS else {"color": METHOD_COLOURS[name], "linestyle": ":"}
        look |= {"markevery": (1, 3), "label": METHOD_LABELS[name]}
        axes.plot(curve["frequency"], curve["power_db"], **look)
    axes.axvline(_LR_LIMIT, color=MUTED_COLOUR, linewidth=0.8, linestyle="--", zorder=0)
    axes.annotate(
        "finer than LR can hold →",
        (_LR_LIMIT, 0.02),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0),
        textcoords="offset points",
        size=SMALL_TEXT_SIZE,
        color=MUTED_COLOUR,
    )
    plain_axes(axes)
    axes.set_xlim(0, 0.5)
    axes.set_xlabel("cycles per pixel", size=SMALL_TEXT_SIZE, color=MUTED_COLOUR)
    axes.set_title("Power (dB), averaged over directions", **_title())
    if not axes.get_legend_handles_labels()[0]:  # crops of fewer than 16 pixels
        return
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.3 * (high - low))  # room for the legend above curves that hardly fall
    axes.legend(frameon=False, fontsize=SMALL_TEXT_SIZE, loc="upper right", labelcolor=TEXT_COLOUR)


def _draw_peaks(axes: Axes, beyond: pd.DataFrame, *, name_methods: bool) -> None:
    methods = [name for name in METHOD_COLOURS if name in set(beyond["method"])]
    for _, row in beyond.iterrows():
        name, height = row["method"], row["beyond_db"]
        place = methods.index(name) + _OFFSETS[row["direction"]]
        axes.hlines(place, 0, height, color=METHOD_COLOURS[name], linewidth=1)
        axes.plot(height, place, METHOD_MARKERS[name], color=METHOD_COLOURS[name], markersize=4.5)
    plain_axes(axes, grid="x")
    name_rows(axes, [METHOD_LABELS[name] if name_methods else "" for name in methods])
    axes.axvline(0, color=MUTED_COLOUR, linewidth=0.8, zorder=0)
    axes.axvline(PEAK, color=MUTED_COLOUR, linewidth=0.8, linestyle="--", zorder=0)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -1), max(high, PEAK + 1))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("dB over neighbours, beyond HR's own", size=SMALL_TEXT_SIZE, color=MUTED_COLOUR)


def _title() -> dict[str, Any]:
    return {"size": TEXT_SIZE, "color": TEXT_COLOUR, "loc": "left"}
