"""The figures of the report, drawn from saved tables and images.

Functions take what the catalog loads and return a ``matplotlib.figure.Figure``, so that a pipeline
saves and the notebook shows the same picture. None of them touches pyplot: nothing stays open, and
no display is needed.
"""

from srgan_report.figures.benchmark import draw_benchmark
from srgan_report.figures.crops import draw_article_rows, draw_comparison_grid, draw_crop_pairs
from srgan_report.figures.curves import draw_training_curves
from srgan_report.figures.errors import draw_error_maps
from srgan_report.figures.extremes import draw_extremes
from srgan_report.figures.gains import draw_gains
from srgan_report.figures.plane import draw_perception_distortion
from srgan_report.figures.region import draw_region
from srgan_report.figures.spectra import draw_spectra
from srgan_report.figures.style import METHOD_COLOURS, METHOD_LABELS, METHOD_MARKERS

__all__ = [
    "METHOD_COLOURS",
    "METHOD_LABELS",
    "METHOD_MARKERS",
    "draw_article_rows",
    "draw_benchmark",
    "draw_comparison_grid",
    "draw_crop_pairs",
    "draw_error_maps",
    "draw_extremes",
    "draw_gains",
    "draw_perception_distortion",
    "draw_region",
    "draw_spectra",
    "draw_training_curves",
]
