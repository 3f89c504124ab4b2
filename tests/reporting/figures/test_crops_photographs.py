import numpy as np
import pytest

from srgan_report.variants import VARIANTS
from tests.reporting.figures.drawing import draw_photographs, shown, texts


class TestPhotographs:
    def test_each_is_shown_by_every_variant_between_lr_and_hr_and_no_pixel_is_blurred(self, make_results):
        results = make_results(size=80)
        figure = draw_photographs(results)
        assert len(figure.axes) == 2 * 9
        original, low = (results.figure_photograph[f"{kind}_resolution"] for kind in ("high", "low"))
        order = [results.upscaled_photograph[name] for name in VARIANTS]
        for index in range(2):
            first = 9 * index
            images = [low, results.upscaled_photograph["bicubic"], original, *order]
            for axes, image in zip(figure.axes[first : first + 9], images, strict=True):
                np.testing.assert_array_equal(axes.images[0].get_array(), image[index])
        saved = shown(figure, figure.axes[2])
        np.testing.assert_array_equal(saved, np.kron(original[0], np.ones((6, 6, 1), np.uint8)))

    def test_below_each_are_psnr_and_lpips_of_that_region(self, results):
        written = texts(draw_photographs(results))
        for label in ["LR", "HR", "Bicubic", *(variant.label for variant in VARIANTS.values())]:
            assert written.count(label) == 2
        assert "25.00 dB · LPIPS 0.250" in written  # SRGAN-MSE's, the sixth method's
        assert "26.00 dB · LPIPS 1.250" in written  # on the second photograph
        assert {"a photograph", "another"} <= set(written)

    def test_leaves_out_methods_without_results(self, results):
        for name in ("bicubic", "srgan_vgg54", "nearest"):
            del results.upscaled_photograph[name]
        assert len(draw_photographs(results).axes) == 2 * 7

    def test_the_end_of_a_long_name_is_kept(self, results):
        results.figure_photograph["photograph_id"] = np.array(["x" * 500 + "/rose.jpg", "b"])
        (name,) = [text for text in texts(draw_photographs(results)) if text.endswith("/rose.jpg")]
        assert name.startswith("…")
        assert len(name) < 200


@pytest.mark.parametrize("psnr", [None, np.inf])
def test_an_exact_region_says_so(results, psnr):
    results.upscaled_photograph_metrics["bicubic"]["psnr"][1] = psnr
    assert texts(draw_photographs(results)).count("exact") == 1
