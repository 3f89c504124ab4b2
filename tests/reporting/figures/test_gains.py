import numpy as np

from tests.reporting.figures.drawing import draw_gains


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
