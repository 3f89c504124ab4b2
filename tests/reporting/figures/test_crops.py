import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps

from srgan_report.errors import InputError
from srgan_report.reporting import figures
from srgan_report.variants import VARIANTS
from tests.reporting.figures.drawing import (
    cut_off,
    draw_errors,
    draw_grid,
    draw_rows,
    overlapping,
    pixels,
    shown,
    texts,
)


def test_article_rows_show_hr_sr_lr_and_bicubic_of_each_crop(results):
    figure = draw_rows(results, [2, 0])
    expected = []
    for crop in (2, 0):
        expected += [
            results.validation_crops["high_resolution"][crop],
            results.super_resolved["srgan_mse"][crop],
            results.validation_crops["low_resolution"][crop],
            results.super_resolved["bicubic"][crop],
        ]
    drawn = [axes.images[0].get_array() for axes in figure.axes]
    assert len(drawn) == len(expected)
    for image, expectation in zip(drawn, expected, strict=True):
        np.testing.assert_array_equal(image, expectation)


def test_article_rows_name_the_columns_and_give_psnr_and_ssim(results):
    written = texts(draw_rows(results, [1]))
    assert [text for text in written if text in {"HR", "SRGAN-MSE", "LR", "Bicubic"}] == [
        "HR",
        "SRGAN-MSE",
        "LR",
        "Bicubic",
    ]
    assert "25.00 · 0.5500" in written  # the sixth method
    assert "21.00 · 0.5100" in written  # bicubic, the second
    assert "Validation crop 1: photograph 0" in written


def test_metrics_are_found_by_photograph_and_crop_whatever_the_order_of_the_rows(results):
    metrics = results.photograph_metrics.copy()
    metrics["psnr"] = 100.0 * metrics["position"] + 10.0 * metrics["crop"]
    shuffled = metrics.sample(frac=1, random_state=0)
    figure = figures.draw_comparison_grid(results.validation_crops, results.super_resolved, shuffled, [3])
    assert sum(text.startswith("110.00 · ") for text in texts(figure)) == len(results.super_resolved)


@pytest.mark.parametrize("size", [16, 48, 64, 128])
def test_no_pixel_of_a_crop_is_blurred(make_results, size):
    results = make_results(size=size, count=2)
    figure = draw_rows(results, [0])
    for axes, image in (
        (figure.axes[0], results.validation_crops["high_resolution"][0]),
        (figure.axes[1], results.super_resolved["srgan_mse"][0]),
    ):
        saved = shown(figure, axes)
        zoom = saved.shape[0] // size
        np.testing.assert_array_equal(saved, np.kron(image, np.ones((zoom, zoom, 1), np.uint8)))


def test_lr_has_pixels_as_large_as_those_of_hr_in_the_grid(results):
    sizes = {
        axes.images[0].get_array().shape[0]: axes.get_window_extent().height
        for axes in draw_grid(results, [0]).axes
    }
    assert sizes[16] == pytest.approx(4 * sizes[4])


def test_grid_shows_every_method(results):
    figure = draw_grid(results, [1])
    written = texts(figure)
    for label in ["HR", "LR", "Nearest", "Bicubic", *(variant.label for variant in VARIANTS.values())]:
        assert written.count(label) == 1
    drawn = [axes.images[0].get_array() for axes in figure.axes]
    for images in results.super_resolved.values():
        assert any(np.array_equal(image, images[1]) for image in drawn)


def test_grid_sets_the_highest_psnr_of_a_crop_in_bold(results):
    figure = draw_grid(results, [0])
    assert [text.get_text() for text in figure.texts if text.get_weight() == "bold"] == ["27.00 · 0.5700"]


