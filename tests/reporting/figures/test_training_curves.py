import numpy as np
import pytest

from srgan_report.reporting import figures
from srgan_report.reporting.figures import style
from srgan_report.variants import VARIANTS
from tests.reporting.figures.drawing import pixels


@pytest.fixture
def results(make_results):
    return make_results(epochs=3)


def draw(results):
    return figures.draw_training_curves(results.histories, results.summaries)


def test_training_curves_draw_the_saved_histories(make_results):
    results = make_results(epochs=3)
    figure = draw(results)
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


def test_fine_tuned_variants_start_at_the_last_step_and_psnr_of_srresnet_mse(make_results):
    results = make_results(epochs=3)
    results.histories["srresnet_mse"] = make_results(epochs=5).histories["srresnet_mse"]
    summary = results.summaries["srgan_mse"]
    summary["parameters"]["training"]["start_from"] = "srresnet_mse"
    summary["initial_generator_sha256"] = "of srresnet_mse"
    lines = draw(results).axes[0].lines
    np.testing.assert_array_equal(lines[0].get_xdata(), [10, 20, 30, 40, 50])
    tuned = lines[list(VARIANTS).index("srgan_mse")]
    np.testing.assert_array_equal(tuned.get_xdata(), [50, 60, 70, 80])
    np.testing.assert_array_equal(tuned.get_ydata(), [25.0, 21.0, 22.0, 23.0])
    np.testing.assert_array_equal(lines[1].get_xdata(), [10, 20, 30])  # from scratch
    for initial in ("before srresnet_mse", "of another"):
        summary["initial_generator_sha256"] = initial
        tuned = draw(results).axes[0].lines[list(VARIANTS).index("srgan_mse")]
        np.testing.assert_array_equal(tuned.get_xdata(), [10, 20, 30])


def test_fewer_than_three_epochs_are_no_curve(make_results):
    results = make_results(epochs=3)
    for name in ("srresnet_vgg54", "srgan_mse"):
        results.histories[name] = results.histories[name].head(2)
    colours = [line.get_color() for line in draw(results).axes[0].lines]
    assert colours == [
        style.METHOD_COLOURS[name] for name in VARIANTS if name not in ("srresnet_vgg54", "srgan_mse")
    ]
    (note,) = draw(make_results(epochs=2)).texts
    assert note.get_text() == "No variant was trained for 3 epochs, the fewest that make a curve."


def test_training_curves_give_each_variant_its_colour_and_name_it_once(results):
    figure = draw(results)
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert sorted(names[:-1]) == sorted(variant.label for variant in VARIANTS.values())
    colours = [line.get_color() for line in figure.axes[0].lines]
    assert colours == [style.METHOD_COLOURS[name] for name in VARIANTS]


def test_training_curves_of_srresnets_alone_have_no_adversarial_panels(results):
    for name in set(VARIANTS) - {"srresnet_mse", "srresnet_vgg22"}:
        del results.histories[name]
    titles = [axes.get_title(loc="left") for axes in draw(results).axes]
    assert titles == ["Validation PSNR (dB)", "Content loss: MSE", "Content loss: VGG22"]


def gradient_panel(results):
    figure = draw(results)
    pixels(figure)
    titles = {axes.get_title(loc="left"): axes for axes in figure.axes}
    return titles.get("Content : adversarial gradient")


class TestGradientRatio:
    def test_is_drawn_of_adversarial_variants_on_a_logarithmic_axis(self, results):
        axes = gradient_panel(results)
        assert axes.get_yscale() == "log"
        srgans = [name for name, variant in VARIANTS.items() if variant.adversarial]
        assert [line.get_color() for line in axes.lines[1:]] == [
            style.METHOD_COLOURS[name] for name in srgans
        ]
        for line in axes.lines[1:]:
            np.testing.assert_allclose(line.get_ydata(), [10.0, 100.0, 1000.0])

    @pytest.mark.parametrize("value", [0.0, np.inf, np.nan])
    def test_that_no_logarithm_has_is_left_out(self, results, value):
        for name in ("srgan_mse", "srgan_vgg22", "srgan_vgg54"):
            results.histories[name]["gradient_ratio"] = value
        axes = gradient_panel(results)
        assert np.isfinite(axes.get_ylim()).all()
