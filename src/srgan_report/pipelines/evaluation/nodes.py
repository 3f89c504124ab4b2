"""Nodes that enlarge the validation crops or benchmark sets, measure the results and compare them."""

from typing import Any

import keras
import numpy as np
import pandas as pd

from srgan_report.evaluation import significance
from srgan_report.evaluation.benchmark_sets import Sets, average_by_set, measure_sets
from srgan_report.evaluation.comparison import compare, has_diverged
from srgan_report.evaluation.metric_names import MEASURES
from srgan_report.evaluation.metrics import average, measure_crops, measure_pixels
from srgan_report.inference.upscaler import Upscaler, interpolate
from srgan_report.networks import load_lpips
from srgan_report.networks.saved import SavedGenerator, require_trained
from srgan_report.provenance.fingerprints import fingerprint_crops
from srgan_report.variants import BASELINES, VARIANTS

Crops = dict[str, np.ndarray]


def super_resolve_crops(name: str, generator: keras.Model, validation_crops: Crops) -> Crops:
    """Enlarges the validation crops, or the photograph to show, with the trained generator."""
    return {name: Upscaler(generator, name=f"{name}.generator")(validation_crops["low_resolution"])}


def interpolate_crops(validation_crops: Crops) -> Crops:
    """Enlarges the validation crops, or the photograph to show, by nearest neighbours and bicubically."""
    low_resolution = validation_crops["low_resolution"]
    return {method: interpolate(low_resolution, method) for method in BASELINES}


def measure_photograph(figure_photograph: Crops, enlarged_photograph: Crops) -> dict[str, dict[str, float]]:
    """Measures PSNR and SSIM of the enlarged photograph that is shown."""
    original = figure_photograph["high_resolution"][0]
    greyscale = bool(figure_photograph.get("greyscale", [False])[0])  # an earlier version did not save it
    return {
        name: measure_pixels(original, images[0], greyscale=greyscale)
        for name, images in enlarged_photograph.items()
    }


def evaluate(
    validation_crops: Crops, super_resolved: Crops, seed: int, training_summary: dict[str, Any] | None = None
) -> tuple[pd.DataFrame, dict[str, dict[str, float | str]]]:
    """Measures PSNR, SSIM and LPIPS of every enlarged crop, and their means with intervals."""
    photograph_metrics = measure_crops(validation_crops, super_resolved, load_lpips())
    means = average(photograph_metrics, seed)
    facts = {"validation_crops_sha256": fingerprint_crops(validation_crops)}
    if training_summary is not None:
        facts["status"] = training_summary["status"]
    return photograph_metrics, {name: measures | facts for name, measures in means.items()}


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