def test_grid_puts_srresnets_above_the_srgans_of_the_same_content_loss(results):
    figure = draw_grid(results, [0])
    places = {text.get_text(): text.get_position() for text in figure.texts}
    for loss in ("MSE", "VGG22", "VGG54"):
        above, below = places[f"SRResNet-{loss}"], places[f"SRGAN-{loss}"]
        assert above[0] == below[0]
        assert above[1] > below[1]


def test_grid_leaves_out_methods_without_results(results):
    some = {name: results.super_resolved[name] for name in ("bicubic", "srgan_vgg54")}
    figure = figures.draw_comparison_grid(results.validation_crops, some, results.photograph_metrics, [0])
    assert len(figure.axes) == 4  # HR, LR and the two


@pytest.mark.parametrize("crops", [[0], [3, 2, 1, 0]])
@pytest.mark.parametrize("draw", [draw_rows, draw_grid])
def test_texts_neither_overlap_nor_are_cut_off(make_results, draw, crops):
    results = make_results(size=32)
    results.validation_crops["photograph_id"] = np.array(["/".join(["a long folder"] * 20)] * 4)
    figure = draw(results, crops)
    assert not overlapping(figure)
    assert not cut_off(figure)


def test_a_photographs_name_is_not_read_as_mathematics(results):
    results.validation_crops["photograph_id"] = np.array(["$x", "a$\\frac$b", "c", "d"])
    pixels(draw_rows(results, [0, 1]))


@pytest.mark.parametrize("crops", [[4], [0, -1], []])
@pytest.mark.parametrize("name", ["article_rows", "comparison_grid", "crop_pairs", "error_maps"])
def test_crops_that_are_not_there_are_named(results, name, crops):
    given = {"variant": "srgan_mse"} if name == "article_rows" else {}
    with pytest.raises(
        InputError, match=r"figures\.crops must name validation crops from 0 to 3.*Received: \["
    ):
        figures.draw(name, replace(results, crops=crops), **given)


def test_crops_without_metrics_are_an_error_that_names_the_method(results):
    metrics = results.photograph_metrics.query("not (method == 'srgan_mse' and position == 1)")
    with pytest.raises(
        InputError, match=r"photograph_metrics of srgan_mse must have a row for crop 0 .* position 1"
    ):
        figures.draw_comparison_grid(results.validation_crops, results.super_resolved, metrics, [2])


def test_crop_pairs_show_hr_above_lr(results):
    figure = figures.draw_crop_pairs(results.validation_crops, [0, 3])
    drawn = [axes.images[0].get_array() for axes in figure.axes]
    for image, expected in zip(
        drawn,
        [
            *results.validation_crops["high_resolution"][[0, 3]],
            *results.validation_crops["low_resolution"][[0, 3]],
        ],
        strict=True,
    ):
        np.testing.assert_array_equal(image, expected)
    assert texts(figure).count("HR, 16 \N{MULTIPLICATION SIGN} 16 pixels") == 2
    assert texts(figure).count("LR, 4 \N{MULTIPLICATION SIGN} 4 pixels") == 2


def test_metrics_loaded_from_csv_are_understood(results):
    results.validation_crops["photograph_id"] = np.array(["0007", "0007", "0008", "0008"])
    table = results.photograph_metrics.assign(photograph_id="0007")
    loaded = pd.read_csv(io.StringIO(table.to_csv(index=False)))  # "0007" comes back as 7
    figure = figures.draw_comparison_grid(results.validation_crops, results.super_resolved, loaded, [0])
    assert "Validation crop 0: 0007" in texts(figure)


def test_an_exact_crop_says_so_and_is_the_best(results):
    table = results.photograph_metrics
    table.loc[(table["method"] == "bicubic") & (table["position"] == 0) & (table["crop"] == 0), "psnr"] = (
        np.inf
    )
    figure = draw_grid(results, [0, 1])
    assert [text.get_text() for text in figure.texts if text.get_weight() == "bold"] == [
        "exact",
        "27.00 · 0.5700",
    ]
    assert not [text for text in texts(figure) if "inf" in text]


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
