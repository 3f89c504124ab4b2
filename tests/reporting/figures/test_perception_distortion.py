import numpy as np
import pandas as pd
import pytest

from srgan_report.reporting import figures
from srgan_report.reporting.figures import style
from srgan_report.variants import METHOD_LABELS


def whiskers(axes):
    """Each whisker's ends, as (x, y) pairs."""
    return [tuple(map(tuple, path.vertices)) for lines in axes.collections for path in lines.get_paths()]


class TestPerceptionDistortion:
    def test_every_method_is_a_point_of_its_colour_in_the_legend(self, results):
        figure = figures.draw_perception_distortion(results.comparison)
        (axes,) = figure.axes
        points = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines]
        np.testing.assert_allclose(points, [(20 + k, 0.3 - k / 100) for k in range(8)])
        assert [line.get_color() for line in axes.lines] == list(style.METHOD_COLOURS.values())
        assert [line.get_marker() for line in axes.lines] == list(style.METHOD_MARKERS.values())
        (legend,) = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == list(METHOD_LABELS.values())

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

    def test_averages_are_a_curve_from_one_variant_to_the_other(self, results):
        blends = pd.DataFrame({"share": [0.8, 0.2], "psnr": [30.0, 31.0], "lpips": [0.15, 0.16]})
        (axes,) = figures.draw_perception_distortion(results.comparison, blends).axes
        (curve,) = [line for line in axes.lines if len(line.get_xdata()) > 1]
        # SRResNet-MSE is the third method, SRGAN-VGG54 the eighth; the larger share lies nearer to it.
        np.testing.assert_allclose(curve.get_xdata(), [22, 31, 30, 27])
        np.testing.assert_allclose(curve.get_ydata(), [0.28, 0.16, 0.15, 0.23])

    def test_there_is_no_curve_without_both_ends(self, results):
        blends = pd.DataFrame({"share": [0.5], "psnr": [30.0], "lpips": [0.15]})
        comparison = results.comparison[results.comparison["method"] != "srgan_vgg54"]
        (axes,) = figures.draw_perception_distortion(comparison, blends).axes
        assert len(axes.lines) == 7


class TestBenchmarkPlanes:
    def test_each_set_has_a_panel_and_others_methods_are_in_the_legend(self):
        names = {"srresnet_mse": "SRResNet-MSE", "srgan_vgg54": "SRGAN-VGG54", "RealSR": "RealSR", "R": "R"}
        rows = [
            {"set": name, "method": method, "label": label, "psnr_y": 20 + at + 5 * k, "lpips": 0.1 + k / 10}
            for k, name in enumerate(("Set5", "Set14", "Urban100"))
            for at, (method, label) in enumerate(names.items())
        ]
        ends = {f"{metric}_{end}": np.nan for metric in ("psnr_y", "lpips") for end in ("low", "high")}
        comparison = pd.DataFrame(rows).assign(**ends)
        blends = pd.DataFrame({"set": ["Set14"], "share": [0.5], "psnr_y": [25.5], "lpips": [0.19]})
        figure = figures.draw_benchmark_planes(comparison, blends)
        figure.draw_without_rendering()
        shown = [axes for axes in figure.axes if axes.axison]
        assert [axes.get_title(loc="left") for axes in shown] == ["Set5", "Set14", "Urban100"]
        assert [len(axes.lines) for axes in shown] == [4, 5, 4]
        assert [line.get_marker() for line in shown[0].lines[2:]] == ["$1$", "$2$"]
        np.testing.assert_allclose(shown[1].lines[-1].get_xdata(), [25, 25.5, 26])
        assert shown[0].get_xlabel().startswith("PSNR-Y (dB)")
        assert [text.get_text() for text in figure.legends[0].get_texts()] == list(names.values())
