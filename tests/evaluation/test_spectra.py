"""Spectra of signals that are known."""

import numpy as np
import pandas as pd
import pytest

from srgan_report.evaluation import spectra

PLACES = [
    (direction, place) for place in (1 / 4, 1 / 2) for direction in ("horizontal", "vertical", "diagonal")
]


def noise(deviation=10.0, count=40, side=64):
    """White noise, the same in all channels so that it is luminance."""
    values = np.random.default_rng(0).normal(128, deviation, (count, side, side, 1))
    return np.repeat(values.round().clip(0, 255).astype(np.uint8), 3, axis=-1)


def add(images, pattern):
    return (images.astype(int) + np.asarray(pattern)[..., None]).clip(0, 255).astype(np.uint8)


def grid(side=64):
    return np.mgrid[:side, :side]  # rows, columns


class TestPowerSpectrum:
    @pytest.mark.parametrize("side", [16, 20, 32, 64, 96])
    def test_white_noise_is_flat_and_as_high_as_its_variance(self, side):
        images = noise(side=side, count=200)
        power = spectra.power_spectrum(images)
        assert power.shape == (min(side, 32),) * 2
        # The mean of each square is taken out, and with it what the window spreads around zero.
        beyond = power[3:-2, 3:-2]
        assert beyond.mean() == pytest.approx(images[..., 0].var(), rel=0.05)
        assert beyond.std() < 0.25 * beyond.mean()

    def test_a_gratings_peak_is_where_its_frequency_is(self):
        _, columns = grid()
        power = spectra.power_spectrum(add(noise(1), 40 * np.sin(2 * np.pi * columns * 5 / 32)))
        assert np.unravel_index(power.argmax(), power.shape) in {(0, 5), (0, 27)}
        # A sine of amplitude A: A² / 4 times the window's sum squared, over the sum of its squares.
        window = np.outer(np.hanning(33)[:-1], np.hanning(33)[:-1])
        assert power.max() == pytest.approx(40**2 / 4 * window.sum() ** 2 / (window**2).sum(), rel=0.02)

    def test_luminance_is_weighted_as_bt601_does(self):
        red = noise(20)
        red[..., 1:] = 128
        ratio = spectra.power_spectrum(red).sum() / spectra.power_spectrum(noise(20)).sum()
        assert ratio == pytest.approx(0.299**2, rel=1e-3)

    def test_brightness_is_no_power(self):
        flat = np.full((2, 64, 64, 3), 200, np.uint8)
        np.testing.assert_allclose(spectra.power_spectrum(flat), 0, atol=1e-15)


class TestAverageDirections:
    def test_a_slanted_grating_lies_at_its_distance_from_zero(self):
        rows, columns = grid()
        images = add(noise(1), 40 * np.sin(2 * np.pi * (3 * rows + 4 * columns) / 32))
        power = spectra.power_spectrum(images)
        assert spectra.average_directions(power, power)["power_db"].idxmax() == 5 / 32

    def test_frequencies_reach_from_one_bin_to_the_corner(self):
        curve = spectra.average_directions(np.full((32, 32), 100.0), np.ones((32, 32)))
        np.testing.assert_allclose(curve.index, np.arange(1, 24) / 32)  # the corner: 16 · √2 = 22.6 bins
        np.testing.assert_allclose(curve["power_db"], 20, atol=0.01)

    def test_power_is_averaged_and_its_excess_is_the_highest(self):
        reference = np.full((32, 32), 100.0)
        power = reference.copy()
        power[13, 13] = power[-13, -13] = 1000.0  # hatching along the diagonal, 18.4 bins from zero
        curve = spectra.average_directions(power, reference)
        expected = np.zeros(23)
        expected[17] = 10
        np.testing.assert_allclose(curve["beyond_db"], expected, atol=0.01)
        steps = np.fft.fftfreq(32) * 32
        ring = np.sum(np.rint(np.hypot(*np.meshgrid(steps, steps))) == 18)
        assert curve["power_db"].iloc[17] == pytest.approx(10 * np.log10(100 + 1800 / ring), abs=0.01)

    def test_less_power_is_below_zero(self):
        reference = np.full((16, 16), 1000.0)
        curve = spectra.average_directions(reference / 100, reference)
        np.testing.assert_allclose(curve["beyond_db"], -20, atol=0.05)


