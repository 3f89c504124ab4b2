"""The figures of the report."""

from srgan_report.pipelines.figures.pipeline import create_pipeline

__all__ = ["create_pipeline"]
