"""The figures of the report, drawn from saved tables and images.

Functions take what the catalog loads and return a ``matplotlib.figure.Figure``, so that a pipeline saves and
the notebook shows the same picture. None of them touches pyplot: nothing stays open, no display is needed.
Arguments are as ``Results`` has them (text/results.py). Methods that are not there are left out. Of
``diverged`` variants pictures say so instead of metrics, and charts leave them out.
"""

from collections.abc import Callable
from inspect import signature
from typing import Any

from matplotlib.figure import Figure

from srgan_report.reporting.figures.benchmark_sets import draw_benchmark
from srgan_report.reporting.figures.crops import (
    check_crops,
    draw_article_rows,
    draw_comparison_grid,
    draw_crop_pairs,
    draw_error_maps,
    draw_photographs,
)
from srgan_report.reporting.figures.gains import draw_extreme_crops, draw_gains_over_bicubic
from srgan_report.reporting.figures.perception_distortion import (
    draw_benchmark_planes,
    draw_perception_distortion,
)
from srgan_report.reporting.figures.spectra import draw_spectra
from srgan_report.reporting.figures.training_curves import draw_training_curves

FIGURES: dict[str, Callable[..., Figure]] = {
    function.__name__.removeprefix("draw_"): function
    for function in (
        *(draw_article_rows, draw_benchmark, draw_benchmark_planes, draw_comparison_grid, draw_crop_pairs),
        *(draw_error_maps, draw_extreme_crops, draw_gains_over_bicubic, draw_perception_distortion),
        *(draw_photographs, draw_spectra, draw_training_curves),
    )
}


def draw(name: str, results: Any, **given: Any) -> Figure | None:
    """Draws one of ``FIGURES`` from what is given, and those results that its other parameters name.

    Returns:
        The figure; None where one of these is missing.

    Raises:
        InputError: One of ``crops`` is not among the validation crops.
    """
    arguments = given | {each: getattr(results, each) for each in parameters(name) if each not in given}
    if "crops" in arguments:
        check_crops(arguments["crops"], len(arguments["validation_crops"]["position"]))
    return None if any(value is None for value in arguments.values()) else FIGURES[name](**arguments)


def parameters(name: str) -> list[str]:
    """The names of the results that one of ``FIGURES`` is drawn from."""
    return list(signature(FIGURES[name]).parameters)
