from itertools import combinations

import numpy as np
import pytest

from srgan_report.reporting import figures
from tests.reporting.figures.drawing import (
    draw_errors,
    draw_extremes,
    draw_gains,
    draw_grid,
    draw_photographs,
    draw_rows,
    draw_spectra,
    texts,
)


class TestDiverged:
    """SRGAN-MSE, the sixth method, diverged: it has 25 dB, the third highest PSNR."""

    def grid(self, results, diverged):
        return figures.draw_comparison_grid(
            results.validation_crops, results.super_resolved, results.photograph_metrics, [0], diverged
        )

    def test_grid_shows_the_last_good_picture_and_that_it_diverged(self, results):
        figure = self.grid(results, ["srgan_mse"])
        assert texts(figure).count("diverged") == 1
        assert "25.00 · 0.5500" not in texts(figure)
        drawn = [axes.images[0].get_array() for axes in figure.axes]
        assert any(np.array_equal(image, results.super_resolved["srgan_mse"][0]) for image in drawn)

    def test_grid_sets_none_that_diverged_in_bold(self, results):
        figure = self.grid(results, ["srgan_vgg54"])  # the best
        assert [text.get_text() for text in figure.texts if text.get_weight() == "bold"] == ["26.00 · 0.5600"]

    def test_rows_say_that_it_diverged(self, results):
        figure = draw_rows(results, [0, 1], diverged=["srgan_mse"])
        assert texts(figure).count("diverged") == 2
        assert texts(figure).count("21.00 · 0.5100") == 2  # bicubic's

    def test_plane_leaves_it_out(self, diverged):
        (axes,) = figures.draw_perception_distortion(diverged.comparison).axes
        labels = [line.get_label() for line in axes.lines]
        assert len(labels) == 7
        assert "SRGAN-MSE" not in labels

    def test_plane_of_baselines_alone(self, results):
        results.comparison.loc[2:, ["psnr", "lpips"]] = np.nan
        (axes,) = figures.draw_perception_distortion(results.comparison).axes
        assert [line.get_label() for line in axes.lines] == ["Nearest", "Bicubic"]


def test_no_figure_stays_open(results):
    import matplotlib.pyplot as plt

    draw_grid(results, [0])
    figures.draw_training_curves(results.histories, results.summaries)
    figures.draw_perception_distortion(results.comparison)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    "draw",
    [
        draw_photographs,
        lambda results: draw_errors(results, [0, 3]),
        draw_extremes,
        draw_gains,
        draw_spectra,
        lambda results: figures.draw_training_curves(results.histories, results.summaries),
    ],
    ids=["photographs", "error_maps", "extremes", "gains", "spectra", "curves"],
)
@pytest.mark.parametrize(("size", "count"), [(16, 4), (64, 4), (128, 24)])
def test_texts_of_all_kinds_neither_overlap_nor_are_cut_off(make_results, draw, size, count):
    results = make_results(size=size, count=count)
    results.validation_crops["photograph_id"] = np.array(["folder/photograph-0042.jpg"] * count)
    figure = draw(results)
    figure.draw_without_rendering()
    written = list(figure.texts)
    for axes in figure.axes:
        if axes.axison:
            written += [axes._left_title, axes.xaxis.label]
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
                written += [tick.label1 for tick in ticks if tick.label1.get_visible()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in written if text.get_text()]
    assert boxes
    assert not [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]
    width, height = figure.bbox.width, figure.bbox.height
    assert width <= 3048
    assert not [t for t, b in boxes if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height]
