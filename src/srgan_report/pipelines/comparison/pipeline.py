"""The comparison table of all methods."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.comparison.nodes import compare_variants
from srgan_report.variants import VARIANTS


def create_pipeline() -> Pipeline:
    """Creates the comparison of all variants and baselines from what is saved of each."""
    datasets = ["baselines.metrics"]
    for name in VARIANTS:
        datasets += [f"{name}.metrics", f"{name}.training_summary"]
    return Pipeline(
        [
            Node(
                compare_variants,
                inputs={dataset: dataset for dataset in datasets},
                outputs="comparison",
                name="compare_variants",
            )
        ]
    )
