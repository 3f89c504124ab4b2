"""What the paper found, and whether this run agrees, by saved numbers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.reporting.text.benchmark_sets import of_paper
from srgan_report.reporting.text.results import Results
from srgan_report.variants import METHOD_LABELS

SET = "Set14"  # the paper's text argues with it, and it has more images than Set5

# Of each metric of ours: the column of the published table that shows the same, and its unit.
_PUBLISHED = {"psnr_y": ("psnr_db", "dB"), "lpips": ("mos", "MOS")}


class _Claim(NamedTuple):
    """What the paper found: that the first method of each pair is ahead in a metric."""

    text: str
    metric: str
    pairs: Sequence[tuple[str, str]]


_CLAIMS = (
    _Claim("SRResNet-MSE has a higher PSNR than bicubic", "psnr_y", [("srresnet_mse", "bicubic")]),
    _Claim(
        "A VGG loss instead of MSE costs PSNR",
        "psnr_y",
        [("srresnet_mse", "srresnet_vgg22"), ("srgan_mse", "srgan_vgg22"), ("srgan_mse", "srgan_vgg54")],
    ),
    _Claim(
        "An adversarial loss costs PSNR",
        "psnr_y",
        [("srresnet_mse", "srgan_mse"), ("srresnet_vgg22", "srgan_vgg22")],
    ),
    _Claim(
        "People prefer pictures of an adversarial loss",
        "lpips",
        [("srgan_mse", "srresnet_mse"), ("srgan_vgg22", "srresnet_vgg22")],
    ),
    _Claim(
        "People prefer SRGAN-VGG54's pictures",
        "lpips",
        [
            ("srgan_vgg54", name)
            for name in ("bicubic", "srresnet_mse", "srresnet_vgg22", "srgan_mse", "srgan_vgg22")
        ],
    ),
)


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
    ours = results.comparison.set_index("method")
    return [_judge(claim, paper, ours, results.differences) for claim in _CLAIMS]


def _judge(
    claim: _Claim, paper: pd.DataFrame, ours: pd.DataFrame, differences: pd.DataFrame
) -> dict[str, Any]:
    metric = METRICS[claim.metric]
    column, unit = _PUBLISHED[claim.metric]
    known = ours[claim.metric].round(metric.digits)  # so that a difference is that of the numbers as written
    theirs = paper[column]
    by_chance = _pairs_by_chance(claim, differences)
    held, pairs = [], []
    for first, second in claim.pairs:
        gap = known.get(first, np.nan) - known.get(second, np.nan)
        published = theirs.get(first, np.nan) - theirs.get(second, np.nan)
        here = f"{gap + 0.0:+.{metric.digits}f} {'dB' if unit == 'dB' else metric.label}"
        pairs.append(
            f"{METHOD_LABELS[first]} against {METHOD_LABELS[second]}: {published:+.2f} {unit} in the paper, "
            f"{here if np.isfinite(gap) else 'unknown'} here"
        )
        if np.isfinite(gap):
            ahead = round(gap if metric.higher_is_better else -gap, metric.digits)
            held.append(ahead >= find_least(claim.metric) and (first, second) not in by_chance)
    unknown = len(held) < len(claim.pairs) and all(held)
    return {
        "text": claim.text,
        "held": "unknown" if unknown else "all" if all(held) else "some" if any(held) else "none",
        "pairs": pairs,
        "by_chance": [f"{METHOD_LABELS[first]} and {METHOD_LABELS[second]}" for first, second in by_chance],
    }


def find_least(metric: str) -> float:
    """The smallest difference that counts: a smaller one is gone with a digit less than is written."""
    return 0.5 * 10.0 ** (1 - METRICS[metric].digits)


def _pairs_by_chance(claim: _Claim, differences: pd.DataFrame) -> list[tuple[str, str]]:
    """The claim's pairs that differ by no more than chance over photographs, where that was tested."""
    tested = differences[(differences["measure"] == claim.metric) & differences["p"].notna()]
    alike = tested[~tested["larger_than_chance"].astype(bool)]
    pairs = [{a, b} for a, b in zip(alike["method_a"], alike["method_b"], strict=True)]
    return [pair for pair in claim.pairs if set(pair) in pairs]
