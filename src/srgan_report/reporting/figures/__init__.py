"""The figures of the report, drawn from saved tables and images.

Functions take what the catalog loads and return a ``matplotlib.figure.Figure``, so that a pipeline
saves and the notebook shows the same picture. None of them touches pyplot: nothing stays open, and
no display is needed.
"""

from srgan_report.reporting.figures.benchmark_sets import draw_benchmark
from srgan_report.reporting.figures.crops import draw_article_rows, draw_comparison_grid, draw_crop_pairs
from srgan_report.reporting.figures.error_maps import draw_error_maps
from srgan_report.reporting.figures.extremes import draw_extremes
from srgan_report.reporting.figures.gains import draw_gains
from srgan_report.reporting.figures.perception_distortion import (
    draw_benchmark_planes,
    draw_perception_distortion,
)
from srgan_report.reporting.figures.photographs import draw_blend, draw_photographs, draw_teaser
from srgan_report.reporting.figures.spectra import draw_spectra
from srgan_report.reporting.figures.style import METHOD_COLOURS, METHOD_LABELS, METHOD_MARKERS
from srgan_report.reporting.figures.training_curves import draw_training_curves

__all__ = [
    "METHOD_COLOURS",
    "METHOD_LABELS",
    "METHOD_MARKERS",
    "draw_article_rows",
    "draw_benchmark",
    "draw_benchmark_planes",
    "draw_blend",
    "draw_comparison_grid",
    "draw_crop_pairs",
    "draw_error_maps",
    "draw_extremes",
    "draw_gains",
    "draw_perception_distortion",
    "draw_photographs",
    "draw_spectra",
    "draw_teaser",
    "draw_training_curves",
]
