"""Nodes that draw the figures of all variants together."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from srgan_report import figures
from srgan_report.variants import VARIANTS

METHODS = ("baselines", *VARIANTS)


def draw_comparison_grid(validation_crops: dict[str, Any], crops: list[int], **datasets: Any) -> Figure:
    """Draws what every method makes of the same validation crops, side by side.

    Args:
        validation_crops: HR and LR crops and where they come from.
        crops: Which of them to draw.
        **datasets: By their names in the catalog, ``super_resolved`` and ``photograph_metrics`` of
            the baselines and of every variant.
    """
    super_resolved: dict[str, Any] = {}
    for name in METHODS:
        super_resolved |= datasets[f"{name}.super_resolved"]
    metrics = pd.concat([datasets[f"{name}.photograph_metrics"] for name in METHODS], ignore_index=True)
    return figures.draw_comparison_grid(validation_crops, super_resolved, metrics, crops)


def draw_training_curves(**datasets: pd.DataFrame) -> Figure:
    """Draws losses and validation PSNR of all variants over their training.

    Args:
        **datasets: By its name in the catalog, every variant's ``{variant}.training_history``.
    """
    return figures.draw_training_curves({name: datasets[f"{name}.training_history"] for name in VARIANTS})
