"""The figures of each variant and of all together, and the report that shows them."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.reporting import nodes
from srgan_report.pipelines.reporting.results import SHARED, SPECTRA
from srgan_report.variants import COMPARED

_DRAWN = ("validation_crops", "figure_photograph", "comparison", "power_spectra")


def create_pipeline() -> Pipeline:
    """Creates the figures that compare all variants, and the report, which shows them and comes last.

    In the comparison's namespace, where all datasets keep their names: users know them.
    """
    results = {name: f"{name}.results" for name in COMPARED}
    figures = {name: f"figures.{name}" for name in nodes.FIGURES}
    measure_spectra = Node(
        nodes.measure_spectra,
        inputs={"validation_crops": "validation_crops"} | results,
        outputs=list(SPECTRA),
        name="measure_spectra",
        namespace="comparison",
    )
    draw_figures = Node(
        nodes.draw_figures,
        inputs={"crops": "params:figures.crops", "blends": "comparison.blends"}
        | {name: name for name in _DRAWN}
        | results,
        outputs=figures,
        name="draw_figures",
        namespace="comparison",
    )
    render_report = Node(
        nodes.render_report,
        inputs={"run": "params:run"} | {name: name for name in ("notebooks", *SHARED, *figures.values())},
        outputs="report",
        name="render_report",
        namespace="comparison",
    )
    return Pipeline([measure_spectra, draw_figures, render_report])


def create_variant_pipeline(name: str) -> Pipeline:
    """Creates the article's rows of one variant."""
    rows = Node(
        nodes.draw_rows,
        inputs=[
            "validation_crops",
            "super_resolved",
            "photograph_metrics",
            "training_summary",
            "params:figures.crops",
        ],
        outputs="article_rows",
        name="draw_rows",
    )
    return Pipeline([rows], namespace=name, inputs={"validation_crops"}, parameters={"figures.crops"})
