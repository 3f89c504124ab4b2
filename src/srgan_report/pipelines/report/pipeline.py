"""The report on all variants."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.report.nodes import render_report
from srgan_report.pipelines.report.session import REPORT_DATASETS, SPECTRA


def create_pipeline() -> Pipeline:
    """Creates the report, which comes after all else: it reads the comparison table."""
    inputs = {"run": "params:run"} | {dataset: dataset for dataset in (*REPORT_DATASETS, *SPECTRA)}
    return Pipeline([Node(render_report, inputs=inputs, outputs="report", name="render_report")])
