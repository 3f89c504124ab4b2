"""Nodes that enlarge the validation crops and measure the results."""

from typing import Any

import keras
import numpy as np
import pandas as pd

from srgan_report.metrics import average, fingerprint, measure_crops, measure_pixels
from srgan_report.networks import load_lpips
from srgan_report.upscaling import Upscaler, interpolate

Crops = dict[str, np.ndarray]


def super_resolve_crops(name: str, generator: keras.Model, validation_crops: Crops) -> Crops:
    """Enlarges the validation crops, or the photograph to show, with the trained generator."""
    return {name: Upscaler(generator, name=f"{name}.generator")(validation_crops["low_resolution"])}


def interpolate_crops(validation_crops: Crops) -> Crops:
    """Enlarges the validation crops, or the photograph to show, by nearest neighbours and bicubically."""
    low_resolution = validation_crops["low_resolution"]
    return {
        "nearest": interpolate(low_resolution, "nearest"),
        "bicubic": interpolate(low_resolution, "bicubic"),
    }


def measure_photograph(figure_photograph: Crops, enlarged_photograph: Crops) -> dict[str, dict[str, float]]:
    """Measures PSNR and SSIM of the enlarged photograph that is shown."""
    original = figure_photograph["high_resolution"][0]
    return {name: measure_pixels(original, images[0]) for name, images in enlarged_photograph.items()}


def evaluate(
    validation_crops: Crops, super_resolved: Crops, seed: int, training_summary: dict[str, Any] | None = None
) -> tuple[pd.DataFrame, dict[str, dict[str, float | str]]]:
    """Measures PSNR, SSIM and LPIPS of every enlarged crop, and their means with intervals."""
    photograph_metrics = measure_crops(validation_crops, super_resolved, load_lpips())
    means = average(photograph_metrics, seed)
    facts = {"validation_crops_sha256": fingerprint(validation_crops)}
    if training_summary is not None:
        facts["status"] = training_summary["status"]
    return photograph_metrics, {name: measures | facts for name, measures in means.items()}
