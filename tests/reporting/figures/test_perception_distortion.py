import numpy as np
import pytest

from srgan_report.reporting import figures


def whiskers(axes):
    """Each whisker's ends, as (x, y) pairs."""
    return [tuple(map(tuple, path.vertices)) for lines in axes.collections for path in lines.get_paths()]


class TestPerceptionDistortion:
    def test_every_method_is_a_point_of_its_colour_in_the_legend(self, results):
        figure = figures.draw_perception_distortion(results.comparison)
        (axes,) = figure.axes
        points = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines]
        np.testing.assert_allclose(points, [(20 + k, 0.3 - k / 100) for k in range(8)])
        assert [line.get_color() for line in axes.lines] == list(figures.METHOD_COLOURS.values())
        assert [line.get_marker() for line in axes.lines] == list(figures.METHOD_MARKERS.values())
        (legend,) = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == list(figures.METHOD_LABELS.values())

    def test_whiskers_are_the_intervals(self, results):
        (axes,) = figures.draw_perception_distortion(results.comparison.head(1)).axes
        horizontal, vertical = whiskers(axes)
        np.testing.assert_allclose(horizontal, [(18.0, 0.3), (22.0, 0.3)])
        np.testing.assert_allclose(vertical, [(20.0, 0.27), (20.0, 0.33)])

    def test_without_an_interval_there_is_no_whisker(self, results):
        results.comparison.loc[0, ["psnr_low", "psnr_high"]] = np.nan
        results.comparison.loc[1:, ["psnr_low", "psnr_high", "lpips_low", "lpips_high"]] = np.nan
        (axes,) = figures.draw_perception_distortion(results.comparison).axes
        assert len(whiskers(axes)) == 1
        assert len(axes.lines) == 8

    def test_says_what_it_reproduces_and_where_better_is(self, results):
        (axes,) = figures.draw_perception_distortion(results.comparison).axes
        title = axes.get_title(loc="left")
        assert title.startswith("After Blau & Michaeli 2018. Better: to the right and down")
        assert axes.get_xlabel().startswith("PSNR (dB)")
        assert axes.get_ylabel().endswith("LPIPS")

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_a_method_without_a_value_is_left_out(self, results, value):
        results.comparison.loc[3, "psnr"] = value
        figure = figures.draw_perception_distortion(results.comparison)
        figure.draw_without_rendering()
        assert len(figure.axes[0].lines) == 7
