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
from srgan_report.evaluation.comparison import Results, has_diverged, unpack_results
from srgan_report.pipelines.reporting.results import BY_METHOD, describe_session
from srgan_report.reporting import figures
from srgan_report.reporting.figures.crops import check_crops, draw_article_rows
from srgan_report.variants import COMPARED, VARIANTS

Packed = dict[str, np.ndarray]  # what ``gather_results`` returned of one variant, or of the baselines

# All that no other node draws, nor the notebook alone.
FIGURES = [name for name in figures.FIGURES if name not in ("benchmark", "benchmark_planes", "crop_pairs")]


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
    measured = pd.DataFrame(
        {
            "method": "bicubic",
            "position": validation_crops["position"][index],
            "crop": validation_crops["crop"][index],
            **measure_pixels(validation_crops["high_resolution"][index], bicubic[index]),
        }
        for index in crops
    )
    (variant,) = super_resolved
    return draw_article_rows(
        validation_crops,
        super_resolved | {"bicubic": bicubic},
        pd.concat([photograph_metrics, measured]),
        crops,
        variant,
        diverged=[variant] if has_diverged(training_summary) else (),
    )


def measure_spectra(validation_crops: dict[str, Any], **packed: Packed) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measures power spectra of HR and of what every method makes of it, and the pixel shuffle's peaks."""
    results = {name: unpack_results(packed[name]) for name in COMPARED}
    originals = {spectra.REFERENCE: validation_crops["high_resolution"]}
    return spectra.measure_spectra(originals | _of_all(results, "super_resolved"))


def draw_figures(**datasets: Any) -> dict[str, Figure | None]:
    """Draws what every method makes of the same pictures, and charts of what was measured.

    Of what the figures name as parameters, and of what ``gather_results`` returned of each of ``COMPARED``.
    """
    results = {name: unpack_results(datasets[name]) for name in COMPARED}
    trained = {name: results[name] for name in VARIANTS}
    facts = SimpleNamespace(
        **datasets,
        **{kind: _of_all(results, kind) for kind in BY_METHOD},
        photograph_metrics=pd.concat([each["photograph_metrics"] for each in results.values()]),
        histories={name: each["training_history"] for name, each in trained.items()},
        summaries={name: each["training_summary"] for name, each in trained.items()},
        diverged=[name for name, each in trained.items() if has_diverged(each["training_summary"])],
    )
    return {name: figures.draw(name, facts) for name in FIGURES}


def _of_all(results: Mapping[str, Results], kind: str) -> dict[str, Any]:
    """What each of the baselines and variants has of its own, by method."""
    return {method: made for of_one in results.values() for method, made in of_one[kind].items()}
