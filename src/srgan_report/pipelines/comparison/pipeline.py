"""The comparison of all methods: how good they are, and which differences are larger than chance."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.comparison.nodes import compare_pairs, compare_variants
from srgan_report.variants import VARIANTS


def create_pipeline() -> Pipeline:
    """Creates the comparison of all variants and baselines from what is saved of each."""
    datasets = ["baselines.metrics"]
    for name in VARIANTS:
        datasets += [f"{name}.metrics", f"{name}.training_summary"]
    photograph_metrics = [f"{name}.photograph_metrics" for name in VARIANTS]
    return Pipeline(
        [
            Node(
                compare_variants,
                inputs={dataset: dataset for dataset in datasets},
                outputs="comparison",
                name="compare_variants",
            ),
            Node(
                compare_pairs,
                inputs={"seed": "params:seed"} | {dataset: dataset for dataset in photograph_metrics},
                outputs="differences",
                name="compare_pairs",
            ),
        ]
    )
