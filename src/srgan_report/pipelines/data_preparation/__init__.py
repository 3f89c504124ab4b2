"""Holds photographs out for validation, and cuts the crops that every method is judged on."""

from srgan_report.pipelines.data_preparation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
