"""Saved generators in formats that other software reads."""

from srgan_report.pipelines.export.pipeline import create_pipeline, create_shipping_pipeline

__all__ = ["create_pipeline", "create_shipping_pipeline"]
