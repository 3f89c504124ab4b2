"""Published numbers next to this run's, and what they have in common: tables and sentences of Markdown."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML

from srgan_report.evaluation.metric_names import MEASURES
from srgan_report.reporting.figures import METHOD_LABELS
from srgan_report.reporting.text.display import show_table
from srgan_report.reporting.text.protocol import PAPER_BATCH_SIZE, PAPER_STEPS, crops_seen
from srgan_report.reporting.text.results import Results
from srgan_report.reporting.text.tables import intervals, write
from srgan_report.reporting.text.words import count, join, sides, span
from srgan_report.variants import VARIANTS

PAPER = "Ledig 2017"
OURS = "this run"
_ORIGINALS = "Originals (HR)"

# The paper's names where they differ from ours. Its table 2 says SRResNet and SRGAN for two of table 1's.
_NAMES = METHOD_LABELS | {"SRResNet": "SRResNet-MSE", "SRGAN": "SRGAN-VGG54", "HR": _ORIGINALS}

# Another implementation's networks, and the variants of ours that come closest.
_COUNTERPARTS = {"SRResNet (MSRResNet)": "srresnet_mse", "SRGAN (MSRGAN)": "srgan_vgg54"}

_PUBLISHED = {"psnr_db": "PSNR-Y (dB)", "ssim": "SSIM (daala)", "mos": "MOS"}
_FORMATS = {"psnr_db": "{:.2f}", "ssim": "{:.4f}", "mos": "{:.2f}"}
_MEASURED = ("psnr_y", "ssim_y", "lpips")

# Ledig et al. 2017, section 3.2: what an SRResNet was trained on.
PAPER_PHOTOGRAPHS = 350_000
PAPER_CROP_SIZE = 96

_MOS = "MOS is the paper's mean opinion score, the verdict of 26 people from 1 (bad) to 5 (excellent)"

_DIFFERENCES = (
    "**Not one protocol.** The paper's numbers: {protocol}. Ours: PSNR-Y and SSIM-Y are of the same channel "
    "without the same border, but our SSIM has a fixed window, of 11 pixels, where daala's grows with the "
    "image, so it is another SSIM.{check}\n\n"
    "**Not one training.** The paper trained on {photographs:,} photographs of ImageNet, SRResNet in "
    "{steps:,} steps of {batch} crops of {size} pixels; here each variant saw {crops} crops of "
    "{training:,} photographs.{downscaling} So the paper's numbers say where such networks can get to, and "
    "ours how far these got: what lies between them tells nothing of the losses.\n\n"
    + _MOS
    + "; nobody has judged what this run's variants make."
)

_OTHER_LR = (
    " Ours learned to enlarge LR made by bilinear interpolation without antialiasing; the sets, as they "
    "are usually distributed, have bicubic LR with antialiasing."
)


def benchmark_tables(
    published_results: pd.DataFrame, benchmark_comparison: pd.DataFrame | None
) -> list[HTML]:
    """The paper's numbers of every method of ours beside ours: a table for each set that was measured.

    Args:
        published_results: The catalog's table of the same name.
        benchmark_comparison: The saved table of the same name; None makes no table.
    """
    if benchmark_comparison is None:
        return []
    paper = of_paper(published_results)
    return [
        _set_table(str(name), table, paper[paper["set"] == name].set_index("method"))
        for name, table in benchmark_comparison.groupby("set", sort=False)
    ]


def published_table(published_results: pd.DataFrame, benchmark_comparison: pd.DataFrame | None) -> HTML:
    """The paper's numbers: of all its methods, or of those that ``benchmark_tables`` does not show.

    Args:
        published_results: The catalog's table of the same name.
        benchmark_comparison: The saved table of the same name, or None.
    """
    paper = of_paper(published_results)
    baselines = [label for name, label in METHOD_LABELS.items() if name not in VARIANTS]
    variants = [variant.label for variant in VARIANTS.values()]
    ours = {*baselines, *variants, _ORIGINALS}
    methods = [*(name for name in paper["method"].unique() if name not in ours), _ORIGINALS]
    if benchmark_comparison is None:
        methods = [*baselines, *methods[:-1], *variants, _ORIGINALS]
    columns: dict[tuple[str, str], Any] = {("", "Method"): methods}
    formats = {}
    for name in paper["set"].unique():
        of_set = paper[paper["set"] == name].set_index("method").reindex(methods)
        for column, label in _PUBLISHED.items():
            columns[str(name), label] = of_set[column].tolist()
            formats[str(name), label] = _FORMATS[column]
    return show_table(pd.DataFrame(columns), formats=formats, caption=PAPER)


def other_implementations_table(
    published_results: pd.DataFrame, benchmark_comparison: pd.DataFrame | None
) -> HTML:
    """What others' implementations reach on RGB, and below each the variant of ours that it comes closest to.

    Args:
        published_results: The catalog's table of the same name.
        benchmark_comparison: The saved table of the same name, or None.
    """
    others = published_results[published_results["source"] != PAPER]
    names = others["set"].unique()
    rows: list[Mapping[tuple[str, str], Any]] = []
    for (source, method), table in others.groupby(["source", "method"], sort=False):
        values = table.set_index("set")
        rows.append(_row(str(method), str(source), values.rename(columns={"psnr_db": "psnr"}), names))
        counterpart = _COUNTERPARTS.get(str(method))
        if counterpart and benchmark_comparison is not None:
            mine = benchmark_comparison[benchmark_comparison["method"] == counterpart].set_index("set")
            rows.append(_row(METHOD_LABELS[counterpart], OURS, mine, names))
    formats = {
        (name, MEASURES[measure].label): write(measure) for name in names for measure in ("psnr", "ssim")
    }
    shown = pd.DataFrame(rows)
    shown.columns = pd.MultiIndex.from_tuples(list(rows[0]))
    return show_table(shown, formats=formats)


def of_paper(published_results: pd.DataFrame) -> pd.DataFrame:
    """The paper's rows, its methods labelled as ours are; what both of its tables hold only once."""
    paper = published_results[published_results["source"] == PAPER]
    # PSNR is infinite between originals and originals: no number to show.
    named = paper.assign(method=paper["method"].replace(_NAMES)).replace(np.inf, np.nan)
    return named.drop_duplicates(["method", "set"])


