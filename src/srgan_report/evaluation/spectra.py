"""Power spectra of images, and whether they peak where a pixel shuffle leaves a checkerboard.

The generator upscales by two sub-pixel convolutions, each of which deals channels out to every second row and
column. Where these channels differ, even a flat surface gets a pattern with a period of two or of four pixels
(Odena et al. 2016, "Deconvolution and Checkerboard Artifacts"): a peak at 1/2 or 1/4 cycles per pixel.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.signal import get_window

REFERENCE = "high_resolution"  # the originals' name among methods
LATTICE_FREQUENCIES = (1 / 4, 1 / 2)  # cycles per pixel
PEAK = 3.0  # dB beyond the originals: twice the power

_MAX_SIDE = 32  # pixels of a segment's side
_DIRECTIONS = {"horizontal": (0, 1), "vertical": (1, 0), "diagonal": (1, 1)}
_NEIGHBOURS = np.array([-3, -2, 2, 3])  # frequency bins; the window spreads a peak over one to each side
_LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601
_ROUNDING = 1 / 12  # power of the noise that rounding to whole grey levels makes: less is not in an image


def measure_spectra(images: Mapping[str, np.ndarray]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measures the spectra of several methods' images of the same crops.

    Args:
        images: By method, as ``power_spectrum`` takes them; ``high_resolution`` is the original.

    Returns:
        ``method``, ``frequency`` (cycles per pixel, to 0.7: beyond 1/2 diagonals alone), ``power_db`` (dB of
        squared grey levels), averaged over all directions, and ``beyond_db``, by how much the method's power
        exceeds the original's in that direction in which it does most; and ``method``, ``direction``,
        ``frequency`` and ``excess_db``, as of ``lattice_excess``.
    """
    curves, peaks = [], []
    spectra = {name: power_spectrum(crops) for name, crops in images.items()}
    for name, power in spectra.items():
        curves += [(name, *row) for row in average_directions(power, spectra[REFERENCE]).itertuples()]
        peaks += [(name, *place, excess) for place, excess in lattice_excess(power).items()]
    return (
        pd.DataFrame(curves, columns=["method", "frequency", "power_db", "beyond_db"]),
        pd.DataFrame(peaks, columns=["method", "direction", "frequency", "excess_db"]),
    )


def power_spectrum(images: np.ndarray) -> np.ndarray:
    """The mean power spectrum of the images' luminance, after Welch 1967.

    Each image is cut into half overlapping squares of at most 32 pixels; each square, less its mean, is
    weighted by a Hann window. Averaging over squares keeps chance small and frequencies few.

    Args:
        images: ``(N, S, S, 3)`` uint8, S at least 16 and a multiple of four.

    Returns:
        ``(n, n)`` float64 in squared grey levels, n the smaller of S and 32, frequency zero first, as of
        ``numpy.fft.fft2``. White noise has its variance everywhere.
    """
    side = min(images.shape[1], _MAX_SIDE)
    line = get_window("hann", side)
    window = np.outer(line, line)
    total, count = np.zeros((side, side)), 0
    for image in images:  # one by one: all squares of six hundred crops would take half a gigabyte
        luminance = image @ np.array(_LUMINANCE)
        views = np.lib.stride_tricks.sliding_window_view(luminance, (side, side))
        squares = views[:: side // 2, :: side // 2].reshape(-1, side, side)
        means = np.average(squares, axis=(1, 2), weights=window)
        spectra = np.abs(np.fft.fft2(window * (squares - means[:, None, None]))) ** 2
        total += spectra.sum(axis=0)
        count += len(squares)
    return total / count / (window**2).sum()


def average_directions(power: np.ndarray, reference: np.ndarray) -> pd.DataFrame:
    """Averages a ``power_spectrum`` ``(n, n)`` over all directions, and compares it with the originals'.

    The lattice's peaks are told by their neighbours. A pattern whose phase drifts spreads its power between
    the lattice's frequencies, where only the originals tell how much there should be.

    Returns:
        By frequency in cycles per pixel, from 1/n to 0.7: ``power_db``, dB of the mean power around it, and
        ``beyond_db``, the largest excess over the reference in any direction.
    """
    side = len(power)
    steps = np.fft.fftfreq(side) * side
    frequencies = np.rint(np.hypot(*np.meshgrid(steps, steps))).ravel() / side
    beyond = to_decibels(power) - to_decibels(reference)
    around = pd.DataFrame({"power": power.ravel(), "beyond_db": beyond.ravel()}).groupby(frequencies)
    power_db = to_decibels(around["power"].mean().to_numpy())
    return pd.DataFrame({"power_db": power_db, "beyond_db": around["beyond_db"].max()}).iloc[1:]


def lattice_excess(power: np.ndarray) -> dict[tuple[str, float], float]:
    """How far a spectrum's power at the pixel shuffle's frequencies exceeds that of its neighbours.

    Neighbours are the frequencies two and three bins away on the same line through zero, to both sides: on
    the axes photographs have more power than next to them.

    Returns:
        By direction (``horizontal``: patterns that change from column to column; ``vertical``; ``diagonal``)
        and frequency in cycles per pixel (along each axis), the excess over the neighbours' mean, in dB.
    """
    side = len(power)
    excess = {}
    for frequency in LATTICE_FREQUENCIES:
        place = round(frequency * side)
        for direction, (down, right) in _DIRECTIONS.items():
            around = (place + _NEIGHBOURS) % side
            neighbours = to_decibels(power[down * around, right * around]).mean()
            here = to_decibels(power[down * place, right * place])
            excess[direction, frequency] = float(here - neighbours)
    return excess


def beyond_reference(peaks: pd.DataFrame) -> pd.DataFrame:
    """Takes the originals' own excess away: what is left, a method has made.

    Of the second table of ``measure_spectra`` gives the other methods' rows with ``beyond_db``, their excess
    less the originals' in the same direction at the same frequency.
    """
    place = ["direction", "frequency"]
    own = peaks[peaks["method"] == REFERENCE].set_index(place)["excess_db"].rename("own")
    others = peaks[peaks["method"] != REFERENCE].join(own, on=place)
    return others.assign(beyond_db=others["excess_db"] - others["own"]).drop(columns="own")


def strongest_frequencies(curves: pd.DataFrame) -> pd.DataFrame:
    """Finds where each method's power exceeds the originals' most: below zero, it has no visible pattern.

    Of the first table of ``measure_spectra``: by method ``frequency`` (cycles per pixel) and ``beyond_db``.
    """
    others = curves[curves["method"] != REFERENCE].reset_index(drop=True)
    rows = others.groupby("method", sort=False)["beyond_db"].idxmax()
    return others.loc[rows].set_index("method")[["frequency", "beyond_db"]]


def to_decibels(power: np.ndarray) -> np.ndarray:
    """Power in dB; none is less than what rounding makes."""
    return 10 * np.log10(power + _ROUNDING)
