import numpy as np
import pytest

from srgan_report.reporting import figures
from srgan_report.variants import VARIANTS
from tests.reporting.figures.drawing import pixels


def test_training_curves_draw_the_saved_histories(make_results):
    results = make_results(epochs=3)
    figure = figures.draw_training_curves(results.histories)
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    assert set(panels) == {
        "Validation PSNR (dB)",
        "Content loss: MSE",
        "Content loss: VGG22",
        "Content loss: VGG54",
        "Adversarial loss of the generator",
        "Loss of the discriminator",
        "Content : adversarial gradient",
    }
    assert [len(axes.lines) for axes in panels.values()] == [6, 4, 4, 4, 3, 3, 4]  # the last has a line at 1
    for line in panels["Validation PSNR (dB)"].lines:
        np.testing.assert_array_equal(line.get_xdata(), [10, 20, 30])
        np.testing.assert_array_equal(line.get_ydata(), [21.0, 22.0, 23.0])
    training, validation = (panels["Content loss: MSE"].lines[index].get_ydata() for index in (0, 2))
    np.testing.assert_allclose(training, [1, 1 / 2, 1 / 3])
    np.testing.assert_allclose(validation, [2, 1, 2 / 3])


def test_training_curves_of_one_epoch_show_markers(make_results):
    figure = figures.draw_training_curves(make_results(epochs=1).histories)
    for axes in figure.axes:
        if axes.get_title(loc="left") == "Content : adversarial gradient":
            one, *lines = axes.lines
            assert one.get_ydata() == [1, 1]
        else:
            lines = axes.lines
        assert all(line.get_marker() in figures.METHOD_MARKERS.values() for line in lines)
        assert axes.get_xlim()[0] == 0


def test_training_curves_give_each_variant_its_colour_and_name_it_once(results):
    figure = figures.draw_training_curves(results.histories)
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert sorted(names[:-1]) == sorted(variant.label for variant in VARIANTS.values())
    colours = [line.get_color() for line in figure.axes[0].lines]
    assert colours == [figures.METHOD_COLOURS[name] for name in VARIANTS]


def test_training_curves_of_srresnets_alone_have_no_adversarial_panels(results):
    histories = {name: results.histories[name] for name in ("srresnet_mse", "srresnet_vgg22")}
    titles = [axes.get_title(loc="left") for axes in figures.draw_training_curves(histories).axes]
    assert titles == ["Validation PSNR (dB)", "Content loss: MSE", "Content loss: VGG22"]


def gradient_panel(histories):
    figure = figures.draw_training_curves(histories)
    pixels(figure)
    titles = {axes.get_title(loc="left"): axes for axes in figure.axes}
    return titles.get("Content : adversarial gradient")


class TestGradientRatio:
    def test_is_drawn_of_adversarial_variants_on_a_logarithmic_axis(self, results):
        axes = gradient_panel(results.histories)
        assert axes.get_yscale() == "log"
        srgans = [name for name, variant in VARIANTS.items() if variant.adversarial]
        assert [line.get_color() for line in axes.lines[1:]] == [
            figures.METHOD_COLOURS[name] for name in srgans
        ]
        for line in axes.lines[1:]:
            np.testing.assert_allclose(line.get_ydata(), [10.0, 100.0])

    def test_of_histories_that_lack_it_is_not_drawn(self, results):
        for name, history in results.histories.items():
            results.histories[name] = history.drop(columns="gradient_ratio", errors="ignore")
        assert gradient_panel(results.histories) is None

    def test_is_drawn_of_those_that_have_it(self, results):
        results.histories["srgan_mse"] = results.histories["srgan_mse"].drop(columns="gradient_ratio")
        assert len(gradient_panel(results.histories).lines) == 3  # two, and the line at 1

    @pytest.mark.parametrize("value", [0.0, np.inf, np.nan])
    def test_that_no_logarithm_has_is_left_out(self, results, value):
        for name in ("srgan_mse", "srgan_vgg22", "srgan_vgg54"):
            results.histories[name]["gradient_ratio"] = value
        axes = gradient_panel(results.histories)
        assert np.isfinite(axes.get_ylim()).all()
