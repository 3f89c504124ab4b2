"""The node that renders the report."""

import os
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.utils import find_kedro_project
from matplotlib.figure import Figure

from srgan_report.evaluation import spectra
from srgan_report.evaluation.comparison import has_diverged
from srgan_report.pipelines.reporting.results import describe_session
from srgan_report.reporting import figures
from srgan_report.storage.project_files import find_project_file
from srgan_report.variants import VARIANTS

METHODS = ("baselines", *VARIANTS)


def render_report(run: dict[str, Any], **datasets: Any) -> str:
    """Runs the notebook on the saved results and renders it as one HTML file.

    Args:
        run: The environment and the ``--params`` of this run, for the notebook to open the same catalog, and
            the project's folder.
        **datasets: All that the notebook reads. It loads them from the catalog itself; they are inputs
            so that Kedro makes them first, checks that they are there, and shows where the report
            comes from.

    Returns:
        The report, HTML.
    """
    # Imported only here: nbformat takes seconds, which every command of Kedro's would wait for.
    from srgan_report.reporting.text.rendering import convert_to_html, execute_notebook

    directory = Path(run["project"])
    notebooks = directory / find_project_file("notebooks", find_kedro_project(directory))
    notebook = execute_notebook(
        notebooks / "report.ipynb", directory=directory, environment={**os.environ, **describe_session(run)}
    )
    return convert_to_html(notebook, notebooks / "report.html.j2")


def draw_article_rows(
    validation_crops: dict[str, Any],
    super_resolved: dict[str, Any],
    baselines_super_resolved: dict[str, Any],
    photograph_metrics: pd.DataFrame,
    baselines_photograph_metrics: pd.DataFrame,
    training_summary: dict[str, Any],
    crops: list[int],
) -> Figure:
    """Draws the article's rows of one variant: HR, SR, LR and bicubic."""
    return figures.draw_article_rows(
        validation_crops,
        super_resolved,
        baselines_super_resolved,
        photograph_metrics,
        baselines_photograph_metrics,
        crops,
        diverged=list(super_resolved) if has_diverged(training_summary) else (),
    )


def draw_comparison_grid(validation_crops: dict[str, Any], crops: list[int], **datasets: Any) -> Figure:
    """Draws what every method makes of the same validation crops, side by side.

    Args:
        validation_crops: HR and LR crops and where they come from.
        crops: Which of them to draw.
        **datasets: By their names in the catalog, ``super_resolved`` and ``photograph_metrics`` of
            the baselines and of every variant, and every variant's ``training_summary``.
    """
    return figures.draw_comparison_grid(
        validation_crops, _super_resolved(datasets), _metrics(datasets), crops, _diverged(datasets)
    )


def draw_region(figure_photograph: dict[str, Any], **datasets: Any) -> Figure:
    """Draws a whole photograph, and its most detailed region by every method.

    Args:
        figure_photograph: The photograph.
        **datasets: ``enlarged_photograph`` and its ``enlarged_photograph_metrics`` of the baselines and of
            every variant, and every variant's ``training_summary``, by their names in the catalog.
    """
    kinds = ("enlarged_photograph", "enlarged_photograph_metrics")
    images, measures = (_of_all(datasets, kind) for kind in kinds)
    return figures.draw_region(figure_photograph, images, measures, _diverged(datasets))


def draw_error_maps(validation_crops: dict[str, Any], crops: list[int], **datasets: Any) -> Figure:
    """Draws where each method is wrong on the same validation crops.

    Args:
        validation_crops: HR crops and where they come from.
        crops: Which of them to draw.
        **datasets: ``super_resolved`` of the baselines and of every variant, and every variant's
            ``training_summary``, by their names in the catalog.
    """
    return figures.draw_error_maps(validation_crops, _super_resolved(datasets), crops, _diverged(datasets))


def draw_extremes(validation_crops: dict[str, Any], **datasets: Any) -> Figure:
    """Draws each variant's best, median and worst crop, of the datasets of ``draw_comparison_grid``."""
    return figures.draw_extremes(
        validation_crops, _super_resolved(datasets), _metrics(datasets), _diverged(datasets)
    )


def draw_gains(**datasets: Any) -> Figure:
    """Draws every photograph's measures over bicubic.

    Args:
        **datasets: ``photograph_metrics`` of the baselines and of every variant, and every variant's
            ``training_summary``, by their names in the catalog.
    """
    return figures.draw_gains(_metrics(datasets), _diverged(datasets))


def measure_spectra(validation_crops: dict[str, Any], **datasets: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measures power spectra of HR and of what every method makes of it, and the pixel shuffle's peaks.

    Args:
        validation_crops: HR crops.
        **datasets: By its name in the catalog, ``super_resolved`` of the baselines and of every variant.
    """
    originals = {spectra.REFERENCE: validation_crops["high_resolution"]}
    return spectra.measure_spectra(originals | _super_resolved(datasets))


def draw_spectra(power_spectra: pd.DataFrame, lattice_peaks: pd.DataFrame, **datasets: Any) -> Figure:
    """Draws what ``measure_spectra`` measured, but of variants that diverged."""
    return figures.draw_spectra(power_spectra, lattice_peaks, _diverged(datasets))


def draw_training_curves(**datasets: pd.DataFrame) -> Figure:
    """Draws losses and validation PSNR of all variants over their training.

    Args:
        **datasets: By its name in the catalog, every variant's ``{variant}.training_history``.
    """
    return figures.draw_training_curves({name: datasets[f"{name}.training_history"] for name in VARIANTS})


def _super_resolved(datasets: dict[str, Any]) -> dict[str, Any]:
    return _of_all(datasets, "super_resolved")


def _of_all(datasets: dict[str, Any], kind: str) -> dict[str, Any]:
    of_all: dict[str, Any] = {}
    for name in METHODS:
        of_all |= datasets[f"{name}.{kind}"]
    return of_all


def _metrics(datasets: dict[str, Any]) -> pd.DataFrame:
    return pd.concat([datasets[f"{name}.photograph_metrics"] for name in METHODS], ignore_index=True)


def _diverged(datasets: dict[str, Any]) -> list[str]:
    return [name for name in VARIANTS if has_diverged(datasets[f"{name}.training_summary"])]
