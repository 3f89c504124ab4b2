"""What came out, in sentences of Markdown. Every number in them comes from saved results."""

import numpy as np
import pandas as pd
from IPython.display import HTML

from srgan_report.evaluation.metric_names import MEASURES
from srgan_report.evaluation.significance import LEVEL
from srgan_report.evaluation.spectra import LATTICE_FREQUENCIES, PEAK, beyond_reference
from srgan_report.reporting.figures import METHOD_LABELS
from srgan_report.reporting.text.display import show_table
from srgan_report.reporting.text.results import Results
from srgan_report.reporting.text.words import join, part_of
from srgan_report.variants import VARIANTS

_ONE_RUN = (
    "> **One training run for each variant proves no ranking.** Training has chance of its own: other "
    "initial weights or another order of the crops would have given other generators. Neither the intervals "
    "nor a test over photographs covers that; they only say what other photographs could have made of the "
    "means."
)

_FRACTIONS = {frequency: f"1/{round(1 / frequency)}" for frequency in LATTICE_FREQUENCIES}


def describe_winners(comparison: pd.DataFrame) -> str:
    """Says which variant is best in PSNR, in SSIM and in LPIPS, beside bicubic; none that diverged is.

    Args:
        comparison: The saved table of the same name.
    """
    bicubic = comparison[comparison["method"] == "bicubic"].iloc[0]
    variants = comparison[comparison["method"].isin(list(VARIANTS))].dropna(subset=["psnr"])
    if variants.empty and np.isfinite(bicubic["psnr"]):
        return "**No variant finished its training**, so that none can be compared."
    if variants.empty:
        return "**No crop is left to compare by**: some method reproduces each exactly."
    sentence, last = "Among the variants, trained once each", None
    for measure, unit in (("psnr", " dB"), ("ssim", ""), ("lpips", "")):
        higher, digits = MEASURES[measure].higher_is_better, MEASURES[measure].digits
        best = variants.sort_values(measure, ascending=not higher, kind="stable").iloc[0]
        who = " and" if best["label"] == last else f" **{best['label']}** has"
        sentence += (
            f",{who} the {'highest' if higher else 'lowest'} {_short(measure)}, "
            f"{best[measure]:.{digits}f}{unit} (bicubic: {bicubic[measure]:.{digits}f}{unit})"
        )
        last = best["label"]
    return f"{sentence}."


def describe_baseline_gap(comparison: pd.DataFrame) -> str:
    """Says plainly which variants stay behind bicubic interpolation in PSNR, and by how much.

    Args:
        comparison: The saved table of the same name. Variants without PSNR are left out; where none has any,
            nothing is said.
    """
    all_variants = comparison[comparison["method"].isin(list(VARIANTS))]
    variants = all_variants.dropna(subset=["psnr_over_bicubic"])
    if variants.empty:
        return ""
    finished = "" if len(variants) == len(all_variants) else " that finished"
    behind = variants[variants["psnr_over_bicubic"] < 0]
    if behind.empty:
        gains = variants["psnr_over_bicubic"]
        return (
            f"Every variant{finished} is ahead of bicubic in PSNR, by {gains.min():.2f} to "
            f"{gains.max():.2f} dB."
        )
    gaps = ", ".join(
        f"{label} by {-gap:.2f} dB"
        for label, gap in zip(behind["label"], behind["psnr_over_bicubic"], strict=True)
    )
    return (
        f"> **Behind bicubic.** In PSNR {part_of(len(behind), len(variants))} variants{finished} "
        f"{'stays' if len(behind) == 1 else 'stay'} behind bicubic interpolation: {gaps}."
    )


def describe_differences(differences: pd.DataFrame) -> str:
    """Says which differences between variants are larger than chance, and what kind of chance that is.

    Args:
        differences: The saved table of the same name: a row for each measure and pair of variants that
            finished; without rows where there is no such pair.
    """
    if differences.empty:
        return "No two variants finished their training, so that there is no difference to test."
    photographs = int(differences["photographs"].iloc[0])
    pairs = len(differences) // differences["measure"].nunique()
    if differences["p"].isna().all():
        found = _explain_no_test(photographs, pairs)
    else:
        found = (
            f"Which of the {pairs} pairs of variants differ by more than chance over the {photographs:,} "
            "photographs (paired sign-flip test of their means, Holm's correction for the number of pairs, "
            f"{LEVEL:.0%}):\n\n"
            + "\n".join(
                f"- **{_short(str(measure))}**: {_list_pairs(table)}"
                for measure, table in differences.groupby("measure", sort=False)
            )
        )
    return f"{found}\n\n{_ONE_RUN}"


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
    anywhere = _describe_highest(results.power_spectra, list(strongest["method"]))
    if peaks.empty:
        highest = strongest["beyond_db"].max()
        return (
            "**No checkerboards.** No variant that finished has a peak; the highest excess is "
            f"{highest:+.1f} dB. {rule} {article}{anywhere}"
        )
    cases = [
        f"{METHOD_LABELS[row['method']]} {row['beyond_db']:+.1f} dB ({row['direction']}, "
        f"{_FRACTIONS[row['frequency']]} cycles per pixel)"
        for _, row in peaks.iterrows()
    ]
    return (
        f"**Checkerboards are there**, in {part_of(len(peaks), len(strongest))} variants; the highest peak "
        f"of each: {join(cases)}. {rule} {article}{anywhere}"
    )


def _describe_highest(power_spectra: pd.DataFrame | None, variants: list[str]) -> str:
    """Says which variants exceed the originals' power at any frequency, the lattice's or another."""
    if power_spectra is None or "beyond_db" not in power_spectra:  # of version 0.1.0
        return ""
    highest = power_spectra.groupby("method")["beyond_db"].max()[variants]
    above = [f"{METHOD_LABELS[str(name)]} {dB:+.1f} dB" for name, dB in highest.items() if dB >= PEAK]
    if not above:
        return " At no other spatial frequency does a variant have twice the originals' power, either."
    return f" Highest power beyond the originals' at any spatial frequency: {join(above)}."


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


def _explain_no_test(photographs: int, pairs: int) -> str:
    smallest = min(1.0, 2 / 2**photographs)
    return (
        "Whether variants differ by more than chance over photographs was not tested: "
        f"{photographs} {'photograph is' if photographs == 1 else 'photographs are'} too few. "
        f"The smallest p that a sign-flip test of them can give is {smallest:.2g}, "
        f"and to tell {pairs} pairs apart Holm's correction asks for one below {LEVEL / pairs:.2g}."
    )


def _list_pairs(table: pd.DataFrame) -> str:
    """How many pairs differ; those that do not, by name."""
    alike = table[~table["larger_than_chance"].astype(bool)]
    count = part_of(len(table) - len(alike), len(table))
    if alike.empty:
        return count
    if len(alike) == len(table):
        return "none"
    names = [
        f"{METHOD_LABELS[a]} and {METHOD_LABELS[b]}"
        for a, b in zip(alike["method_a"], alike["method_b"], strict=True)
    ]
    return f"{count}. Not: {'; '.join(names)}"


def _short(measure: str) -> str:
    """A measure's name without its unit."""
    return MEASURES[measure].label.partition(" (")[0]
