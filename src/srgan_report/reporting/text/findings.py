"""What came out, in sentences of Markdown. Every number in them comes from saved results."""

import numpy as np
import pandas as pd

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.evaluation.significance import LEVEL
from srgan_report.evaluation.spectra import (
    LATTICE_FREQUENCIES,
    PEAK,
    beyond_reference,
    strongest_frequencies,
)
from srgan_report.reporting.display import Shown, show_table
from srgan_report.reporting.figures import METHOD_LABELS
from srgan_report.reporting.templates import say
from srgan_report.reporting.text.results import Results
from srgan_report.variants import VARIANTS

_FRACTIONS = {frequency: f"1/{round(1 / frequency)}" for frequency in LATTICE_FREQUENCIES}


def describe_winners(results: Results) -> str:
    """Says which variant is best in PSNR and in LPIPS, next to bicubic; none that diverged is."""
    comparison = results.comparison
    bicubic = comparison[comparison["method"] == "bicubic"].iloc[0]
    variants = comparison[comparison["method"].isin(list(VARIANTS))].dropna(subset=["psnr"])
    if variants.empty:
        return say("winners", psnr=None, nothing_left=not np.isfinite(bicubic["psnr"]))
    psnr = variants.sort_values("psnr", ascending=False, kind="stable").iloc[0]
    lpips = variants.sort_values("lpips", kind="stable").iloc[0]
    return say("winners", psnr=psnr, lpips=lpips, bicubic=bicubic)


def describe_baseline_gap(results: Results) -> str:
    """Says which variants are below bicubic interpolation in PSNR, and by how much.

    Variants without PSNR are left out; where none has any, nothing is said.
    """
    all_variants = results.comparison[results.comparison["method"].isin(list(VARIANTS))]
    variants = all_variants.dropna(subset=["psnr_over_bicubic"])
    if variants.empty:
        return ""
    behind = variants[variants["psnr_over_bicubic"] < 0].set_index("method")["psnr_over_bicubic"]
    return say(
        "baseline_gap",
        finished="" if len(variants) == len(all_variants) else " that finished",
        low=f"{variants['psnr_over_bicubic'].min():.2f}",
        high=f"{variants['psnr_over_bicubic'].max():.2f}",
        behind=[f"{VARIANTS[str(name)].label} by {-gap:.2f} dB" for name, gap in behind.items()],
        of=len(variants),
        expected="srresnet_mse" not in behind,
    )


def describe_differences(results: Results) -> str:
    """Says which differences between variants are larger than chance over photographs."""
    differences = results.differences
    if differences.empty:
        return say("differences", pairs=0)
    photographs = int(differences["photographs"].iloc[0])
    pairs = len(differences) // differences["measure"].nunique()
    return say(
        "differences",
        photographs=photographs,
        pairs=pairs,
        smallest="" if differences["p"].notna().any() else f"{min(1.0, 2 / 2**photographs):.2g}",
        threshold=f"{LEVEL / pairs:.2g}",
        level=f"{LEVEL:.0%}",
        measures=[
            _count_pairs(str(measure), table) for measure, table in differences.groupby("measure", sort=False)
        ],
    )


def describe_checkerboards(results: Results) -> str:
    """Says which variants have a checkerboard, and which have more power than the originals anywhere.

    A peak over neighbouring frequencies is no visible checkerboard where the originals' power is higher.
    """
    strongest = _finished(results, strongest_frequencies(results.power_spectra))
    above = strongest[strongest["beyond_db"] >= PEAK]
    return say(
        "checkerboards",
        variants=list(strongest.index),
        peaks=[
            f"{METHOD_LABELS[str(name)]} {row['beyond_db']:+.1f} dB ({row['direction']}, "
            f"{_FRACTIONS[row['frequency']]} cycles per pixel)"
            for name, row in _visible_peaks(results).iterrows()
        ],
        above=_list_powers(above),
        highest=_list_powers(strongest.nlargest(1, "beyond_db")),
        threshold=f"{PEAK:.0f}",
    )


def lattice_table(results: Results) -> Shown | None:
    """How far power exceeds its neighbours' at the pixel shuffle's frequencies, beyond the originals' own.

    In dB, by method: the numbers of the sentences; None where no variant has a checkerboard.
    """
    if _visible_peaks(results).empty:
        return None
    beyond = beyond_reference(results.lattice_peaks)
    methods = [name for name in METHOD_LABELS if name in set(beyond["method"])]
    columns: dict[tuple[str, str], list[object]] = {("", "Method"): [METHOD_LABELS[name] for name in methods]}
    for (frequency, direction), values in beyond.groupby(["frequency", "direction"], sort=False):
        by_method = values.set_index("method")["beyond_db"]
        heading = f"{_FRACTIONS[float(str(frequency))]} cycles per pixel"
        columns[heading, str(direction)] = by_method[methods].tolist()
    formats = dict.fromkeys(list(columns)[1:], "{:+.1f}")
    return show_table(pd.DataFrame(columns), formats=formats, caption="dB over neighbours, beyond HR's own")


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


def _count_pairs(measure: str, table: pd.DataFrame) -> tuple[str, int, list[str]]:
    """A measure's name without its unit, how many pairs differ, and those that do not."""
    alike = table[~table["larger_than_chance"].astype(bool)]
    pairs = zip(alike["method_a"], alike["method_b"], strict=True)
    names = [f"{METHOD_LABELS[a]} and {METHOD_LABELS[b]}" for a, b in pairs]
    return METRICS[measure].label.partition(" (")[0], len(table) - len(alike), names
