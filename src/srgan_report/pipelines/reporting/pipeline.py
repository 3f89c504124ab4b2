"""The figures of each variant and of all together, and the report that shows them."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.reporting import nodes
from srgan_report.pipelines.reporting.results import SPECTRA
from srgan_report.variants import COMPARED

_RESULTS = {name: f"{name}.results" for name in COMPARED}
_DRAWN = ("validation_crops", "figure_photograph", "comparison", "power_spectra")
_TABLES = ("comparison", "differences", *SPECTRA)
# What the report shows that neither a namespace nor the comparison makes.
_SHARED = ("split", "validation_crops", "figure_photograph", "published_results", "notebooks")


def create_pipeline() -> Pipeline:
    """Creates figures and report from the results of each variant."""
    return create_figures_pipeline() + create_report_pipeline()


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


def create_figures_pipeline() -> Pipeline:
    """Creates the figures that compare all variants."""
    steps = [
        Node(
            nodes.measure_spectra,
            inputs={"validation_crops": "validation_crops"} | _RESULTS,
            outputs=list(SPECTRA),
            name="measure_spectra",
        ),
        Node(
            nodes.draw_figures,
            inputs={"crops": "params:figures.crops", "blends": "comparison.blends"}
            | {name: name for name in _DRAWN}
            | _RESULTS,
            outputs={name: f"figures.{name}" for name in nodes.FIGURES},
            name="draw_figures",
        ),
    ]
    return _namespace(steps)


def create_report_pipeline() -> Pipeline:
    """Creates the report, which comes after all else: it reads the tables and the figures."""
    figures = [f"figures.{name}" for name in nodes.FIGURES]
    inputs = {"run": "params:run"} | {name: name for name in (*_SHARED, *_TABLES, *figures)}
    return _namespace([Node(nodes.render_report, inputs=inputs, outputs="report", name="render_report")])


def _namespace(steps: list[Node]) -> Pipeline:
    """All datasets keep their names: users know them."""
    outputs = {name for node in steps for name in node.outputs}
    inputs = {name for node in steps for name in node.inputs if not name.startswith("params:")} - outputs
    parameters = {name for node in steps for name in node.inputs if name.startswith("params:")}
    return Pipeline(steps, namespace="comparison", inputs=inputs, outputs=outputs, parameters=parameters)
