"""The nodes that draw figures and render the report."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from kedro.utils import find_kedro_project
from matplotlib.figure import Figure

from srgan_report.evaluation import spectra
from srgan_report.evaluation.comparison import has_diverged
from srgan_report.evaluation.results import Results, unpack_results
from srgan_report.pipelines.reporting.results import describe_session
from srgan_report.reporting import figures
from srgan_report.reporting.figures.crops import check_crops
from srgan_report.storage.project_files import find_project_file
from srgan_report.variants import COMPARED, VARIANTS

Packed = dict[str, np.ndarray]  # what ``gather_results`` returned of one variant, or of the baselines


def render_report(run: dict[str, Any], **datasets: Any) -> str:
    """Runs the notebook on the saved results and renders it as one HTML file.

    Args:
        run: The environment and the ``--params`` of this run, for the notebook to open the same catalog, and
            the project's folder.
        **datasets: All that the notebook reads. It loads them from the catalog itself; they are inputs
            so that Kedro makes them first, and checks that they are there.
    """
    # Imported only here: nbformat takes seconds, which every command of Kedro's would wait for.
    from srgan_report.reporting.rendering import convert_to_html, execute_notebook

    directory = Path(run["project"])
    notebooks = directory / find_project_file("notebooks", find_kedro_project(directory))
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}  # the notebook uses a generator; TensorFlow's log is no news of it
    environment = quiet | os.environ | describe_session(run)
    notebook = execute_notebook(notebooks / "report.ipynb", directory=directory, environment=environment)
    return convert_to_html(notebook, notebooks / "report.html.j2")


def draw_rows(
    validation_crops: dict[str, Any],
    super_resolved: dict[str, Any],
    photograph_metrics: pd.DataFrame,
    training_summary: dict[str, Any],
    crops: list[int],
) -> Figure:
    """Draws the article's rows of one variant: HR, SR, LR and bicubic."""
    # Imported only here: TensorFlow takes seconds, and a notebook that opens results has no use for it.
    from srgan_report.evaluation.metrics import measure_pixels
    from srgan_report.inference.upscaler import interpolate

    check_crops(crops, len(validation_crops["position"]))
    bicubic = interpolate(validation_crops["low_resolution"], "bicubic")
    measured = pd.DataFrame(
        {
            "method": "bicubic",
            "position": validation_crops["position"][index],
            "crop": validation_crops["crop"][index],
            **measure_pixels(validation_crops["high_resolution"][index], bicubic[index]),
        }
        for index in crops
    )
    return figures.draw_article_rows(
        validation_crops,
        super_resolved,
        {"bicubic": bicubic},
        photograph_metrics,
        measured,
        crops,
        diverged=list(super_resolved) if has_diverged(training_summary) else (),
    )


def draw_pictures(
    validation_crops: dict[str, Any], figure_photograph: dict[str, Any], crops: list[int], **packed: Packed
) -> dict[str, Figure]:
    """Draws what every method makes of the same crops and of some photographs, and where it is wrong.

    ``packed`` is what ``gather_results`` returned of the baselines and of every variant, by their names.
    """
    results = _unpack(packed)
    super_resolved, metrics = _of_all(results, "super_resolved"), _metrics(results)
    diverged = _diverged(results)
    upscaled = _of_all(results, "upscaled_photograph")
    metrics_shown = _of_all(results, "upscaled_photograph_metrics")
    return {
        "comparison_grid": figures.draw_comparison_grid(
            validation_crops, super_resolved, metrics, crops, diverged
        ),
        "error_maps": figures.draw_error_maps(validation_crops, super_resolved, crops, diverged),
        "extreme_crops": figures.draw_extremes(validation_crops, super_resolved, metrics, diverged),
        "photographs": figures.draw_photographs(figure_photograph, upscaled, metrics_shown, diverged),
    }


def measure_spectra(validation_crops: dict[str, Any], **packed: Packed) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measures power spectra of HR and of what every method makes of it, and the pixel shuffle's peaks."""
    originals = {spectra.REFERENCE: validation_crops["high_resolution"]}
    return spectra.measure_spectra(originals | _of_all(_unpack(packed), "super_resolved"))


def draw_charts(
    comparison: pd.DataFrame,
    blends: pd.DataFrame,
    power_spectra: pd.DataFrame,
    **packed: Packed,
) -> dict[str, Figure]:
    """Draws the charts of what was measured, except of variants that diverged."""
    results = _unpack(packed)
    diverged = _diverged(results)
    histories, summaries = (
        {name: results[name][kind] for name in VARIANTS} for kind in ("training_history", "training_summary")
    )
    return {
        "training_curves": figures.draw_training_curves(histories, summaries),
        "perception_distortion": figures.draw_perception_distortion(comparison, blends),
        "gains_over_bicubic": figures.draw_gains(_metrics(results), diverged),
        "spectra": figures.draw_spectra(power_spectra, diverged),
    }


def _unpack(packed: Mapping[str, Packed]) -> dict[str, Results]:
    return {name: unpack_results(packed[name]) for name in COMPARED}


def _of_all(results: Mapping[str, Results], kind: str) -> dict[str, Any]:
    of_all: dict[str, Any] = {}
    for name in COMPARED:
        of_all |= results[name][kind]
    return of_all


def _metrics(results: Mapping[str, Results]) -> pd.DataFrame:
    return pd.concat([results[name]["photograph_metrics"] for name in COMPARED], ignore_index=True)


def _diverged(results: Mapping[str, Results]) -> list[str]:
    return [name for name in VARIANTS if has_diverged(results[name]["training_summary"])]
