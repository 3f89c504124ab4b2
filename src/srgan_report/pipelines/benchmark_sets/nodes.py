"""Nodes that measure methods on benchmark sets."""

import pandas as pd

from srgan_report.benchmark import SavedGenerator, Sets, average_by_set, measure_sets, require_trained
from srgan_report.networks.lpips import load_lpips


def measure_on_benchmark_sets(benchmark_images: Sets, generators: dict[str, SavedGenerator]) -> pd.DataFrame:
    """Measures every saved variant, nearest and bicubic on every image of every set.

    Raises:
        InputError: No variant is saved.
    """
    require_trained(generators)
    return measure_sets(benchmark_images, generators, load_lpips())


def compare_on_benchmark_sets(benchmark_metrics: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Averages what was measured: a mean and its 95% interval for each set, method and measure."""
    return average_by_set(benchmark_metrics, seed)
