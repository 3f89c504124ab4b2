import io
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text
from PIL import Image
from skimage.color import rgb2lab

from srgan_report import figures
from srgan_report.errors import InputError
from srgan_report.variants import VARIANTS


def draw_rows(results, crops, variant="srgan_mse"):
    baselines = {name: results.super_resolved[name] for name in ("nearest", "bicubic")}
    metrics = results.photograph_metrics
    return figures.draw_article_rows(
        results.validation_crops,
        {variant: results.super_resolved[variant]},
        baselines,
        metrics[metrics["method"] == variant],
        metrics[metrics["method"].isin(baselines)],
        crops,
    )


def draw_grid(results, crops):
    return figures.draw_comparison_grid(
        results.validation_crops, results.super_resolved, results.photograph_metrics, crops
    )


def texts(figure):
    return [text.get_text() for text in figure.texts]


def pixels(figure):
    """The figure as it is saved: uint8 ``(height, width, 3)``."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=300)
    return np.asarray(Image.open(png).convert("RGB"))


def shown(figure, axes):
    """What of the saved figure an axes covers, and the axes' box in pixels."""
    image = pixels(figure)
    box = axes.get_window_extent()
    left, right, bottom, top = (round(edge) for edge in (box.x0, box.x1, box.y0, box.y1))
    return image[image.shape[0] - top : image.shape[0] - bottom, left:right]


def overlapping(figure):
    """Pairs of texts that overlap."""
    figure.canvas.draw()
    boxes = [(text.get_text(), text.get_window_extent()) for text in figure.texts if text.get_text()]
    return [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]


def cut_off(figure):
    """Texts that reach beyond the figure."""
    figure.canvas.draw()
    width, height = figure.bbox.width, figure.bbox.height
    boxes = {text.get_text(): text.get_window_extent() for text in figure.texts if text.get_text()}
    return [t for t, b in boxes.items() if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height]


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
@pytest.mark.parametrize("draw", [draw_rows, draw_grid])
def test_crops_that_are_not_there_are_named(results, draw, crops):
    with pytest.raises(
        InputError, match=r"figures\.crops must name validation crops from 0 to 3.*Received: \["
    ):
        draw(results, crops)


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


def whiskers(axes):
    """Each whisker's ends, as (x, y) pairs."""
    return [tuple(map(tuple, path.vertices)) for lines in axes.collections for path in lines.get_paths()]


def plane_boxes(figure):
    """The boxes of the labels without their lines, and of the axes, in pixels."""
    figure.canvas.draw()
    (axes,) = figure.axes
    return [Text.get_window_extent(label) for label in axes.texts], axes.get_window_extent()


