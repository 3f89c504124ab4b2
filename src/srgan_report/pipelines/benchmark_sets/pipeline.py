"""Table and figure of every saved variant on benchmark sets."""

from kedro.pipeline import Node, Pipeline

from srgan_report.figures import draw_benchmark
from srgan_report.pipelines.benchmark_sets.nodes import compare_on_benchmark_sets, measure_on_benchmark_sets


def create_pipeline() -> Pipeline:
    """From ``benchmark_images`` and the saved ``generators`` to ``benchmark_figure``; trains nothing."""
    return Pipeline(
        [
            Node(
                measure_on_benchmark_sets,
                inputs=["benchmark_images", "generators"],
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
                outputs="benchmark_figure",
                name="draw_benchmark",
            ),
        ]
    )
