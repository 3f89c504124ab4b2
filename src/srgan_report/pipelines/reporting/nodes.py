"""The nodes that draw figures and render the report."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from srgan_report.evaluation import spectra
from srgan_report.evaluation.comparison import has_diverged, unpack_results
from srgan_report.pipelines.reporting.results import describe_session, join_methods
from srgan_report.reporting import figures
from srgan_report.reporting.figures.crops import check_crops, draw_article_rows
from srgan_report.variants import COMPARED

Packed = dict[str, np.ndarray]  # what ``gather_results`` returned of one variant, or of the baselines

# All that no other node draws, nor the notebook alone.
_OTHERS = ("article_rows", "benchmark", "benchmark_planes", "crop_pairs")
FIGURES = [name for name in figures.FIGURES if name not in _OTHERS]


def render_report(run: dict[str, Any], notebooks: Path, **datasets: Any) -> str:
    """Runs the folder's notebook on the saved results and renders it as one HTML file.

    The notebook opens the catalog of this ``run``, and loads ``datasets`` itself: they are inputs so that
    Kedro makes them first, and checks that they are there.
    """
    # Imported only here: nbformat takes seconds, which every command of Kedro's would wait for.
    from srgan_report.reporting.rendering import convert_to_html, execute_notebook

    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}  # the notebook uses a generator; TensorFlow's log is no news of it
    environment = quiet | os.environ | describe_session(run)
    notebook = execute_notebook(
        notebooks / "report.ipynb", directory=Path(run["project"]), environment=environment
    )
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
    originals = validation_crops["high_resolution"]
    measured = pd.DataFrame([measure_pixels(originals[index], bicubic[index]) for index in crops])
    places = {key: validation_crops[key][crops] for key in ("position", "crop")}
    (variant,) = super_resolved
    return draw_article_rows(
        validation_crops,
        super_resolved | {"bicubic": bicubic},
        pd.concat([photograph_metrics, measured.assign(method="bicubic", **places)]),
        crops,
        variant,
        diverged=[variant] if has_diverged(training_summary) else (),
    )


def measure_spectra(validation_crops: dict[str, Any], **packed: Packed) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measures power spectra of HR and of what every method makes of it, and the pixel shuffle's peaks."""
    super_resolved = _join(packed)["super_resolved"]
    return spectra.measure_spectra({spectra.REFERENCE: validation_crops["high_resolution"]} | super_resolved)


def draw_figures(**datasets: Any) -> dict[str, Figure | None]:
    """Draws what every method makes of the same pictures, and charts of what was measured.

    Of what the figures name as parameters, and of what ``gather_results`` returned of each of ``COMPARED``.
    """
    joined = _join(datasets)
    diverged = [name for name, summary in joined["summaries"].items() if has_diverged(summary)]
    results = SimpleNamespace(**datasets, **joined, diverged=diverged)
    return {name: figures.draw(name, results) for name in FIGURES}


def _join(packed: Mapping[str, Packed]) -> dict[str, Any]:
    return join_methods({name: unpack_results(packed[name]) for name in COMPARED})
