"""Evaluation of variants and baselines on the validation crops."""

from srgan_report.pipelines.evaluation.pipeline import create_baselines_pipeline, create_pipeline

__all__ = ["create_baselines_pipeline", "create_pipeline"]
