"""Nodes that draw the figures of all variants together."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from srgan_report import figures
from srgan_report.comparison import has_diverged
from srgan_report.variants import VARIANTS

METHODS = ("baselines", *VARIANTS)


def draw_article_rows(
    validation_crops: dict[str, Any],
    super_resolved: dict[str, Any],
    baselines_super_resolved: dict[str, Any],
    photograph_metrics: pd.DataFrame,
    baselines_photograph_metrics: pd.DataFrame,
    training_summary: dict[str, Any],
    crops: list[int],
) -> Figure:
    """Draws the article's rows of one variant: HR, SR, LR and bicubic."""
    return figures.draw_article_rows(
        validation_crops,
        super_resolved,
        baselines_super_resolved,
        photograph_metrics,
        baselines_photograph_metrics,
        crops,
        diverged=list(super_resolved) if has_diverged(training_summary) else (),
    )


def draw_comparison_grid(validation_crops: dict[str, Any], crops: list[int], **datasets: Any) -> Figure:
    """Draws what every method makes of the same validation crops, side by side.

    Args:
        validation_crops: HR and LR crops and where they come from.
        crops: Which of them to draw.
        **datasets: By their names in the catalog, ``super_resolved`` and ``photograph_metrics`` of
            the baselines and of every variant, and every variant's ``training_summary``.
    """
    super_resolved: dict[str, Any] = {}
    for name in METHODS:
        super_resolved |= datasets[f"{name}.super_resolved"]
    metrics = pd.concat([datasets[f"{name}.photograph_metrics"] for name in METHODS], ignore_index=True)
    diverged = [name for name in VARIANTS if has_diverged(datasets[f"{name}.training_summary"])]
    return figures.draw_comparison_grid(validation_crops, super_resolved, metrics, crops, diverged)


def draw_training_curves(**datasets: pd.DataFrame) -> Figure:
    """Draws losses and validation PSNR of all variants over their training.

    Args:
        **datasets: By its name in the catalog, every variant's ``{variant}.training_history``.
    """
    return figures.draw_training_curves({name: datasets[f"{name}.training_history"] for name in VARIANTS})
