"""How tests draw figures from results, and read what was drawn."""

import io
from itertools import combinations

import numpy as np
from PIL import Image

from srgan_report.reporting import figures
from srgan_report.reporting.figures.crops import draw_article_rows


def draw_rows(results, crops, variant="srgan_mse", diverged=()):
    return draw_article_rows(
        results.validation_crops, results.super_resolved, results.photograph_metrics, crops, variant, diverged
    )


def draw_grid(results, crops):
    return figures.draw_comparison_grid(
        results.validation_crops, results.super_resolved, results.photograph_metrics, crops
    )


def texts(figure):
    return [text.get_text() for text in figure.texts]


def pixels(figure):
    """The figure as it is saved: uint8 ``(height, width, 3)``."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=300)
    return np.asarray(Image.open(png).convert("RGB"))


def shown(figure, axes):
    """What of the saved figure an axes covers, and the axes' box in pixels."""
    image = pixels(figure)
    box = axes.get_window_extent()
    left, right, bottom, top = (round(edge) for edge in (box.x0, box.x1, box.y0, box.y1))
    return image[image.shape[0] - top : image.shape[0] - bottom, left:right]


def overlapping(figure):
    """Pairs of texts that overlap."""
    figure.canvas.draw()
    boxes = [(text.get_text(), text.get_window_extent()) for text in figure.texts if text.get_text()]
    return [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]


def cut_off(figure):
    """Texts that reach beyond the figure."""
    figure.canvas.draw()
    width, height = figure.bbox.width, figure.bbox.height
    boxes = {text.get_text(): text.get_window_extent() for text in figure.texts if text.get_text()}
    return [t for t, b in boxes.items() if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height]


def draw_photographs(results, diverged=()):
    upscaled = results.upscaled_photograph, results.upscaled_photograph_metrics
    return figures.draw_photographs(results.figure_photograph, *upscaled, diverged)


def draw_errors(results, crops, diverged=()):
    return figures.draw_error_maps(results.validation_crops, results.super_resolved, crops, diverged)


def draw_extremes(results, diverged=()):
    return figures.draw_extreme_crops(
        results.validation_crops, results.super_resolved, results.photograph_metrics, diverged
    )


def draw_gains(results, diverged=()):
    return figures.draw_gains_over_bicubic(results.photograph_metrics, diverged)


def draw_spectra(results, diverged=()):
    return figures.draw_spectra(results.power_spectra, diverged)
