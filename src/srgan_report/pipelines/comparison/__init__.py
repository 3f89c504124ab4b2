"""Comparison of all methods in one table."""

from srgan_report.pipelines.comparison.pipeline import create_pipeline

__all__ = ["create_pipeline"]
