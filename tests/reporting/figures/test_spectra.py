import numpy as np

from tests.reporting.figures.drawing import draw_spectra, pixels


class TestSpectra:
    def test_curves_are_the_saved_powers(self, results):
        axes = draw_spectra(results).axes[0]
        lines = {line.get_label(): line for line in axes.lines}
        for name, label in {"high_resolution": "HR", "srgan_mse": "SRGAN-MSE"}.items():
            table = results.power_spectra
            curve = table[(table["method"] == name) & (table["frequency"] <= 0.5)]
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
