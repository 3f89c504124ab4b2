"""What came out: winners, patterns, differences. Every number comes from saved results."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.evaluation.spectra import LATTICE_FREQUENCIES, PEAK, beyond_reference, strongest_frequencies
from srgan_report.reporting.display import show_table
from srgan_report.reporting.text.protocol import note_divergence
from srgan_report.reporting.text.results import Results
from srgan_report.variants import METHOD_LABELS, VARIANTS

_ARROWS = {True: "\N{NO-BREAK SPACE}↑", False: "\N{NO-BREAK SPACE}↓"}
_FILTERS = 64  # channels of the generator, as in article and paper
_FRACTIONS = {frequency: f"1/{round(1 / frequency)}" for frequency in LATTICE_FREQUENCIES}


def find_winners(results: Results) -> dict[str, Any]:
    """The rows of the variants that are best in ``psnr`` and in ``lpips``, and of ``bicubic``.

    If no variant is: whether ``nothing_left`` is why, since each crop is some method's exact copy.
    """
    comparison = results.comparison
    bicubic = comparison[comparison["method"] == "bicubic"].iloc[0]
    variants = comparison[comparison["method"].isin(list(VARIANTS))].dropna(subset=["psnr"])
    if variants.empty:
        return {"nothing_left": not np.isfinite(bicubic["psnr"])}
    psnr = variants.sort_values("psnr", ascending=False, kind="stable").iloc[0]
    lpips = variants.sort_values("lpips", kind="stable").iloc[0]
    return {"psnr": psnr, "lpips": lpips, "bicubic": bicubic}


def list_behind(gaps: pd.Series) -> list[str]:
    """The variants whose PSNR is below bicubic's, and by how much, of ``psnr_over_bicubic`` by label."""
    return [f"{label} by {-gap:.2f} dB" for label, gap in gaps[gaps < 0].items()]


def find_patterns(results: Results) -> dict[str, Any]:
    """Which variants have a checkerboard, and which have more power than the originals anywhere.

    A peak over neighbouring frequencies is no visible checkerboard where the originals' power is higher.
    """
    strongest = _finished(results, strongest_frequencies(results.power_spectra))
    return {
        "variants": len(strongest),
        "peaks": [
            f"{METHOD_LABELS[str(name)]} {row['beyond_db']:+.1f} dB ({row['direction']}, "
            f"{_FRACTIONS[row['frequency']]} cycles per pixel)"
            for name, row in _visible_peaks(results).iterrows()
        ],
        "above": _list_powers(strongest[strongest["beyond_db"] >= PEAK]),
        "highest": _list_powers(strongest.nlargest(1, "beyond_db")),
    }


def measure_time(results: Results) -> float | None:
    """Mean seconds that variants took for a crop in the run, if it super-resolved any; start-up included."""
    times = (results.provenance or {}).get("seconds", {})
    seconds = [took for node, took in times.items() if node in {f"{name}.super_resolve" for name in VARIANTS}]
    crops = len(results.validation_crops["high_resolution"])
    return sum(seconds) / len(seconds) / crops if seconds else None


def count_multiplications(generator: dict[str, int], side: int) -> int:
    """Counts the multiplications of a generator's convolutions for a square LR image of this side."""
    inner = 9 * _FILTERS**2  # a 3 x 3 convolution, at each pixel
    outer = 81 * 3 * _FILTERS  # the first and the last one, 9 x 9
    skip = generator["skip_kernel_size"] ** 2 * _FILTERS**2
    at_input = outer + 2 * generator["residual_blocks"] * inner + skip
    upsampling = 4 * inner * (1 + 4)  # to 256 channels, at LR and at twice its size
    return side**2 * (at_input + upsampling + 16 * outer)


