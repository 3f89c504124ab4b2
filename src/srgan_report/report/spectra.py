"""Checkerboards: table and sentences on the peaks that a pixel shuffle leaves in power spectra."""

import pandas as pd
from IPython.display import HTML

from srgan_report.figures import METHOD_LABELS
from srgan_report.report.display import show_table
from srgan_report.report.results import Results
from srgan_report.report.words import join, part_of
from srgan_report.spectra import LATTICE_FREQUENCIES, PEAK, beyond_reference
from srgan_report.variants import VARIANTS

_FRACTIONS = {frequency: f"1/{round(1 / frequency)}" for frequency in LATTICE_FREQUENCIES}


def describe_checkerboards(results: Results) -> str:
    """Says which variants have a checkerboard, and how strong, beside what the article saw."""
    if results.lattice_peaks is None:
        return "An earlier version of the project saved these results: it did not measure spectra."
    beyond = beyond_reference(results.lattice_peaks)
    variants = beyond[beyond["method"].isin([name for name in VARIANTS if name not in results.diverged])]
    if variants.empty:
        return "No spectra were measured: no variant finished its training, or crops are too small."
    strongest = variants.loc[variants.groupby("method", sort=False)["beyond_db"].idxmax()]
    peaks = strongest[strongest["beyond_db"] >= PEAK]
    rule = (
        f"A peak counts from {PEAK:.0f} dB beyond the originals' own: twice the power that its neighbours "
        "and the originals give reason to expect."
    )
    article = "The article saw such patterns in its pictures, and blamed too short a training."
    if peaks.empty:
        highest = strongest["beyond_db"].max()
        return (
            "**No checkerboards.** No variant that finished has a peak; the highest excess is "
            f"{highest:+.1f} dB. {rule} {article}"
        )
    cases = [
        f"{METHOD_LABELS[row['method']]} {row['beyond_db']:+.1f} dB ({row['direction']}, "
        f"{_FRACTIONS[row['frequency']]} cycles per pixel)"
        for _, row in peaks.iterrows()
    ]
    return (
        f"**Checkerboards are there**, in {part_of(len(peaks), len(strongest))} variants; the highest peak "
        f"of each: {join(cases)}. {rule} {article}"
    )


def lattice_table(lattice_peaks: pd.DataFrame) -> HTML:
    """How far power exceeds its neighbours' at the pixel shuffle's frequencies, beyond the originals' own.

    In dB, by method: the numbers of the sentences and of the figure.

    Args:
        lattice_peaks: The saved table of the same name.
    """
    beyond = beyond_reference(lattice_peaks)
    methods = [name for name in METHOD_LABELS if name in set(beyond["method"])]
    columns: dict[tuple[str, str], list[object]] = {("", "Method"): [METHOD_LABELS[name] for name in methods]}
    for (frequency, direction), values in beyond.groupby(["frequency", "direction"], sort=False):
        by_method = values.set_index("method")["beyond_db"]
        heading = f"{_FRACTIONS[float(str(frequency))]} cycles per pixel"
        columns[heading, str(direction)] = by_method[methods].tolist()
    formats = dict.fromkeys(list(columns)[1:], "{:+.1f}")
    return show_table(pd.DataFrame(columns), formats=formats, caption="dB over neighbours, beyond HR's own")