class TestLatticeExcess:
    def excess(self, images):
        return spectra.lattice_excess(spectra.power_spectrum(images))

    def test_noise_has_none(self):
        excess = self.excess(noise())
        assert list(excess) == PLACES
        assert max(abs(value) for value in excess.values()) < 1

    @pytest.mark.parametrize("place", PLACES, ids=str)
    def test_a_pattern_peaks_in_its_direction_at_its_frequency_alone(self, place):
        direction, frequency = place
        rows, columns = grid()
        along = {"horizontal": columns, "vertical": rows, "diagonal": rows + columns}[direction]
        excess = self.excess(add(noise(), (6 * np.cos(2 * np.pi * frequency * along)).round()))
        assert excess.pop(place) > 10
        assert max(excess.values()) < 1

    def test_a_checkerboard_of_single_pixels_peaks_diagonally(self):
        rows, columns = grid()
        excess = self.excess(add(noise(), 4 * ((rows + columns) % 2)))
        assert max(excess, key=excess.get) == ("diagonal", 1 / 2)

    def test_a_pattern_of_four_by_four_pixels_peaks_everywhere(self):
        """As two pixel shuffles leave it: one of the sixteen channels is brighter."""
        rows, columns = grid()
        excess = self.excess(add(noise(2), 32 * ((rows % 4 == 0) & (columns % 4 == 0))))
        assert min(excess.values()) > 10

    def test_a_slope_is_no_peak(self):
        """Photographs have less power the finer the detail."""
        steps = np.fft.fftfreq(32) * 32
        radius = np.hypot(*np.meshgrid(steps, steps))
        excess = spectra.lattice_excess(1e6 * np.exp(-radius / 4))
        assert max(excess.values()) < 0.5

    def test_flat_images_have_none(self):
        excess = self.excess(np.full((1, 32, 32, 3), 7, np.uint8))
        assert set(excess.values()) == {0.0}


class TestMeasureSpectra:
    def test_tables_have_a_row_for_each_method_and_frequency(self):
        curves, peaks = spectra.measure_spectra({"high_resolution": noise(), "bicubic": noise(5)})
        assert list(curves) == ["method", "frequency", "power_db", "beyond_db"]
        assert curves.groupby("method").size().to_dict() == {"high_resolution": 23, "bicubic": 23}
        assert curves.loc[curves["method"] == "bicubic", "power_db"].iloc[5:].mean() == pytest.approx(
            20 * np.log10(5), abs=0.3
        )
        beyond = curves.groupby("method")["beyond_db"]
        assert set(beyond.get_group("high_resolution")) == {0.0}
        assert -9 < beyond.max()["bicubic"] < -3  # 6 dB less power, and chance
        assert list(peaks) == ["method", "direction", "frequency", "excess_db"]
        assert len(peaks) == 2 * 6

    def test_what_the_originals_have_is_no_methods_doing(self):
        _, columns = grid()
        striped = add(noise(), 6 * (columns % 2))
        _, peaks = spectra.measure_spectra({"high_resolution": striped, "a": striped, "b": noise()})
        beyond = spectra.beyond_reference(peaks).set_index(["method", "direction", "frequency"])["beyond_db"]
        assert set(beyond["a"]) == {0.0}
        assert beyond["b", "horizontal", 0.5] < -8


def test_each_methods_strongest_frequency_is_that_of_its_highest_power():
    curves = pd.DataFrame(
        [("high_resolution", 0.1, 9.0), ("b", 0.1, -2.0), ("b", 0.2, -1.5), ("a", 0.1, 4.0), ("a", 0.2, 3.0)],
        columns=["method", "frequency", "beyond_db"],
    )
    strongest = spectra.strongest_frequencies(curves)
    assert strongest.to_dict("index") == {
        "b": {"frequency": 0.2, "beyond_db": -1.5},
        "a": {"frequency": 0.1, "beyond_db": 4.0},
    }
    assert spectra.strongest_frequencies(curves.head(0)).empty
