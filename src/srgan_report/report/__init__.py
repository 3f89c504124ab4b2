"""What the notebook says: tables and sentences from saved results, and how they become a page.

The notebook itself holds prose and calls; every number that it shows is made here from what a run
saved. Nothing here knows Kedro: ``pipelines/report`` loads the results and runs the notebook.
"""

from srgan_report.report.benchmark import (
    describe_benchmark,
    describe_other_implementations,
    describe_outdated_benchmark,
)
from srgan_report.report.display import show_figure, show_table
from srgan_report.report.findings import describe_baseline_gap, describe_differences, describe_winners
from srgan_report.report.perceptual import describe_perceptual_network
from srgan_report.report.provenance import packages_table, parameters_table, versions_table
from srgan_report.report.published import benchmark_tables, other_implementations_table, published_table
from srgan_report.report.results import Results
from srgan_report.report.sentences import (
    describe_budget,
    describe_data,
    describe_start,
    describe_unequal_budgets,
)
from srgan_report.report.tables import comparison_table, training_table, variants_table

__all__ = [
    "Results",
    "benchmark_tables",
    "comparison_table",
    "describe_baseline_gap",
    "describe_benchmark",
    "describe_budget",
    "describe_data",
    "describe_differences",
    "describe_other_implementations",
    "describe_outdated_benchmark",
    "describe_perceptual_network",
    "describe_start",
    "describe_unequal_budgets",
    "describe_winners",
    "other_implementations_table",
    "packages_table",
    "parameters_table",
    "published_table",
    "show_figure",
    "show_table",
    "training_table",
    "variants_table",
    "versions_table",
]