class TestPerceptionDistortion:
    def test_every_method_is_a_point_of_its_colour_with_a_label(self, results):
        (axes,) = figures.draw_perception_distortion(results.comparison).axes
        points = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines]
        np.testing.assert_allclose(points, [(20 + k, 0.3 - k / 100) for k in range(8)])
        assert [line.get_color() for line in axes.lines] == list(figures.METHOD_COLOURS.values())
        assert [text.get_text() for text in axes.texts] == list(figures.METHOD_LABELS.values())
        assert [text.xy for text in axes.texts] == points

    def test_markers_tell_baselines_srresnets_and_srgans_apart(self, results):
        (axes,) = figures.draw_perception_distortion(results.comparison).axes
        assert [line.get_marker() for line in axes.lines] == ["s", "D", "o", "p", "X", "^", "v", ">"]

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
        assert len(axes.texts) == 8

    @pytest.mark.parametrize("spread", [0.0, 1e-6, 0.01, 0.3, 1.0])
    @pytest.mark.parametrize("intervals", [True, False])
    def test_labels_neither_overlap_nor_leave_the_axes_nor_cover_points(self, results, spread, intervals):
        table = results.comparison
        for measure in ("psnr", "lpips"):
            moved = table[measure].mean() + spread * (table[measure] - table[measure].mean())
            width = 0.05 * moved if intervals else np.nan
            table = table.assign(
                **{measure: moved, f"{measure}_low": moved - width, f"{measure}_high": moved + width}
            )
        figure = figures.draw_perception_distortion(table)
        boxes, inside = plane_boxes(figure)
        assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
        assert all(inside.fully_contains(*box.min) and inside.fully_contains(*box.max) for box in boxes)
        points = figure.axes[0].transData.transform(table[["psnr", "lpips"]].to_numpy())
        assert not [point for box in boxes for point in points if box.contains(*point)]

    def test_a_label_gives_way_to_a_point_beside_its_own(self, results):
        table = results.comparison.head(3).assign(psnr=[20.0, 20.5, 30.0], lpips=0.3)
        table[["psnr_low", "psnr_high", "lpips_low", "lpips_high"]] = np.nan
        figure = figures.draw_perception_distortion(table)
        boxes, _ = plane_boxes(figure)
        point = figure.axes[0].transData.transform((20.5, 0.3))
        assert not boxes[0].contains(*point)

    def test_a_label_stands_beside_its_point_or_a_line_leads_there(self, results):
        table = results.comparison
        table.loc[:6, ["psnr", "lpips"]] = [20.0, 0.3]  # all but the last at one place
        figure = figures.draw_perception_distortion(table)
        boxes, _ = plane_boxes(figure)
        (axes,) = figure.axes
        points = axes.transData.transform(table[["psnr", "lpips"]].to_numpy())
        gaps = [
            np.hypot(*np.maximum(0, np.maximum(box.min - point, point - box.max)))
            for box, point in zip(boxes, points, strict=True)
        ]
        led = [text.arrow_patch.get_visible() for text in axes.texts]
        assert led == [gap > 10 * 300 / 72 for gap in gaps]  # ten points
        assert set(led[:7]) == {True, False}
        assert not led[7]

    def test_says_where_better_is_and_what_the_axes_are(self, results):
        (axes,) = figures.draw_perception_distortion(results.comparison).axes
        assert axes.get_title(loc="left").startswith("Better: to the right and down")
        assert axes.get_xlabel().startswith("PSNR (dB)")
        assert axes.get_ylabel().endswith("LPIPS")


class TestDiverged:
    """SRGAN-MSE, the sixth method, diverged: it has 25 dB, the third highest PSNR."""

    def grid(self, results, diverged):
        return figures.draw_comparison_grid(
            results.validation_crops, results.super_resolved, results.photograph_metrics, [0], diverged
        )

    def test_grid_shows_the_last_good_picture_and_that_it_diverged(self, results):
        figure = self.grid(results, ["srgan_mse"])
        assert texts(figure).count("diverged") == 1
        assert "25.00 · 0.5500" not in texts(figure)
        drawn = [axes.images[0].get_array() for axes in figure.axes]
        assert any(np.array_equal(image, results.super_resolved["srgan_mse"][0]) for image in drawn)

    def test_grid_sets_none_that_diverged_in_bold(self, results):
        figure = self.grid(results, ["srgan_vgg54"])  # the best
        assert [text.get_text() for text in figure.texts if text.get_weight() == "bold"] == ["26.00 · 0.5600"]

    def test_rows_say_that_it_diverged(self, results):
        variant = {"srgan_mse": results.super_resolved["srgan_mse"]}
        metrics = results.photograph_metrics.groupby("method")
        figure = figures.draw_article_rows(
            results.validation_crops,
            variant,
            results.super_resolved,
            metrics.get_group("srgan_mse"),
            metrics.get_group("bicubic"),
            [0, 1],
            diverged=["srgan_mse"],
        )
        assert texts(figure).count("diverged") == 2
        assert texts(figure).count("21.00 · 0.5100") == 2  # bicubic's

    def test_training_curves_leave_out_a_history_without_rows(self, diverged):
        figure = figures.draw_training_curves(diverged.histories)
        pixels(figure)
        assert [len(axes.lines) for axes in figure.axes] == [5, 2, 4, 4, 2, 2, 3]

    def test_training_curves_of_histories_without_rows_are_empty_panels(self, results):
        histories = {name: history.head(0) for name, history in results.histories.items()}
        figure = figures.draw_training_curves(histories)
        pixels(figure)
        assert [len(axes.lines) for axes in figure.axes] == [0, 0, 0, 0, 0, 0, 1]

    def test_plane_leaves_it_out(self, diverged):
        (axes,) = figures.draw_perception_distortion(diverged.comparison).axes
        labels = [text.get_text() for text in axes.texts]
        assert len(labels) == 7
        assert "SRGAN-MSE" not in labels
        assert len(whiskers(axes)) == 2 * 7

    def test_plane_of_baselines_alone(self, results):
        results.comparison.loc[2:, ["psnr", "lpips"]] = np.nan
        (axes,) = figures.draw_perception_distortion(results.comparison).axes
        assert [text.get_text() for text in axes.texts] == ["Nearest", "Bicubic"]


