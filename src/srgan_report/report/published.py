"""Benchmark sets: what was published of them, and what this run's generators make of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML

from srgan_report.figures import METHOD_LABELS
from srgan_report.measures import MEASURES
from srgan_report.report.display import show_table
from srgan_report.report.tables import intervals, write
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
    images = measured["images"].iloc[0]
    caption = f"{name}, {images} image{'' if images == 1 else 's'}"
    return show_table(pd.DataFrame(columns), formats=formats, notes=notes, caption=caption)


def _row(
    method: str, source: str, values: pd.DataFrame, names: Iterable[str]
) -> Mapping[tuple[str, str], Any]:
    row: dict[tuple[str, str], Any] = {("", "Method"): method, ("", "By"): source}
    for name in names:
        for measure in ("psnr", "ssim"):
            row[name, MEASURES[measure].label] = values[measure].get(name, np.nan)
    return row
