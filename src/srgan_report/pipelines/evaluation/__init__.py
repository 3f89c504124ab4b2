"""Evaluation of variants and baselines: on validation crops, against each other, on benchmark sets."""

from srgan_report.pipelines.evaluation.pipeline import (
    create_baselines_pipeline,
    create_benchmark_sets_pipeline,
    create_comparison_pipeline,
    create_pipeline,
    create_results_pipeline,
)

__all__ = [
    "create_baselines_pipeline",
    "create_benchmark_sets_pipeline",
    "create_comparison_pipeline",
    "create_pipeline",
    "create_results_pipeline",
]
