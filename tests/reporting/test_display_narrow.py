"""Charts for a phone: 358 pixels wide, with every panel below the one before."""

from itertools import pairwise

import numpy as np
import pytest

from srgan_report.reporting import figures
from srgan_report.reporting.display import narrow
from tests.reporting.figures.drawing import cut_off, draw_gains, draw_spectra, overlapping


def draw_curves(results):
    return figures.draw_training_curves(results.histories, results.summaries)


@pytest.fixture
def results(make_results):
    return make_results(size=32, count=24, epochs=3)


@pytest.mark.parametrize("draw", [draw_curves, draw_gains, draw_spectra])
def test_panels_stand_below_each_other_and_nothing_is_cut_off(results, draw):
    figure = draw(results)
    before = figure.get_size_inches().tolist()
    copy = narrow(figure)
    copy.draw_without_rendering()
    assert copy.get_figwidth() == 3.58
    boxes = [axes.get_window_extent() for axes in copy.axes]
    assert len(boxes) == len(figure.axes) > 1
    assert all(above.y0 > below.y1 for above, below in pairwise(boxes))
    assert min(box.width for box in boxes) > 0.5 * copy.bbox.width
    assert cut_off(copy) == overlapping(copy) == []
    titles = [axes._left_title.get_window_extent() for axes in copy.axes]
    assert all(title.x1 <= copy.bbox.width and title.y1 <= copy.bbox.height for title in titles)
    assert figure.get_size_inches().tolist() == before


def test_each_panel_has_the_title_and_the_names_of_its_grid(make_benchmark):
    copy = narrow(figures.draw_benchmark(make_benchmark(sets=("Set5", "Set14"))))
    copy.draw_without_rendering()
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in copy.axes]
    assert titles[:3] == titles[3:] != [""] * 3
    assert [axes.get_ylabel().partition("\n")[0] for axes in copy.axes] == ["Set5"] * 3 + ["Set14"] * 3
    for axes in copy.axes:
        assert axes.yaxis.get_major_ticks()[0].label1.get_visible()


def test_the_legend_moves_below_the_panels(results):
    copy = narrow(figures.draw_perception_distortion(results.comparison))
    copy.draw_without_rendering()
    (legend,), (axes,) = copy.legends, copy.axes
    box = legend.get_window_extent()
    assert box.y1 <= axes.get_window_extent().y0
    assert 0 <= box.x0 < box.x1 <= copy.bbox.width
    assert len(legend.get_texts()) == 8


def test_a_legend_may_be_empty(results):
    results.comparison[["psnr", "lpips"]] = np.nan  # of blank photographs, which bicubic reproduces exactly
    copy = narrow(figures.draw_perception_distortion(results.comparison))
    copy.draw_without_rendering()
    assert len(copy.axes) == 1
