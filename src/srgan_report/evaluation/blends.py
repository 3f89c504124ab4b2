"""The curve between fidelity and sharpness: averages of two variants' pictures, measured."""

from collections.abc import Mapping

import keras
import numpy as np
import pandas as pd

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.evaluation.metrics import measure_crops
from srgan_report.inference.upscaling import average

SHARES = (0.2, 0.4, 0.6, 0.8)  # between: the ends are methods of their own


def blend(faithful: np.ndarray, sharp: np.ndarray) -> dict[float, np.ndarray]:
    """Averages two pictures, uint8 of one shape, with each of ``SHARES`` of the second."""
    return {share: average(faithful, sharp, share) for share in SHARES}


def measure_crop_blends(
    validation_crops: Mapping[str, np.ndarray], faithful: np.ndarray, sharp: np.ndarray, lpips: keras.Model
) -> pd.DataFrame:
    """Measures averages of what two variants made of the validation crops, ``(crops, size, size, 3)`` uint8.

    Returns:
        A row for each of ``SHARES``: ``share``, and the mean over crops of each of ``METRICS``.
    """
    blends = {str(share): crops for share, crops in blend(faithful, sharp).items()}
    table = measure_crops(validation_crops, blends, lpips).replace(np.inf, np.nan)
    means = table.groupby("method", sort=False)[list(METRICS)].mean()
    return means.reset_index(drop=True).assign(share=SHARES)[["share", *METRICS]]
