"""The figures of each variant and of all together, and the report that shows them."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.reporting import nodes
from srgan_report.pipelines.reporting.nodes import METHODS, render_report
from srgan_report.pipelines.reporting.results import REPORT_DATASETS, SPECTRA
from srgan_report.reporting.figures import draw_perception_distortion
from srgan_report.variants import VARIANTS


def create_pipeline() -> Pipeline:
    """Creates figures and report from what is saved."""
    return create_figures_pipeline() + create_report_pipeline()


def create_report_pipeline() -> Pipeline:
    """Creates the report, which comes after all else: it reads the comparison table."""
    inputs = {"run": "params:run"} | {dataset: dataset for dataset in (*REPORT_DATASETS, *SPECTRA)}
    return Pipeline([Node(render_report, inputs=inputs, outputs="report", name="render_report")])


def create_figures_pipeline() -> Pipeline:
    """Creates all figures from what is saved.

    They have a namespace of their own rather than each variant's: a variant's figure shows the baselines
    too, and Kedro-Viz can only order layers where no collapsed namespace reads a later one.
    """
    drawn = [_article_rows(name) for name in VARIANTS]
    drawn += [_training_curves(), _perception_distortion(), _gains(), _measured_spectra(), _spectra()]
    pictures = ("super_resolved", "photograph_metrics")
    drawn += [
        _of_all("comparison_grid", nodes.draw_comparison_grid, pictures, crops="params:figures.crops"),
        _region(),
        _of_all("error_maps", nodes.draw_error_maps, pictures[:1], crops="params:figures.crops"),
        _of_all("extreme_crops", nodes.draw_extremes, pictures),
    ]
    kept = {f"{name}.article_rows" for name in VARIANTS} | set(SPECTRA)
    outputs = {name for node in drawn for name in node.outputs}
    inputs = {name for node in drawn for name in node.inputs if not name.startswith("params:")} - outputs
    return Pipeline(drawn, namespace="figures", inputs=inputs, outputs=kept, parameters={"figures.crops"})


def _article_rows(name: str) -> Node:
    return Node(
        nodes.draw_article_rows,
        inputs=[
            "validation_crops",
            f"{name}.super_resolved",
            "baselines.super_resolved",
            f"{name}.photograph_metrics",
            "baselines.photograph_metrics",
            f"{name}.training_summary",
            "params:figures.crops",
        ],
        outputs=f"{name}.article_rows",
        name=f"draw_article_rows_of_{name}",
    )


def _of_all(name: str, draw: Callable[..., Any], of_methods: tuple[str, ...], **inputs: str) -> Node:
    """A figure of the validation crops, of these datasets of every method and of who diverged."""
    inputs |= {"validation_crops": "validation_crops"} | _of_methods(*of_methods) | _summaries()
    return Node(draw, inputs=inputs, outputs=name, name=f"draw_{name}")


def _region() -> Node:
    of_methods = _of_methods("enlarged_photograph", "enlarged_photograph_metrics")
    inputs = {"figure_photograph": "figure_photograph"} | of_methods | _summaries()
    return Node(nodes.draw_region, inputs=inputs, outputs="marked_region", name="draw_marked_region")


def _gains() -> Node:
    inputs = _of_methods("photograph_metrics") | _summaries()
    return Node(nodes.draw_gains, inputs=inputs, outputs="gains_over_bicubic", name="draw_gains")


def _measured_spectra() -> Node:
    return Node(
        nodes.measure_spectra,
        inputs={"validation_crops": "validation_crops"} | _of_methods("super_resolved"),
        outputs=["power_spectra", "lattice_peaks"],
        name="measure_spectra",
    )


def _spectra() -> Node:
    tables = {"power_spectra": "power_spectra", "lattice_peaks": "lattice_peaks"}
    return Node(nodes.draw_spectra, inputs=tables | _summaries(), outputs="spectra", name="draw_spectra")


def _of_methods(*datasets: str) -> dict[str, str]:
    names = [f"{name}.{dataset}" for name in METHODS for dataset in datasets]
    return dict(zip(names, names, strict=True))


def _summaries() -> dict[str, str]:
    return {f"{name}.training_summary": f"{name}.training_summary" for name in VARIANTS}


def _training_curves() -> Node:
    histories = [f"{name}.training_history" for name in VARIANTS]
    return Node(
        nodes.draw_training_curves,
        inputs={history: history for history in histories},
        outputs="training_curves",
        name="draw_training_curves",
    )


def _perception_distortion() -> Node:
    return Node(
        draw_perception_distortion,
        inputs="comparison",
        outputs="perception_distortion",
        name="draw_perception_distortion",
    )
