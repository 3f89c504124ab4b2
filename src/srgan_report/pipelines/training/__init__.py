"""Training of one variant."""

from srgan_report.pipelines.training.pipeline import create_pipeline

__all__ = ["create_pipeline"]