def test_every_method_has_a_colour_of_its_own_and_a_label():
    methods = {"nearest", "bicubic", *VARIANTS}
    assert set(figures.METHOD_COLOURS) == set(figures.METHOD_LABELS) == methods
    assert len(set(figures.METHOD_COLOURS.values())) == len(methods)


def test_no_figure_stays_open(results):
    import matplotlib.pyplot as plt

    draw_grid(results, [0])
    figures.draw_training_curves(results.histories)
    figures.draw_perception_distortion(results.comparison)
    assert plt.get_fignums() == []


def test_metrics_loaded_from_csv_are_understood(results):
    results.validation_crops["photograph_id"] = np.array(["0007", "0007", "0008", "0008"])
    table = results.photograph_metrics.assign(photograph_id="0007")
    loaded = pd.read_csv(io.StringIO(table.to_csv(index=False)))  # "0007" comes back as 7
    figure = figures.draw_comparison_grid(results.validation_crops, results.super_resolved, loaded, [0])
    assert "Validation crop 0: 0007" in texts(figure)


def draw_region(results, diverged=()):
    enlarged = results.enlarged_photograph, results.enlarged_photograph_metrics
    return figures.draw_region(results.figure_photograph, *enlarged, diverged)


def draw_errors(results, crops, diverged=()):
    return figures.draw_error_maps(results.validation_crops, results.super_resolved, crops, diverged)


def draw_extremes(results, diverged=()):
    return figures.draw_extremes(
        results.validation_crops, results.super_resolved, results.photograph_metrics, diverged
    )


def draw_gains(results, diverged=()):
    return figures.draw_gains(results.photograph_metrics, diverged)


def draw_spectra(results, diverged=()):
    return figures.draw_spectra(results.power_spectra, results.lattice_peaks, diverged)


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


class TestExtremes:
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
        picked = figures.extremes.pick_extremes(gains)
        assert {rank: row["psnr"] for rank, row in picked.items()} == {"best": 5, "median": 3, "worst": 1}

    def test_of_a_single_crop_are_the_same(self, make_results):
        assert texts(draw_extremes(make_results(count=1))).count("HR, crop 0") == 3 * len(VARIANTS)

    def test_a_gain_of_almost_nothing_has_no_minus(self, results):
        results.photograph_metrics["psnr"] = 30.0
        results.photograph_metrics.loc[results.photograph_metrics["method"] != "bicubic", "psnr"] -= 1e-4
        assert "best: +0.00 dB" in texts(draw_extremes(results))


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

    def test_that_are_infinite_are_left_out(self, results):
        results.photograph_metrics.loc[0, "psnr"] = np.inf
        figure = draw_gains(results)
        figure.draw_without_rendering()
        assert len(figure.axes[0].lines[0].get_xdata()) == 1


