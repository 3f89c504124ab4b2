"""Nodes that compare all methods."""

from typing import Any

import pandas as pd

from srgan_report.comparison import compare
from srgan_report.variants import VARIANTS


def compare_variants(**datasets: dict[str, Any]) -> pd.DataFrame:
    """Compares all variants and baselines: PSNR, SSIM and what training cost.

    Args:
        **datasets: By their names in the catalog, ``baselines.metrics`` and every variant's
            ``{variant}.metrics`` and ``{variant}.training_summary``.
    """
    metrics = dict(datasets["baselines.metrics"])
    for name in VARIANTS:
        metrics |= datasets[f"{name}.metrics"]
    return compare(metrics, {name: datasets[f"{name}.training_summary"] for name in VARIANTS})
