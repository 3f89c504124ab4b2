"""The comparison of all methods: how good they are, and which differences are larger than chance."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.comparison.nodes import compare_pairs, compare_variants
from srgan_report.variants import VARIANTS


def create_pipeline() -> Pipeline:
    """Creates the comparison of all variants and baselines from what is saved of each."""
    compared = ["baselines.metrics"]
    paired = []
    for name in VARIANTS:
        compared += [f"{name}.metrics", f"{name}.training_summary"]
        paired += [f"{name}.photograph_metrics", f"{name}.training_summary"]
    return Pipeline(
        [
            Node(
                compare_variants,
                inputs={dataset: dataset for dataset in compared},
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
