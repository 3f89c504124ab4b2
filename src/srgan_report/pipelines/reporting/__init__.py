"""The figures and the report: the notebook, run on what is saved and rendered to HTML."""

from srgan_report.pipelines.reporting.pipeline import (
    create_figures_pipeline,
    create_pipeline,
    create_report_pipeline,
    create_variant_pipeline,
)

__all__ = ["create_figures_pipeline", "create_pipeline", "create_report_pipeline", "create_variant_pipeline"]
