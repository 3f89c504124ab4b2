"""Nodes that compare all methods."""

from typing import Any

import pandas as pd

from srgan_report import significance
from srgan_report.comparison import compare, has_diverged
from srgan_report.measures import MEASURES
from srgan_report.variants import VARIANTS


def compare_variants(**datasets: dict[str, Any]) -> pd.DataFrame:
    """Compares all variants and baselines: each measure, and what training cost.

    Args:
        **datasets: By their names in the catalog, ``baselines.metrics`` and every variant's
            ``{variant}.metrics`` and ``{variant}.training_summary``.
    """
    metrics = dict(datasets["baselines.metrics"])
    for name in VARIANTS:
        metrics |= datasets[f"{name}.metrics"]
    return compare(metrics, {name: datasets[f"{name}.training_summary"] for name in VARIANTS})


def compare_pairs(seed: int, **datasets: Any) -> pd.DataFrame:
    """Tells which differences between variants are larger than chance. Those that diverged are left out.

    Args:
        seed: The run's seed.
        **datasets: By their names in the catalog, every variant's ``{variant}.photograph_metrics`` and
            ``{variant}.training_summary``.
    """
    finished = [name for name in VARIANTS if not has_diverged(datasets[f"{name}.training_summary"])]
    photograph_metrics = pd.concat([datasets[f"{name}.photograph_metrics"] for name in VARIANTS])
    return significance.compare_pairs(photograph_metrics, finished, list(MEASURES), seed)
