from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from skimage.color import rgb2lab

from srgan_report.reporting import figures
from srgan_report.reporting.figures import style
from srgan_report.variants import METHOD_LABELS, VARIANTS
from tests.reporting.figures.drawing import (
    draw_gains,
    draw_spectra,
)


def test_every_method_has_a_colour_of_its_own_and_a_label():
    methods = {"nearest", "bicubic", *VARIANTS}
    assert set(style.METHOD_COLOURS) == set(METHOD_LABELS) == methods
    assert len(set(style.METHOD_COLOURS.values())) == len(methods)


class TestLook:
    """One colour and one marker for each method, in all figures."""

    def looks(self, results):
        for draw in (draw_gains, draw_spectra):
            for axes in draw(results).axes:
                yield from axes.lines
        yield from figures.draw_training_curves(results.histories, results.summaries).axes[0].lines
        yield from figures.draw_perception_distortion(results.comparison).axes[0].lines

    def test_no_colour_goes_with_another_methods_marker(self, make_results):
        results = make_results(epochs=3)
        markers = {}
        for line in self.looks(results):
            if line.get_marker() != "None":
                markers.setdefault(to_hex(line.get_color()), set()).add(line.get_marker())
        expected = {
            to_hex(style.METHOD_COLOURS[name]): {marker} for name, marker in style.METHOD_MARKERS.items()
        }
        assert markers == expected

    def test_markers_tell_methods_apart(self):
        assert len(set(style.METHOD_MARKERS.values())) == len(METHOD_LABELS)

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
        for name, colour in style.METHOD_COLOURS.items():
            rgb = np.array(to_rgb(colour))
            linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
            simulated = (np.array(matrix) @ linear).clip(0, 1)
            encoded = np.where(
                simulated <= 0.0031308, 12.92 * simulated, 1.055 * simulated ** (1 / 2.4) - 0.055
            )
            seen[name] = rgb2lab(encoded)
        distances = {(a, b): np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(seen, 2)}
        assert min(distances.values()) > 10, sorted(distances.items(), key=lambda item: item[1])[:3]
