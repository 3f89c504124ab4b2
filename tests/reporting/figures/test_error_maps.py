import numpy as np
from matplotlib import colormaps

from tests.reporting.figures.drawing import draw_errors, shown, texts


class TestErrorMaps:
    def test_are_cividis_of_the_absolute_error_on_one_scale(self, results):
        originals = results.validation_crops["high_resolution"]
        originals[...] = 100
        for rank, name in enumerate(results.super_resolved):
            results.super_resolved[name] = originals + np.uint8(10 * rank)  # bicubic's error is 10, …
        figure = draw_errors(results, [0])
        assert "≥ 70" in texts(figure)
        colours = colormaps["cividis"].resampled(256)
        for axes, error in zip(figure.axes[1:4], (10, 20, 30), strict=True):
            expected = (255 * np.array(colours(int(255 * error / 70))[:3])).astype(np.uint8)
            assert (shown(figure, axes) == expected).all()
            assert f"{error:.2f}" in texts(figure)

    def test_bar_is_the_scale(self, results):
        bar = shown(figure := draw_errors(results, [0, 1]), figure.axes[-1])
        ends = [(255 * np.array(colormaps["cividis"](end)[:3])).astype(np.uint8) for end in (0.0, 1.0)]
        assert (bar[:, 0] == ends[0]).all()
        assert (bar[:, -1] == ends[1]).all()

    def test_scale_is_not_that_of_what_diverged(self, results):
        originals = results.validation_crops["high_resolution"]
        originals[...] = 0
        for name in results.super_resolved:
            results.super_resolved[name] = originals + np.uint8(200 if name == "srgan_mse" else 20)
        assert "≥ 20" in texts(draw_errors(results, [0], ["srgan_mse"]))
        assert "≥ 200" in texts(draw_errors(results, [0]))

    def test_of_no_error_at_all(self, results):
        for name in results.super_resolved:
            results.super_resolved[name] = results.validation_crops["high_resolution"]
        assert texts(draw_errors(results, [0])).count("0.00") == 8
