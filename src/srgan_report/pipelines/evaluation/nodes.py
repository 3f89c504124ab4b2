"""Nodes that super-resolve the validation crops or benchmark sets, measure the results and compare them."""

from typing import Any

import keras
import numpy as np
import pandas as pd

from srgan_report.evaluation import comparison, significance
from srgan_report.evaluation.benchmark_sets import Sets, measure_sets
from srgan_report.evaluation.comparison import pack_results, unpack_results
from srgan_report.evaluation.metric_names import METRICS
from srgan_report.evaluation.metrics import average, measure_crop_blends, measure_crops
from srgan_report.inference.upscaler import Upscaler, interpolate
from srgan_report.networks import load_lpips
from srgan_report.networks.saved import SavedGenerator, require_trained
from srgan_report.provenance.fingerprints import fingerprint_crops
from srgan_report.variants import BASELINES, COMPARED, VARIANTS

Crops = dict[str, np.ndarray]


def super_resolve(
    name: str, generator: keras.Model, validation_crops: Crops, figure_photograph: Crops
) -> tuple[Crops, Crops]:
    """Super-resolves the validation crops and the photographs to show with the trained generator."""
    upscaler = Upscaler(generator, name=f"{name}.generator")
    crops = upscaler(validation_crops["low_resolution"])
    return {name: crops}, {name: upscaler(figure_photograph["low_resolution"])}


def interpolate_all(validation_crops: Crops, figure_photograph: Crops) -> tuple[Crops, Crops]:
    """Upscales the validation crops and the photographs to show by nearest neighbours and bicubically."""
    return interpolate_crops(validation_crops), interpolate_crops(figure_photograph)


def interpolate_crops(crops: Crops) -> Crops:
    """Upscales crops by nearest neighbours and bicubically."""
    return {method: interpolate(crops["low_resolution"], method) for method in BASELINES}


def gather_results(article_rows: Any = None, **results: Any) -> dict[str, np.ndarray]:
    """Gathers all that comparison and figures read of one variant, or of the baselines, in one file.

    ``article_rows``, the variant's own figure, is drawn before and no part of it.
    """
    return pack_results(results)


def evaluate(
    validation_crops: Crops,
    figure_photograph: Crops,
    super_resolved: Crops,
    upscaled_photograph: Crops,
    seed: int,
    training_summary: dict[str, Any] | None = None,
) -> tuple[pd.DataFrame, dict[str, dict[str, float | str]], dict[str, dict[str, list[float]]]]:
    """Measures every super-resolved crop, their means with intervals, and the photographs that are shown."""
    lpips = load_lpips()
    photograph_metrics = measure_crops(validation_crops, super_resolved, lpips)
    # Also of crops that interpolation reproduces: the means of all methods are then of the same crops.
    exact = np.tile(_find_interpolated(validation_crops), len(super_resolved))
    means = average(photograph_metrics, seed, exact)
    facts = {"validation_crops_sha256": fingerprint_crops(validation_crops)}
    if training_summary is not None:
        facts["status"] = training_summary["status"]
    shown = measure_crops(figure_photograph, upscaled_photograph, lpips).groupby("method", sort=False)
    return (
        photograph_metrics,
        {name: values | facts for name, values in means.items()},
        {str(name): {metric: rows[metric].tolist() for metric in METRICS} for name, rows in shown},
    )


def _find_interpolated(validation_crops: Crops) -> np.ndarray:
    """Which crops interpolation reproduces exactly: ``(crops,)`` bool."""
    original = validation_crops["high_resolution"]
    interpolated = interpolate_crops(validation_crops).values()
    return np.any([(images == original).all(axis=(1, 2, 3)) for images in interpolated], axis=0)


def compare_all(seed: int, **packed: Crops) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compares all variants and baselines, and tells which differences between variants exceed chance.

    Crops that some method reproduces exactly count for no method; variants that diverged are in no pair.
    ``packed`` is what ``gather_results`` returned of the baselines and of every variant, by their names.
    """
    results = {name: unpack_results(each) for name, each in packed.items()}
    metrics = {name: means for owner in COMPARED for name, means in results[owner]["metrics"].items()}
    summaries = {name: results[name]["training_summary"] for name in VARIANTS}
    measured = pd.concat([results[owner]["photograph_metrics"] for owner in COMPARED], ignore_index=True)
    exact = comparison.find_exact(measured)
    if exact.any():  # for some methods their own means leave out fewer
        means = average(measured, seed)
        metrics = {name: metrics[name] | means[name] for name in metrics}
    table = comparison.compare(metrics, summaries)
    finished = [name for name in VARIANTS if not comparison.has_diverged(summaries[name])]
    return table, significance.compare_pairs(measured[~exact], finished, list(METRICS), seed)


def measure_on_benchmark_sets(
    benchmark_images: Sets,
    generators: dict[str, SavedGenerator],
    pretrained_generators: dict[str, SavedGenerator],
    others: dict[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measures every saved variant, or the pretrained ones if there is none, on benchmark sets.

    Raises:
        InputError: There is neither, or pictures do not fit the sets.
    """
    measured = generators or pretrained_generators
    require_trained(measured)
    return measure_sets(benchmark_images, measured, load_lpips(), others)


def measure_blends(validation_crops: Crops, faithful: Crops, sharp: Crops) -> pd.DataFrame:
    """Measures averages of two variants' super-resolved crops, given the results of each."""
    ((first,), (second,)) = (unpack_results(each)["super_resolved"].values() for each in (faithful, sharp))
    return measure_crop_blends(validation_crops, first, second, load_lpips())
