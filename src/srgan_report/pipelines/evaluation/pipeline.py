"""The evaluation of a variant or of the baselines, within a namespace of its own."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.evaluation.nodes import evaluate, interpolate_crops, super_resolve_crops
from srgan_report.variants import Variant


def create_pipeline(variant: Variant) -> Pipeline:
    """Creates the evaluation of one variant's trained generator."""
    enlarge = Node(
        super_resolve_crops,
        inputs=["params:name", "generator", "validation_crops"],
        outputs="super_resolved",
        name="super_resolve",
    )
    return _namespace([enlarge, _evaluation("training_summary")], variant.name)


def create_baselines_pipeline() -> Pipeline:
    """Creates the evaluation of nearest-neighbour and bicubic interpolation."""
    enlarge = Node(interpolate_crops, inputs="validation_crops", outputs="super_resolved", name="interpolate")
    return _namespace([enlarge, _evaluation()], "baselines")


def _evaluation(*summary: str) -> Node:
    return Node(
        evaluate,
        inputs=["validation_crops", "super_resolved", "params:seed", *summary],
        outputs=["photograph_metrics", "metrics"],
        name="evaluate",
    )


def _namespace(nodes: list[Node], namespace: str) -> Pipeline:
    return Pipeline(nodes, namespace=namespace, inputs={"validation_crops"}, parameters={"seed"})
