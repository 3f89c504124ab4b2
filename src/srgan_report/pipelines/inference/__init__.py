"""Trained generators at work: exported, saved as pretrained weights, or on a user's own photographs."""

from srgan_report.pipelines.inference.pipeline import (
    create_export_pipeline,
    create_pretrained_pipeline,
    create_upscale_pipeline,
)

__all__ = ["create_export_pipeline", "create_pretrained_pipeline", "create_upscale_pipeline"]
