from itertools import combinations

import numpy as np
import pytest
from matplotlib.text import Text

from srgan_report.reporting import figures


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
        assert "Better: to the right and down" in axes.get_title(loc="left")
        assert axes.get_xlabel().startswith("PSNR (dB)")
        assert axes.get_ylabel().startswith("← LPIPS")

    def test_leaves_out_what_is_not_finite(self, results):
        results.comparison.loc[0, ["psnr", "psnr_low", "psnr_high"]] = np.inf, np.nan, np.nan
        figure = figures.draw_perception_distortion(results.comparison)
        figure.draw_without_rendering()
        assert len(figure.axes[0].texts) == len(results.comparison) - 1

    def test_without_any_measure_it_is_empty(self, results):
        results.comparison["psnr"] = np.nan
        figure = figures.draw_perception_distortion(results.comparison)
        figure.draw_without_rendering()
        assert len(figure.axes[0].texts) == 0
