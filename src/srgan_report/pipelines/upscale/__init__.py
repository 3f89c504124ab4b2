"""Enlargements of a user's own photographs."""

from srgan_report.pipelines.upscale.pipeline import create_pipeline

__all__ = ["create_pipeline"]
