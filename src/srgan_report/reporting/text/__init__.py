"""What the notebook says: tables and sentences from saved results, and how they become a page.

The notebook itself holds prose and calls; every number that it shows is made here from what a run
saved. Nothing here knows Kedro: ``pipelines/report`` loads the results and runs the notebook.
"""

from srgan_report.reporting.text.benchmark_sets import (
    benchmark_tables,
    describe_benchmark,
    describe_other_implementations,
    describe_outdated_benchmark,
    other_implementations_table,
    published_table,
)
from srgan_report.reporting.text.caveats import (
    describe_diverged,
    describe_left_out,
    describe_missing,
    describe_mixed_protocols,
    describe_training_warnings,
)
from srgan_report.reporting.text.claims import describe_claims
from srgan_report.reporting.text.display import cite, show_figure, show_table
from srgan_report.reporting.text.findings import (
    describe_baseline_gap,
    describe_checkerboards,
    describe_differences,
    describe_winners,
    lattice_table,
)
from srgan_report.reporting.text.protocol import (
    describe_budget,
    describe_data,
    describe_perceptual_network,
    describe_start,
    describe_unequal_budgets,
)
from srgan_report.reporting.text.provenance import (
    describe_provenance,
    packages_table,
    parameters_table,
    run_table,
    versions_table,
    wall_times_table,
)
from srgan_report.reporting.text.results import Results
from srgan_report.reporting.text.tables import comparison_table, training_table, variants_table

__all__ = [
    "Results",
    "benchmark_tables",
    "cite",
    "comparison_table",
    "describe_baseline_gap",
    "describe_benchmark",
    "describe_budget",
    "describe_checkerboards",
    "describe_claims",
    "describe_data",
    "describe_differences",
    "describe_diverged",
    "describe_left_out",
    "describe_missing",
    "describe_mixed_protocols",
    "describe_other_implementations",
    "describe_outdated_benchmark",
    "describe_perceptual_network",
    "describe_provenance",
    "describe_start",
    "describe_training_warnings",
    "describe_unequal_budgets",
    "describe_winners",
    "lattice_table",
    "other_implementations_table",
    "packages_table",
    "parameters_table",
    "published_table",
    "run_table",
    "show_figure",
    "show_table",
    "training_table",
    "variants_table",
    "versions_table",
    "wall_times_table",
]