def describe_benchmark(results: Results) -> str:
    """Says how far the paper's numbers and this run's compare; where there are none, how to measure."""
    protocol = _protocol(results.published_results, of_paper=True)
    if results.benchmark_comparison is None:
        return (
            f"These are the paper's numbers: {protocol}. {_MOS}. This run's variants were not measured on "
            f"benchmark sets. To measure them, name the folder that holds the sets: {_command(results)}"
        )
    summaries = list(results.summaries.values())
    images = crops_seen(results.summaries) or [0]  # where all diverged, nothing that counts was trained
    bilinear = {summary["parameters"]["crops"].get("downscaling", "bilinear") for summary in summaries}
    return _DIFFERENCES.format(
        protocol=protocol,
        check=_compare_bicubic(results.published_results, results.benchmark_comparison),
        downscaling=_OTHER_LR if "bilinear" in bilinear else "",
        photographs=PAPER_PHOTOGRAPHS,
        steps=PAPER_STEPS,
        batch=PAPER_BATCH_SIZE,
        size=sides({PAPER_CROP_SIZE}),
        training=summaries[0]["training_photographs"],
        crops=span(min(images), max(images)),
    )


def describe_other_implementations(results: Results) -> str:
    """Says what the numbers of other implementations are."""
    protocol = _protocol(results.published_results, of_paper=False)
    ours = "" if results.benchmark_comparison is None else ", and so are this run's beside them"
    return (
        f"Others trained these networks again, changed, on other photographs. Their numbers: {protocol}"
        f"{ours}."
    )


def describe_outdated_benchmark(results: Results) -> str:
    """Says which generators were measured on benchmark sets in another version than the present one."""
    measured = results.benchmark_comparison
    if measured is None:
        return ""
    rows = measured.drop_duplicates("method")
    others = [
        f"{METHOD_LABELS[method]} (measured: {version}; now: {current})"
        for method, version in zip(rows["method"], rows["generator_version"], strict=True)
        if (current := results.generator_versions.get(method)) and current != version
    ]
    if not others:
        return ""
    return (
        f"> **Measured with other generators.** {count(len(others), 'variant')} on benchmark sets "
        f"{'is' if len(others) == 1 else 'are'} not of the same saved generator as the rest of this report: "
        f"{join(others)}. To measure again: {_command(results)}"
    )


def _set_table(name: str, measured: pd.DataFrame, paper: pd.DataFrame) -> HTML:
    published = paper.reindex(measured["label"])
    columns: dict[tuple[str, str], Any] = {("", "Method"): measured["label"].tolist()}
    formats, notes = {}, {}
    for column, label in _PUBLISHED.items():
        columns[PAPER, label] = published[column].tolist()
        formats[PAPER, label] = _FORMATS[column]
    for measure in _MEASURED:
        key = (OURS, MEASURES[measure].label)
        columns[key] = measured[measure].tolist()
        formats[key], notes[key] = write(measure), intervals(measured, measure)
    first = measured.iloc[0]
    caption = f"{name}, {count(first['images'], 'image')}"
    if first.get("left_out"):
        caption += f" ({first['left_out']} more left out)"
    if (low := first.get("low_resolution", "stored")) != "stored":  # as earlier versions did not record it
        caption += f"; LR {low}"
    return show_table(pd.DataFrame(columns), formats=formats, notes=notes, caption=caption)


def _row(
    method: str, source: str, values: pd.DataFrame, names: Iterable[str]
) -> Mapping[tuple[str, str], Any]:
    row: dict[tuple[str, str], Any] = {("", "Method"): method, ("", "By"): source}
    for name in names:
        for measure in ("psnr", "ssim"):
            row[name, MEASURES[measure].label] = values[measure].get(name, np.nan)
    return row


def _compare_bicubic(published_results: pd.DataFrame, benchmark_comparison: pd.DataFrame) -> str:
    """Bicubic's PSNR-Y beside the paper's: it needs no training, so only the protocol can make it differ."""
    theirs = published_results[
        (published_results["source"] == PAPER) & (published_results["method"] == "bicubic")
    ].set_index("set")["psnr_db"]
    ours = benchmark_comparison[benchmark_comparison["method"] == "bicubic"].set_index("set")["psnr_y"]
    shared = [name for name in ours.dropna().index if name in theirs.index]
    if not shared:
        return ""
    first, *others = shared
    pairs = [f"{ours[first]:.2f} dB here and {theirs[first]:.2f} dB in the paper on {first}"]
    pairs += [f"{ours[name]:.2f} and {theirs[name]:.2f} on {name}" for name in others]
    return f" How alike both measure PSNR-Y, bicubic interpolation shows: {', '.join(pairs)}."


def _command(results: Results) -> str:
    options = f"--params=benchmark_sets.root=DIR --env={results.environment}"
    again = f"`kedro run --pipelines=comparison --env={results.environment}`"
    return f"`kedro run --pipelines=benchmark_sets {options}`, and for a report with them {again}"


def _protocol(published_results: pd.DataFrame, *, of_paper: bool) -> str:
    """How the paper, or everybody else, measured: as the table of published results says."""
    theirs = published_results[(published_results["source"] == PAPER) == of_paper]
    return join([str(protocol) for protocol in theirs["protocol"].unique()])
