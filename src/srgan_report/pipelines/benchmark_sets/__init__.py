"""Every saved variant, and interpolation, on benchmark sets such as Set5."""

from srgan_report.pipelines.benchmark_sets.pipeline import create_pipeline

__all__ = ["create_pipeline"]
