"""Maps photographs to pairs of high-resolution crops and their low-resolution copies."""

from srgan_report.pipelines.crop_mapping.pipeline import create_pipeline

__all__ = ["create_pipeline"]
