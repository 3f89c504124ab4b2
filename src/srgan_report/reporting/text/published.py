"""Published numbers next to this run's, and whether it agrees with what the paper found."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.reporting.display import show_table
from srgan_report.reporting.text.findings import look_of_metrics
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

SET = "Set14"  # the paper's text argues with it, and it has more images than Set5

# Of each metric of ours: the column of the published table that shows the same, and its unit.
_SHOWN_BY = {"psnr_y": ("psnr_db", "dB"), "lpips": ("mos", "MOS")}


_Pairs = list[tuple[str, str]]

# What the paper found: of each finding a metric, and pairs of methods of which the first is ahead in it.
_CLAIMS: dict[str, tuple[str, _Pairs]] = {
    "SRResNet-MSE has a higher PSNR than bicubic": ("psnr_y", [("srresnet_mse", "bicubic")]),
    "A VGG loss instead of MSE costs PSNR": (
        "psnr_y",
        [("srresnet_mse", "srresnet_vgg22"), ("srgan_mse", "srgan_vgg22"), ("srgan_mse", "srgan_vgg54")],
    ),
    "An adversarial loss costs PSNR": (
        "psnr_y",
        [("srresnet_mse", "srgan_mse"), ("srresnet_vgg22", "srgan_vgg22")],
    ),
    "People prefer pictures of an adversarial loss": (
        "lpips",
        [("srgan_mse", "srresnet_mse"), ("srgan_vgg22", "srresnet_vgg22")],
    ),
    "People prefer SRGAN-VGG54's pictures": (
        "lpips",
        [
            ("srgan_vgg54", name)
            for name in ("bicubic", "srresnet_mse", "srresnet_vgg22", "srgan_mse", "srgan_vgg22")
        ],
    ),
}


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
    published = _label(results.published_results).set_index(["source", "method", "set"])[list(_PUBLISHED)]
    by_set: Any = published.rename_axis(["By", "Method", "set"]).unstack(sort=False)
    table = by_set.swaplevel(axis="columns")
    table = table[[(name, column) for name in table.columns.unique(0) for column in _PUBLISHED]]
    formats = {(name, _PUBLISHED[column]): _FORMATS[column] for name, column in table}
    table = table.rename(columns=_PUBLISHED, level=1).reset_index(col_level=1)
    return show_table(table, formats=formats, caption="Table 2, and other implementations")


def of_paper(published_results: pd.DataFrame) -> pd.DataFrame:
    """The paper's rows, its methods labelled as ours are; what both of its tables hold only once."""
    return _label(published_results[published_results["source"] == PAPER])


def _label(published: pd.DataFrame) -> pd.DataFrame:
    # PSNR is infinite between originals and originals: no number to show.
    named = published.assign(method=published["method"].replace(_NAMES)).replace(np.inf, np.nan)
    return named.drop_duplicates(["source", "method", "set"])


def compare_bicubic(results: Results) -> list[dict[Hashable, Any]]:
    """Bicubic's PSNR-Y here and in the paper (``theirs``), of each ``set`` that both measured.

    It needs no training, so only the protocol can make it differ.
    """
    measured, paper = results.benchmark_comparison, of_paper(results.published_results)
    assert measured is not None
    published = paper[paper["method"] == "Bicubic"].set_index("set")["psnr_db"].rename("theirs")
    ours = measured[measured["method"] == "bicubic"].dropna(subset=["psnr_y"])
    return ours.join(published, on="set", how="inner").to_dict("records")


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
    ours = {metric: (OURS, METRICS[metric].label) for metric in _MEASURED}
    look = look_of_metrics(measured, ours)
    for column, label in (_PUBLISHED | {"psnr_db": "PSNR-Y (dB)", "ssim": "SSIM (daala)"}).items():
        columns[PAPER, label] = published[column].tolist()
        look["formats"][PAPER, label] = _FORMATS[column]
    columns |= {heading: measured[metric].tolist() for metric, heading in ours.items()}
    first = measured.iloc[0]
    caption = f"{name}, {count(first['images'], 'image')}"
    if first["left_out"]:
        caption += f" ({first['left_out']} more left out)"
    if first["low_resolution"] != "stored":
        caption += f"; LR {first['low_resolution']}"
    return show_table(pd.DataFrame(columns), **look, caption=caption)


def judge_claims(results: Results) -> list[dict[str, Any]]:
    """Judges what the paper found by this run's validation crops.

    A difference that is gone with a digit less than is written counts as none, and where differences were
    tested so do those that are not larger than chance; these are named.

    Returns:
        Each claim: its ``text``; for how many of its pairs it ``held``: ``all``, ``some``, ``none`` or
        ``unknown``, as of a variant that diverged; the numbers of its ``pairs``, and those ``by_chance``.
    """
    keys = {label: name for name, label in METHOD_LABELS.items()}
    paper = of_paper(results.published_results)
    paper = paper[paper["set"] == SET].set_index("method").rename(keys)
    judged = {text: _judge(metric, pairs, paper, results) for text, (metric, pairs) in _CLAIMS.items()}
    return [{"text": text} | verdict for text, verdict in judged.items()]


def _judge(name: str, compared: _Pairs, paper: pd.DataFrame, results: Results) -> dict[str, Any]:
    metric, differences = METRICS[name], results.differences
    column, unit = _SHOWN_BY[name]
    # Rounded, so that a difference is that of the numbers as written.
    known = results.comparison.set_index("method")[name].round(metric.digits)
    theirs = paper[column]
    tested = differences[(differences["measure"] == name) & differences["p"].notna()]
    alike = tested.loc[~tested["larger_than_chance"].astype(bool), ["method_a", "method_b"]]
    chance = [set(pair) for pair in alike.to_numpy().tolist()]
    held, pairs, by_chance = [], [], []
    for first, second in compared:
        gap = known.get(first, np.nan) - known.get(second, np.nan)
        published = theirs.get(first, np.nan) - theirs.get(second, np.nan)
        here = f"{gap + 0.0:+.{metric.digits}f} {'dB' if unit == 'dB' else metric.label}"
        pairs.append(
            f"{METHOD_LABELS[first]} against {METHOD_LABELS[second]}: {published:+.2f} {unit} in the paper, "
            f"{here if np.isfinite(gap) else 'unknown'} here"
        )
        if {first, second} in chance:
            by_chance.append(f"{METHOD_LABELS[first]} and {METHOD_LABELS[second]}")
        if np.isfinite(gap):
            ahead = round(gap if metric.higher_is_better else -gap, metric.digits)
            held.append(ahead >= find_least(name) and {first, second} not in chance)
    unknown = len(held) < len(compared) and all(held)
    return {
        "held": "unknown" if unknown else "all" if all(held) else "some" if any(held) else "none",
        "pairs": pairs,
        "by_chance": by_chance,
    }


def find_least(metric: str) -> float:
    """The smallest difference that counts: a smaller one is gone with a digit less than is written."""
    return 0.5 * 10.0 ** (1 - METRICS[metric].digits)
