import numpy as np

from tests.reporting.figures.drawing import draw_spectra


class TestSpectra:
    def test_curves_are_the_saved_powers(self, results):
        axes = draw_spectra(results).axes[0]
        lines = {line.get_label(): line for line in axes.lines}
        for name, label in {"high_resolution": "HR", "srgan_mse": "SRGAN-MSE"}.items():
            table = results.power_spectra
            curve = table[(table["method"] == name) & (table["frequency"] <= 0.5)]
            np.testing.assert_array_equal(lines[label].get_ydata(), curve["power_db"])
        assert "Nearest" not in lines

    def test_the_highest_power_of_each_method_is_marked(self, results):
        table = results.power_spectra
        table["beyond_db"] = np.where(table["method"] == "high_resolution", 9.0, -3.5)
        table.loc[table.index[table["method"] == "srgan_mse"][-1], "beyond_db"] = 7.0
        axes = draw_spectra(results).axes[1]
        drawn = {
            label.get_text(): line.get_xdata()[0]
            for label, line in zip(axes.get_yticklabels(), axes.lines, strict=False)
        }
        assert drawn.pop("SRGAN-MSE") == 7.0
        assert len(drawn) == 6  # without nearest
        assert set(drawn.values()) == {-3.5}