def comparison_table(results: Results) -> HTML:
    """How good each method is on the validation crops; the best is bold and the second best underlined.

    Below each mean is its 95% interval, where it has one. A variant that diverged has no metrics, and
    says where it did.
    """
    comparison, summaries = results.comparison, results.summaries
    labels = {name: metric.label + _ARROWS[metric.higher_is_better] for name, metric in METRICS.items()}
    over_bicubic = "PSNR over bicubic (dB)"
    shown = comparison[["label", *METRICS, "psnr_over_bicubic"]]
    shown = shown.set_axis(["Method", *labels.values(), over_bicubic], axis="columns")
    look = look_of_metrics(comparison, labels)
    look["formats"][over_bicubic] = "{:+.2f}"
    look["notes"]["Method"] = [note_divergence(summaries.get(name, {})) for name in comparison["method"]]
    return show_table(shown, **look)


def look_of_metrics(means: pd.DataFrame, headings: Mapping[str, Any]) -> dict[str, Any]:
    """How ``show_table`` shows means of metrics, by the headings of their columns.

    Below each is its interval, where it has one, with a digit less than the mean.
    """
    formats, best, notes = {}, {}, {}
    for name, heading in headings.items():
        metric = METRICS[name]
        formats[heading], best[heading] = f"{{:.{metric.digits}f}}", metric.higher_is_better
        ends = zip(means[f"{name}_low"], means[f"{name}_high"], strict=True)
        form = f"{{:.{metric.digits - 1}f}} to {{:.{metric.digits - 1}f}}"
        notes[heading] = [
            "" if pd.isna(low) or pd.isna(high) else form.format(low, high) for low, high in ends
        ]
    return {"formats": formats, "best": best, "notes": notes}


def lattice_table(results: Results) -> HTML | None:
    """How far power exceeds its neighbours' at the pixel shuffle's frequencies, beyond the originals' own.

    In dB, by method: the numbers of the sentences; None where no variant has a checkerboard.
    """
    if _visible_peaks(results).empty:
        return None
    beyond = beyond_reference(results.lattice_peaks).set_index(["method", "frequency", "direction"])
    table: Any = beyond["beyond_db"].unstack(["frequency", "direction"], sort=False)
    table = table.loc[[name for name in METHOD_LABELS if name in table.index]]
    headings = {frequency: f"{fraction} cycles per pixel" for frequency, fraction in _FRACTIONS.items()}
    table = table.rename(index=METHOD_LABELS, columns=headings).rename_axis("Method")
    formats = dict.fromkeys(table, "{:+.1f}")
    shown = table.reset_index(col_level=1)
    return show_table(shown, formats=formats, caption="dB over neighbours, beyond HR's own")


def _visible_peaks(results: Results) -> pd.DataFrame:
    """Each variant's highest peak, by method; of those alone that exceed the originals' power somewhere."""
    powers = strongest_frequencies(results.power_spectra)["beyond_db"]
    beyond = beyond_reference(results.lattice_peaks)
    peaks = beyond[(beyond["beyond_db"] >= PEAK) & (beyond["method"].map(powers) >= PEAK)]
    highest = peaks.loc[peaks.groupby("method", sort=False)["beyond_db"].idxmax()]
    return _finished(results, highest.set_index("method"))


def _finished(results: Results, methods: pd.DataFrame) -> pd.DataFrame:
    """The rows of variants that did not diverge."""
    return methods[methods.index.isin([name for name in VARIANTS if name not in results.diverged])]


def _list_powers(strongest: pd.DataFrame) -> list[str]:
    return [
        f"{METHOD_LABELS[str(name)]} {row['beyond_db']:+.1f} dB (at {row['frequency']:.2f} cycles per pixel)"
        for name, row in strongest.iterrows()
    ]


def count_pairs(differences: pd.DataFrame) -> list[tuple[str, int, list[str]]]:
    """Of each metric: its name without its unit, how many pairs differ, and those that do not."""
    counted = []
    for metric, table in differences.groupby("measure", sort=False):
        alike = table[~table["larger_than_chance"].astype(bool)]
        pairs = zip(alike["method_a"], alike["method_b"], strict=True)
        names = [f"{METHOD_LABELS[a]} and {METHOD_LABELS[b]}" for a, b in pairs]
        counted.append((METRICS[str(metric)].label.partition(" (")[0], len(table) - len(alike), names))
    return counted