class TestSpectra:
    def test_curves_are_the_saved_powers(self, results):
        axes = draw_spectra(results).axes[0]
        lines = {line.get_label(): line for line in axes.lines}
        for name, label in {"high_resolution": "HR", "srgan_mse": "SRGAN-MSE"}.items():
            curve = results.power_spectra[results.power_spectra["method"] == name]
            np.testing.assert_array_equal(lines[label].get_ydata(), curve["power_db"])
        assert "Nearest" not in lines

    def test_peaks_are_beyond_those_of_the_originals(self, results):
        peaks = results.lattice_peaks
        peaks["excess_db"] = np.where(peaks["method"] == "high_resolution", 1.0, 4.5)
        for axes in draw_spectra(results).axes[1:]:
            assert {line.get_xdata()[0] for line in axes.lines if line.get_marker() != "None"} == {3.5}
            assert len(axes.lines) == 3 * 7 + 2  # directions, methods without nearest; zero and the threshold

    def test_of_crops_too_small_are_empty_panels(self, make_results):
        figure = draw_spectra(make_results(size=12))
        pixels(figure)
        assert [len(axes.lines) for axes in figure.axes] == [1, 2, 2]


class TestLook:
    """One colour and one marker for each method, in all figures."""

    def looks(self, results):
        for draw in (draw_gains, draw_spectra):
            for axes in draw(results).axes:
                yield from axes.lines
        yield from figures.draw_training_curves(results.histories).axes[0].lines
        yield from figures.draw_perception_distortion(results.comparison).axes[0].lines

    def test_no_colour_goes_with_another_methods_marker(self, results):
        markers = {}
        for line in self.looks(results):
            if line.get_marker() != "None":
                markers.setdefault(to_hex(line.get_color()), set()).add(line.get_marker())
        expected = {
            to_hex(figures.METHOD_COLOURS[name]): {marker} for name, marker in figures.METHOD_MARKERS.items()
        }
        assert markers == expected

    def test_markers_tell_methods_apart(self):
        assert len(set(figures.METHOD_MARKERS.values())) == len(figures.METHOD_LABELS)

    # Machado, Oliveira & Fernandes 2009, severity 1: of linear RGB.
    @pytest.mark.parametrize(
        "matrix",
        [
            [
                [0.152286, 1.052583, -0.204868],
                [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ],
            [
                [0.367322, 0.860646, -0.227968],
                [0.280085, 0.672501, 0.047413],
                [-0.011820, 0.042940, 0.968881],
            ],
            [
                [1.255528, -0.076749, -0.178779],
                [-0.078411, 0.930809, 0.147602],
                [0.004733, 0.691367, 0.303900],
            ],
        ],
        ids=["protanopia", "deuteranopia", "tritanopia"],
    )
    def test_colour_blind_readers_tell_colours_apart(self, matrix):
        seen = {}
        for name, colour in figures.METHOD_COLOURS.items():
            rgb = np.array(to_rgb(colour))
            linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
            simulated = (np.array(matrix) @ linear).clip(0, 1)
            encoded = np.where(
                simulated <= 0.0031308, 12.92 * simulated, 1.055 * simulated ** (1 / 2.4) - 0.055
            )
            seen[name] = rgb2lab(encoded)
        distances = {(a, b): np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(seen, 2)}
        assert min(distances.values()) > 10, sorted(distances.items(), key=lambda item: item[1])[:3]


@pytest.mark.parametrize(
    "draw",
    [
        draw_region,
        lambda results: draw_errors(results, [0, 3]),
        draw_extremes,
        draw_gains,
        draw_spectra,
        lambda results: figures.draw_training_curves(results.histories),
    ],
    ids=["region", "errors", "extremes", "gains", "spectra", "curves"],
)
@pytest.mark.parametrize(("size", "count"), [(16, 4), (64, 4), (128, 24)])
def test_texts_of_all_kinds_neither_overlap_nor_are_cut_off(make_results, draw, size, count):
    results = make_results(size=size, count=count)
    results.validation_crops["photograph_id"] = np.array(["folder/photograph-0042.jpg"] * count)
    figure = draw(results)
    figure.draw_without_rendering()
    written = list(figure.texts)
    for axes in figure.axes:
        if axes.axison:
            written += [axes._left_title, axes.xaxis.label]
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
                written += [tick.label1 for tick in ticks if tick.label1.get_visible()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in written if text.get_text()]
    assert boxes
    assert not [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]
    width, height = figure.bbox.width, figure.bbox.height
    assert width <= 3048
    assert not [t for t, b in boxes if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height]
