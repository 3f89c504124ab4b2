"""Holds photographs out for validation."""

from srgan_report.pipelines.data_split.pipeline import create_pipeline

__all__ = ["create_pipeline"]
