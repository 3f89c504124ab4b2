import numpy as np
import pandas as pd

from srgan_report.reporting import figures
from srgan_report.variants import VARIANTS
from tests.reporting.figures.drawing import draw_extremes, draw_gains, texts


class TestGains:
    def test_are_paired_by_photograph(self, results):
        table = results.photograph_metrics
        table["psnr"] += 10 * table["position"] + table["crop"]  # harder and easier photographs
        axes, lpips = draw_gains(results).axes
        points = {line.get_marker(): np.sort(line.get_xdata()) for line in axes.lines[:-1]}
        np.testing.assert_allclose(points["s"], [-1, -1])  # nearest
        np.testing.assert_allclose(points[">"], [6, 6])  # SRGAN-VGG54
        np.testing.assert_allclose(np.sort(lpips.lines[0].get_xdata()), [0.01, 0.01])

    def test_of_ten_photographs_have_boxes_of_their_quartiles(self, make_results):
        few, enough = make_results(count=18), make_results(count=20)
        enough.photograph_metrics.loc[enough.photograph_metrics["method"] == "nearest", "psnr"] = np.repeat(
            np.arange(10.0), 2
        )
        assert "So few have no quartiles" in draw_gains(few).get_supxlabel()
        figure = draw_gains(enough)
        assert "Boxes: quartiles" in figure.get_supxlabel()
        box = figure.axes[0].lines[1].get_xdata()  # after the points of the first row
        np.testing.assert_allclose([min(box), max(box)], [2.25 - 21, 6.75 - 21])

    def test_crops_that_a_method_reproduces_exactly_are_left_out_of_all_rows(self, results):
        table = results.photograph_metrics
        table.loc[(table["method"] == "bicubic") & (table["position"] == 1), "psnr"] = np.inf
        figure = draw_gains(results)
        figure.draw_without_rendering()
        assert [len(line.get_xdata()) for line in figure.axes[0].lines[:7]] == [1] * 7
        assert "each of 1 validation" in figure.get_supxlabel()

    def test_without_any_other_crop_nothing_is_drawn(self, results):
        results.photograph_metrics["psnr"] = np.inf
        draw_gains(results).draw_without_rendering()


class TestExtremes:
    def test_crops_that_a_method_reproduces_exactly_are_none(self, make_results):
        results = make_results(count=6)
        table = results.photograph_metrics
        table.loc[(table["method"] == "bicubic") & (table["position"] == 0), "psnr"] = np.inf
        shown = [text for text in texts(draw_extremes(results)) if text.startswith("HR, crop")]
        assert not {"HR, crop 0", "HR, crop 1"} & set(shown)
        table["psnr"] = np.inf
        assert texts(draw_extremes(results)) == ["Some method reproduces every crop exactly."]

    def test_are_the_best_the_middle_and_the_worst_crop_over_bicubic(self, make_results):
        results = make_results(count=6)
        table = results.photograph_metrics
        table["psnr"] = 30.0
        place = 2 * table["position"] + table["crop"]
        table.loc[table["method"] == "bicubic", "psnr"] += 10 * place
        table.loc[table["method"] == "srgan_mse", "psnr"] += 10 * place + place.map(
            [3, -1, 2, 5, 0.5, -4].__getitem__
        )
        figure = draw_extremes(results)
        row = figure.axes[6 * 3 : 6 * 4]  # the fourth variant
        for axes, crop in zip(row[::2], (3, 2, 5), strict=True):  # 5, 3, 2, 0.5, -1, -4: of two the higher
            expected = results.validation_crops["high_resolution"][crop]
            np.testing.assert_array_equal(axes.images[0].get_array(), expected)
        assert {"best: +5.00 dB", "worst: -4.00 dB"} <= set(texts(figure))

    def test_median_of_an_odd_number_is_the_one_in_the_middle(self):
        gains = pd.DataFrame({"psnr": [1.0, 5.0, 2.0, 4.0, 3.0]})
        picked = figures.gains.pick_extremes(gains)
        assert {rank: row["psnr"] for rank, row in picked.items()} == {"best": 5, "median": 3, "worst": 1}

    def test_of_a_single_crop_are_the_same(self, make_results):
        assert texts(draw_extremes(make_results(count=1))).count("HR, crop 0") == 3 * len(VARIANTS)

    def test_a_gain_of_almost_nothing_has_no_minus(self, results):
        results.photograph_metrics["psnr"] = 30.0
        results.photograph_metrics.loc[results.photograph_metrics["method"] != "bicubic", "psnr"] -= 1e-4
        assert "best: +0.00 dB" in texts(draw_extremes(results))
