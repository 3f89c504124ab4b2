"""The report: the notebook, run on what is saved and rendered to HTML."""

from srgan_report.pipelines.report.pipeline import create_pipeline

__all__ = ["create_pipeline"]
