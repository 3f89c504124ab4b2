import numpy as np
import pytest

from srgan_report.variants import VARIANTS
from tests.reporting.figures.drawing import draw_region, shown, texts


def show_noise(results, height, width, side):
    """Makes a photograph without any detail, but for its lower left corner."""
    photograph = np.full((1, height, width, 3), 100, np.uint8)
    noise = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    photograph[0, height - side :, :side] = noise
    results.figure_photograph["high_resolution"] = photograph
    for rank, name in enumerate(results.enlarged_photograph):
        results.enlarged_photograph[name] = photograph // 2 + np.uint8(10 * rank)


class TestMarkedRegion:
    # A sixth of the shorter side, in fours, but 16 at least; the last is as large as photographs get.
    @pytest.mark.parametrize(
        ("height", "width", "side"),
        [(32, 48, 16), (240, 160, 28), (332, 500, 56), (1024, 768, 128), (1024, 1024, 172)],
    )
    def test_is_that_with_the_most_detail_and_no_pixel_is_blurred(self, results, height, width, side):
        show_noise(results, height, width, side)
        figure = draw_region(results)
        whole, original = figure.axes[:2]
        region = np.s_[0, height - side :, :side]
        images = {
            whole: results.figure_photograph["high_resolution"][0],
            original: results.figure_photograph["high_resolution"][region],
        }
        for axes, name in zip(figure.axes[2:5], ["bicubic", "srresnet_mse", "srgan_mse"], strict=True):
            images[axes] = results.enlarged_photograph[name][region]
        for patch in list(whole.patches):
            patch.remove()  # the frame covers pixels, as it should
        for axes, image in images.items():
            saved = shown(figure, axes)
            zoom = saved.shape[0] // len(image)
            assert zoom > (0 if axes is whole else 1)
            np.testing.assert_array_equal(saved, np.kron(image, np.ones((zoom, zoom, 1), np.uint8)))

    def test_is_framed_where_it_was_cut(self, results):
        show_noise(results, 332, 500, 56)
        boxes = [patch.get_bbox().bounds for patch in draw_region(results).axes[0].patches]
        assert boxes == [(-0.5, 275.5, 56, 56)] * 2

    def test_has_every_method_with_its_measures(self, results):
        written = texts(draw_region(results))
        for label in ["HR", "Bicubic", *(variant.label for variant in VARIANTS.values())]:
            assert written.count(label) == 1
        assert "25.00 · 0.5500" in written  # SRGAN-MSE's, the sixth method's
        assert "a photograph" in written

    def test_of_a_photograph_without_detail_is_its_upper_left_corner(self, results):
        results.figure_photograph["high_resolution"][...] = 9
        assert [patch.get_xy() for patch in draw_region(results).axes[0].patches] == [(-0.5, -0.5)] * 2

    def test_leaves_out_methods_without_results(self, results):
        for name in ("bicubic", "srgan_vgg54", "nearest"):
            del results.enlarged_photograph[name]
        assert len(draw_region(results).axes) == 2 + 5

    def test_the_end_of_a_long_name_is_kept(self, results):
        results.figure_photograph["photograph_id"] = np.array(["x" * 500 + "/rose.jpg"])
        (name,) = [text for text in texts(draw_region(results)) if text.endswith("/rose.jpg")]
        assert name.startswith("…")
        assert len(name) < 200


@pytest.mark.parametrize("psnr", [None, np.inf])
def test_an_exact_photograph_says_so(results, psnr):
    results.enlarged_photograph_metrics["bicubic"]["psnr"] = psnr
    assert texts(draw_region(results)).count("exact") == 1
