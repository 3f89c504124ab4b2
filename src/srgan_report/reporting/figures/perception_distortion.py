"""Perception against distortion: where each method stands between LPIPS and PSNR."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from srgan_report.reporting.figures.style import (
    DPI,
    METHOD_COLOURS,
    METHOD_MARKERS,
    SMALL_TEXT_SIZE,
    TEXT_COLOUR,
    TEXT_SIZE,
    plain_axes,
)

_X, _Y = "psnr", "lpips"
_MARKER = 7.0  # points
_WHISKER = 1.2
# Where a label may stand: how far its edge is from the middle of its point, in points, and in which of
# sixteen directions all around. The nearest come first; beyond the first distance a line leads back.
_DISTANCES = (7.0, 18.0, 32.0, 46.0, 60.0, 74.0)
_ANGLES = np.arange(16) * np.pi / 8
_DIRECTIONS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
_DIRECTIONS /= np.abs(_DIRECTIONS).max(axis=1, keepdims=True)


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
    figure = Figure(figsize=(8.4, 5.4), dpi=DPI, facecolor="white")
    axes = figure.add_axes((0.09, 0.11, 0.89, 0.81))
    for _, row in comparison.iterrows():
        _draw_method(axes, row)
    axes.margins(0.08)
    axes.autoscale_view()  # now: labels are placed in pixels, which stay what they are
    _describe_axes(axes)
    labels = [_write_label(axes, row) for _, row in comparison.iterrows()]
    points = axes.transData.transform(comparison[[_X, _Y]].to_numpy(float))
    _place_labels(labels, points, _whisker_boxes(axes), axes.bbox.get_points()[None])
    return figure


def _draw_method(axes: Axes, row: pd.Series) -> None:
    colour = METHOD_COLOURS[row["method"]]
    for measure, direction in ((_X, axes.hlines), (_Y, axes.vlines)):
        other = row[_Y if measure == _X else _X]
        low, high = row[f"{measure}_low"], row[f"{measure}_high"]
        if np.isfinite([low, high]).all():
            direction(other, low, high, color=colour, linewidth=_WHISKER, alpha=0.6)
    marker = METHOD_MARKERS[row["method"]]
    axes.plot(row[_X], row[_Y], marker=marker, color=colour, markersize=_MARKER, linestyle="")


def _describe_axes(axes: Axes) -> None:
    style: dict[str, Any] = {"size": TEXT_SIZE, "color": TEXT_COLOUR}
    axes.set_title(
        "After Blau & Michaeli 2018. Better: to the right and down \N{SOUTH EAST ARROW}", loc="left", **style
    )
    axes.set_xlabel("PSNR (dB): closer to the original, pixel by pixel \N{RIGHTWARDS ARROW}", **style)
    axes.set_ylabel("\N{LEFTWARDS ARROW} LPIPS: closer to the original by a learned distance", **style)
    axes.ticklabel_format(useOffset=False)
    plain_axes(axes)


def _write_label(axes: Axes, row: pd.Series) -> Annotation:
    """The method's name, for now in the middle of its point."""
    return axes.annotate(
        row["label"],
        (row[_X], row[_Y]),
        xytext=(0, 0),
        textcoords="offset points",
        ha="center",
        va="center",
        size=SMALL_TEXT_SIZE,
        color=TEXT_COLOUR,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        arrowprops={
            "arrowstyle": "-",
            "color": METHOD_COLOURS[row["method"]],
            "linewidth": 0.7,
            "shrinkA": 0,
        },
    )


def _whisker_boxes(axes: Axes) -> np.ndarray:
    """What the whiskers cover, in pixels: ``(whiskers, 2, 2)``, lower left and upper right corners."""
    lines = [
        axes.transData.transform(path.vertices) for lines in axes.collections for path in lines.get_paths()
    ]
    half = _WHISKER * DPI / 72 / 2
    return np.array(lines).reshape(-1, 2, 2) + np.array([[-half], [half]])


def _place_labels(
    labels: Sequence[Annotation], points: np.ndarray, whiskers: np.ndarray, within: np.ndarray
) -> None:
    """Moves each label in turn to the nearest place where it covers least.

    A label never covers another or leaves the axes as long as there is a place where it need not; it covers
    a point rather than another label, and a whisker rather than a point.

    Args:
        labels: In the middle of their points.
        points: ``(labels, 2)``, where their points are, in pixels.
        whiskers: ``(whiskers, 2, 2)``, what whiskers cover, in pixels.
        within: ``(1, 2, 2)``, the corners of the axes, in pixels.
    """
    pixels = DPI / 72  # in a point
    half = _MARKER * pixels / 2
    markers = np.stack([points - half, points + half], axis=1)
    distances = np.repeat(_DISTANCES, len(_DIRECTIONS))
    directions = np.tile(_DIRECTIONS, (len(_DISTANCES), 1))
    placed = np.empty((0, 2, 2))
    for label, point in zip(labels, points, strict=True):
        size = np.array(label.get_window_extent().size)
        offsets = directions * (size / 2 + distances[:, None] * pixels)
        boxes = np.stack([point + offsets - size / 2, point + offsets + size / 2], axis=1)
        crowded = size.prod() - _covered(boxes, within) + _covered(boxes, placed)
        cost = 100 * crowded + 10 * _covered(boxes, markers) + _covered(boxes, whiskers)
        best = np.argmin(cost.round())  # rounded: what counts is not the last bit
        label.set_position(tuple(offsets[best] / pixels))
        label.set_zorder(10 + len(labels) - len(placed))  # a line to a later label goes beneath it
        if label.arrow_patch is not None:
            label.arrow_patch.set_visible(bool(distances[best] > _DISTANCES[0]))
        placed = np.concatenate([placed, boxes[[best]]])


def _covered(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """``(n,)``: how many pixels of ``others`` ``(m, 2, 2)`` each of ``boxes`` ``(n, 2, 2)`` covers."""
    sides = np.minimum(boxes[:, None, 1], others[:, 1]) - np.maximum(boxes[:, None, 0], others[:, 0])
    return sides.clip(min=0).prod(axis=2).sum(axis=1)
