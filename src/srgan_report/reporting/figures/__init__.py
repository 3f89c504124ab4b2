"""The figures of the report, drawn from saved tables and images.

Functions take what the catalog loads and return a ``matplotlib.figure.Figure``, so that a pipeline saves and
the notebook shows the same picture. None of them touches pyplot: nothing stays open, no display is needed.
Arguments are as ``Results`` has them (text/results.py). Methods that are not there are left out, and one of
``crops`` that is not there is an ``InputError``. Of ``diverged`` variants pictures say so instead of metrics,
and charts leave them out.
"""

from collections.abc import Callable
from inspect import signature
from typing import Any

from matplotlib.figure import Figure

from srgan_report.reporting.figures.benchmark_sets import draw_benchmark
from srgan_report.reporting.figures.crops import draw_comparison_grid, draw_crop_pairs
from srgan_report.reporting.figures.error_maps import draw_error_maps
from srgan_report.reporting.figures.extremes import draw_extremes
from srgan_report.reporting.figures.gains import draw_gains
from srgan_report.reporting.figures.perception_distortion import (
    draw_benchmark_planes,
    draw_perception_distortion,
)
from srgan_report.reporting.figures.photographs import draw_photographs
from srgan_report.reporting.figures.spectra import draw_spectra
from srgan_report.reporting.figures.training_curves import draw_training_curves

FIGURES: dict[str, Callable[..., Figure]] = {
    "benchmark": draw_benchmark,
    "benchmark_planes": draw_benchmark_planes,
    "comparison_grid": draw_comparison_grid,
    "crop_pairs": draw_crop_pairs,
    "error_maps": draw_error_maps,
    "extreme_crops": draw_extremes,
    "gains_over_bicubic": draw_gains,
    "perception_distortion": draw_perception_distortion,
    "photographs": draw_photographs,
    "spectra": draw_spectra,
    "training_curves": draw_training_curves,
}


def draw(name: str, results: Any) -> Figure | None:
    """Draws one of ``FIGURES`` from those results that its parameters name; None where one is missing."""
    arguments = {parameter: getattr(results, parameter) for parameter in parameters(name)}
    return None if any(value is None for value in arguments.values()) else FIGURES[name](**arguments)


def parameters(name: str) -> list[str]:
    """The names of the results that one of ``FIGURES`` is drawn from."""
    return list(signature(FIGURES[name]).parameters)
