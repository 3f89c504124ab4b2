"""The figures of each variant, and of all variants together, within a namespace of their own."""

from kedro.pipeline import Node, Pipeline

from srgan_report.figures import draw_perception_distortion
from srgan_report.pipelines.figures.nodes import (
    METHODS,
    draw_article_rows,
    draw_comparison_grid,
    draw_training_curves,
)
from srgan_report.variants import VARIANTS


def create_pipeline() -> Pipeline:
    """Creates all figures from what is saved.

    They have a namespace of their own rather than each variant's: a variant's figure shows the baselines
    too, and Kedro-Viz can only order layers where no collapsed namespace reads a later one.
    """
    nodes = [_article_rows(name) for name in VARIANTS]
    nodes += [_comparison_grid(), _training_curves(), _perception_distortion()]
    inputs = {name for node in nodes for name in node.inputs if not name.startswith("params:")}
    outputs = {name for node in nodes for name in node.outputs}
    return Pipeline(nodes, namespace="figures", inputs=inputs, outputs=outputs, parameters={"figures.crops"})


def _article_rows(name: str) -> Node:
    return Node(
        draw_article_rows,
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


def _comparison_grid() -> Node:
    inputs = {"validation_crops": "validation_crops", "crops": "params:figures.crops"}
    for name in METHODS:
        for dataset in (f"{name}.super_resolved", f"{name}.photograph_metrics"):
            inputs[dataset] = dataset
    inputs |= {f"{name}.training_summary": f"{name}.training_summary" for name in VARIANTS}
    return Node(draw_comparison_grid, inputs=inputs, outputs="comparison_grid", name="draw_comparison_grid")


def _training_curves() -> Node:
    histories = [f"{name}.training_history" for name in VARIANTS]
    return Node(
        draw_training_curves,
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
