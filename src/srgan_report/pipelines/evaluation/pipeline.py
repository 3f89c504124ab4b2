"""The evaluation of a variant or of the baselines, within a namespace of its own."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.evaluation.nodes import (
    evaluate,
    interpolate_crops,
    measure_photograph,
    super_resolve_crops,
)
from srgan_report.variants import Variant


def create_pipeline(variant: Variant) -> Pipeline:
    """Creates the evaluation of one variant's trained generator."""
    enlarge = Node(
        super_resolve_crops,
        inputs=["params:name", "generator", "validation_crops"],
        outputs="super_resolved",
        name="super_resolve",
    )
    enlarge_photograph = Node(
        super_resolve_crops,
        inputs=["params:name", "generator", "figure_photograph"],
        outputs="enlarged_photograph",
        name="enlarge_photograph",
    )
    nodes = [enlarge, enlarge_photograph, _measured_photograph(), _evaluation("training_summary")]
    return _namespace(nodes, variant.name)


def create_baselines_pipeline() -> Pipeline:
    """Creates the evaluation of nearest-neighbour and bicubic interpolation."""
    enlarge = Node(interpolate_crops, inputs="validation_crops", outputs="super_resolved", name="interpolate")
    enlarge_photograph = Node(
        interpolate_crops,
        inputs="figure_photograph",
        outputs="enlarged_photograph",
        name="enlarge_photograph",
    )
    nodes = [enlarge, enlarge_photograph, _measured_photograph(), _evaluation()]
    return _namespace(nodes, "baselines")


def _measured_photograph() -> Node:
    return Node(
        measure_photograph,
        inputs=["figure_photograph", "enlarged_photograph"],
        outputs="enlarged_photograph_metrics",
        name="measure_photograph",
    )


def _evaluation(*summary: str) -> Node:
    return Node(
        evaluate,
        inputs=["validation_crops", "super_resolved", "params:seed", *summary],
        outputs=["photograph_metrics", "metrics"],
        name="evaluate",
    )


def _namespace(nodes: list[Node], namespace: str) -> Pipeline:
    inputs = {"validation_crops", "figure_photograph"}
    return Pipeline(nodes, namespace=namespace, inputs=inputs, parameters={"seed"})
