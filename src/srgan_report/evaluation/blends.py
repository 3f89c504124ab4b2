"""The curve between fidelity and sharpness: averages of two variants' pictures, measured."""

from collections.abc import Mapping

import keras
import numpy as np
import pandas as pd

from srgan_report.evaluation.benchmark_sets import BORDER, Sets
from srgan_report.evaluation.metric_names import MEASURES
from srgan_report.evaluation.metrics import measure, measure_crops
from srgan_report.inference.upscaler import Upscaler
from srgan_report.inference.upscaling import average
from srgan_report.networks.saved import SavedGenerator
from srgan_report.variants import FAITHFUL, SHARP

SHARES = (0.2, 0.4, 0.6, 0.8)  # between: the ends are methods of their own


def measure_crop_blends(
    validation_crops: Mapping[str, np.ndarray], faithful: np.ndarray, sharp: np.ndarray, lpips: keras.Model
) -> pd.DataFrame:
    """Measures averages of what two variants made of the validation crops.

    Args:
        validation_crops: What ``measure_crops`` takes.
        faithful: ``(crops, size, size, 3)`` uint8, of share 0.
        sharp: The same shape and dtype, of share 1.
        lpips: A model of ``load_lpips``.

    Returns:
        A row for each of ``SHARES``: ``share``, and the mean over crops of each of ``MEASURES``.
    """
    blends = {str(share): average(faithful, sharp, share) for share in SHARES}
    table = measure_crops(validation_crops, blends, lpips).replace(np.inf, np.nan)
    means = table.groupby("method", sort=False)[list(MEASURES)].mean()
    return means.reset_index(drop=True).assign(share=SHARES)[["share", *MEASURES]]


def measure_set_blends(
    sets: Sets, generators: Mapping[str, SavedGenerator], lpips: keras.Model
) -> pd.DataFrame:
    """Measures averages of what two variants make of benchmark sets, as ``measure_sets`` measures.

    Args:
        sets: For each set by its name, its image pairs.
        generators: By their names, those of ``FAITHFUL`` and ``SHARP``, and maybe others.
        lpips: A model of ``load_lpips``.

    Returns:
        A row for each set and each of ``SHARES``: ``set``, ``share``, and the mean over images of each of
        ``MEASURES``. None where one of the two generators is missing.
    """
    columns = ["set", "share", *MEASURES]
    if not {FAITHFUL, SHARP} <= generators.keys():
        return pd.DataFrame(columns=columns)
    faithful, sharp = (
        Upscaler(generators[name].load(), name=f"{name}.generator") for name in (FAITHFUL, SHARP)
    )
    rows = []
    for set_name, pairs in sets.items():
        for pair in pairs:
            high_resolution, low_resolution = pair.read()
            first, second = (upscale(low_resolution[None])[0] for upscale in (faithful, sharp))
            for share in SHARES:
                blended = average(first, second, share)
                metrics = measure(
                    high_resolution, blended, lpips=lpips, border=BORDER, greyscale=pair.greyscale
                )
                rows.append({"set": set_name, "share": share, **metrics})
    table = pd.DataFrame(rows, columns=columns).replace(np.inf, np.nan)
    return table.groupby(["set", "share"], sort=False).mean().reset_index()
