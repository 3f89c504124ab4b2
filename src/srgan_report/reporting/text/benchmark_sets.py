"""Published numbers next to this run's, and what they have in common."""

from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.reporting.display import show_table
from srgan_report.reporting.text.findings import intervals, write
from srgan_report.reporting.text.results import Results
from srgan_report.reporting.words import as_text, count
from srgan_report.variants import METHOD_LABELS

PAPER = "Ledig 2017"
OURS = "this run"

# The paper's names where they differ from ours. Its table 2 says SRResNet and SRGAN for two of table 1's.
_NAMES = METHOD_LABELS | {"SRResNet": "SRResNet-MSE", "SRGAN": "SRGAN-VGG54", "HR": "Originals (HR)"}

_PUBLISHED = {"psnr_db": "PSNR (dB)", "ssim": "SSIM", "mos": "MOS"}
_FORMATS = {"psnr_db": "{:.2f}", "ssim": "{:.4f}", "mos": "{:.2f}"}
_MEASURED = ("psnr_y", "ssim_y", "lpips")


def benchmark_tables(results: Results) -> list[HTML]:
    """The paper's numbers of every method of ours next to ours: a table for each set that was measured."""
    if results.benchmark_comparison is None:
        return []
    paper = of_paper(results.published_results)
    return [
        _set_table(str(name), table, paper[paper["set"] == name].set_index("method"))
        for name, table in results.benchmark_comparison.groupby("set", sort=False)
    ]


def published_table(results: Results) -> HTML:
    """All that others published: by the paper on Y with daala's SSIM, by others on RGB."""
    published = results.published_results.replace(np.inf, np.nan)
    published = published.assign(method=published["method"].replace(_NAMES))
    published = published.drop_duplicates(["source", "method", "set"])
    rows = published.drop_duplicates(["source", "method"])[["source", "method"]]
    columns: dict[tuple[str, str], Any] = {("", "By"): rows["source"], ("", "Method"): rows["method"]}
    formats = {}
    for name, of_set in published.groupby("set", sort=False):
        numbers = rows.merge(of_set, how="left")
        for column, label in _PUBLISHED.items():
            columns[str(name), label] = numbers[column].to_numpy()
            formats[str(name), label] = _FORMATS[column]
    return show_table(pd.DataFrame(columns), formats=formats, caption="Table 2, and other implementations")


def of_paper(published_results: pd.DataFrame) -> pd.DataFrame:
    """The paper's rows, its methods labelled as ours are; what both of its tables hold only once."""
    paper = published_results[published_results["source"] == PAPER]
    # PSNR is infinite between originals and originals: no number to show.
    named = paper.assign(method=paper["method"].replace(_NAMES)).replace(np.inf, np.nan)
    return named.drop_duplicates(["method", "set"])


def compare_bicubic(results: Results) -> list[dict[str, Any]]:
    """Bicubic's PSNR-Y here and in the paper (``theirs``), of each ``set`` that both measured.

    It needs no training, so only the protocol can make it differ.
    """
    measured, paper = results.benchmark_comparison, of_paper(results.published_results)
    assert measured is not None
    published = paper[paper["method"] == "Bicubic"].set_index("set")["psnr_db"].rename("theirs")
    ours = measured[measured["method"] == "bicubic"].dropna(subset=["psnr_y"])
    return ours.join(published, on="set", how="inner").to_dict("records")  # type: ignore[return-value]


def find_outdated(results: Results) -> list[str]:
    """Which generators were measured on benchmark sets in another version than the present one."""
    if results.benchmark_comparison is None:
        return []
    rows = results.benchmark_comparison.drop_duplicates("method")
    return [
        f"{METHOD_LABELS[method]} (measured: {as_text(version)}; now: {current})"
        for method, version in zip(rows["method"], rows["generator_version"], strict=True)
        if (current := results.versions.get(f"{method}.training_summary")) and current != version
    ]


def _set_table(name: str, measured: pd.DataFrame, paper: pd.DataFrame) -> HTML:
    published = paper.reindex(measured["label"])
    columns: dict[tuple[str, str], Any] = {("", "Method"): measured["label"].tolist()}
    formats, notes, best = {}, {}, {}
    for column, label in (_PUBLISHED | {"psnr_db": "PSNR-Y (dB)", "ssim": "SSIM (daala)"}).items():
        columns[PAPER, label] = published[column].tolist()
        formats[PAPER, label] = _FORMATS[column]
    for measure in _MEASURED:
        key = (OURS, METRICS[measure].label)
        columns[key] = measured[measure].tolist()
        formats[key], notes[key] = write(measure), intervals(measured, measure)
        best[key] = METRICS[measure].higher_is_better
    first = measured.iloc[0]
    caption = f"{name}, {count(first['images'], 'image')}"
    if first["left_out"]:
        caption += f" ({first['left_out']} more left out)"
    if first["low_resolution"] != "stored":
        caption += f"; LR {first['low_resolution']}"
    return show_table(pd.DataFrame(columns), formats, best, notes, caption=caption)
