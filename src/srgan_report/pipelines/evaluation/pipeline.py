"""The evaluation of each variant and of the baselines, their comparison, and benchmark sets."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.evaluation.nodes import (
    compare_on_benchmark_sets,
    compare_pairs,
    compare_variants,
    evaluate,
    interpolate_crops,
    measure_on_benchmark_sets,
    measure_photograph,
    super_resolve_crops,
)
from srgan_report.reporting.figures import draw_benchmark
from srgan_report.variants import VARIANTS, Variant


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


def create_comparison_pipeline() -> Pipeline:
    """Creates the comparison of all variants and baselines from what is saved of each."""
    measured = [f"{name}.photograph_metrics" for name in ("baselines", *VARIANTS)]
    paired = [*measured, *(f"{name}.training_summary" for name in VARIANTS)]
    compared = [*paired, *(f"{name}.metrics" for name in ("baselines", *VARIANTS))]
    return Pipeline(
        [
            Node(
                compare_variants,
                inputs={"seed": "params:seed"} | {dataset: dataset for dataset in compared},
                outputs="comparison",
                name="compare_variants",
            ),
            Node(
                compare_pairs,
                inputs={"seed": "params:seed"} | {dataset: dataset for dataset in paired},
                outputs="differences",
                name="compare_pairs",
            ),
        ]
    )


def create_benchmark_sets_pipeline() -> Pipeline:
    """From ``benchmark_images`` and saved or shipped generators to ``figures.benchmark``."""
    return Pipeline(
        [
            Node(
                measure_on_benchmark_sets,
                inputs=["benchmark_images", "generators", "shipped_generators", "benchmark_pictures"],
                outputs="benchmark_metrics",
                name="measure_on_benchmark_sets",
            ),
            Node(
                compare_on_benchmark_sets,
                inputs=["benchmark_metrics", "params:seed"],
                outputs="benchmark_comparison",
                name="compare_on_benchmark_sets",
            ),
            Node(
                draw_benchmark,
                inputs="benchmark_comparison",
                outputs="figures.benchmark",
                name="draw_benchmark",
            ),
        ]
    )


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
