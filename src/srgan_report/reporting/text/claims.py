"""What the paper found, and whether this run agrees: sentences of Markdown from saved numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.reporting.figures import METHOD_LABELS
from srgan_report.reporting.templates import say
from srgan_report.reporting.text.benchmark_sets import of_paper
from srgan_report.reporting.text.protocol import describe_budget
from srgan_report.reporting.text.results import Results
from srgan_report.reporting.words import join

_SET = "Set14"  # the paper's text argues with it, and it has more images than Set5

_TESTED = {"all": "agrees", "some": "agrees in part", "none": "does not agree"}
_UNTESTED = {
    "all": "consistent (not tested)",
    "some": "consistent in part (not tested)",
    "none": "not consistent (not tested)",
}
_UNKNOWN = "can't be told"


@dataclass(frozen=True)
class _Claim:
    """That one method is ahead of others: of the first in each pair.

    Attributes:
        text: What the paper found.
        pairs: Who is ahead of whom.
        published: The column of the published table that shows it.
        measure: The measure of ours that can.
    """

    text: str
    pairs: Sequence[tuple[str, str]]
    published: str
    measure: str


_CLAIMS = (
    _Claim("SRResNet-MSE has a higher PSNR than bicubic", [("srresnet_mse", "bicubic")], "psnr_db", "psnr_y"),
    _Claim(
        "A VGG loss instead of MSE costs PSNR",
        [("srresnet_mse", "srresnet_vgg22"), ("srgan_mse", "srgan_vgg22"), ("srgan_mse", "srgan_vgg54")],
        "psnr_db",
        "psnr_y",
    ),
    _Claim(
        "An adversarial loss costs PSNR",
        [("srresnet_mse", "srgan_mse"), ("srresnet_vgg22", "srgan_vgg22")],
        "psnr_db",
        "psnr_y",
    ),
    _Claim(
        "People prefer pictures of an adversarial loss",
        [("srgan_mse", "srresnet_mse"), ("srgan_vgg22", "srresnet_vgg22")],
        "mos",
        "lpips",
    ),
    _Claim(
        "People prefer SRGAN-VGG54's pictures",
        [
            ("srgan_vgg54", name)
            for name in ("bicubic", "srresnet_mse", "srresnet_vgg22", "srgan_mse", "srgan_vgg22")
        ],
        "mos",
        "lpips",
    ),
)
_PUBLISHED = {"psnr_db": "dB", "mos": "MOS"}


def describe_claims(results: Results) -> str:
    """Lists what the paper found with its numbers, and with this run's whether they show the same.

    Ours are those of the validation crops. A difference that is gone with a digit less than is written
    counts as none, and where differences were tested so do those that are not larger than chance; these are
    named. A claim on a variant that diverged can't be told.
    """
    paper = of_paper(results.published_results)
    keys = {label: name for name, label in METHOD_LABELS.items()}
    paper = paper[paper["set"] == _SET].set_index("method").rename(keys)
    ours = results.comparison.set_index("method")
    tested = bool(results.differences["p"].notna().any())
    words = _TESTED if tested else _UNTESTED
    told = [_tell(claim, paper, ours, results.differences, words) for claim in _CLAIMS]
    verdicts = [verdict for verdict, _ in told]
    rest = {words["some"]: "in part", _UNKNOWN: _UNKNOWN}
    others = [f", {verdicts.count(key)} {text}" for key, text in rest.items() if key in verdicts]
    summary = say(
        "claims",
        tested=tested,
        agree=verdicts.count(words["all"]),
        of=len(told),
        others="".join(others),
        set=_SET,
        least_psnr=f"{_least('psnr_y'):g}",
        least_lpips=f"{_least('lpips'):g}",
    )
    undertrained = [f"\n> {say('undertrained_claims')}"] if describe_budget(results) else []
    return "\n".join([summary, "", *(line for _, line in told), *undertrained])


def _tell(
    claim: _Claim, paper: pd.DataFrame, ours: pd.DataFrame, differences: pd.DataFrame, words: dict[str, str]
) -> tuple[str, str]:
    digits, higher = METRICS[claim.measure].digits, METRICS[claim.measure].higher_is_better
    known = ours[claim.measure].round(digits)  # so that a difference is that of the numbers as written
    theirs = paper[claim.published]
    by_chance = _pairs_by_chance(claim, differences)
    held, texts = [], []
    for first, second in claim.pairs:
        gap = known.get(first, np.nan) - known.get(second, np.nan)
        published = theirs.get(first, np.nan) - theirs.get(second, np.nan)
        texts.append(
            f"{METHOD_LABELS[first]} against {METHOD_LABELS[second]}: {published:+.2f} "
            f"{_PUBLISHED[claim.published]} in the paper, {_write(gap, claim.measure)} here"
        )
        if np.isfinite(gap):
            ahead = round(gap if higher else -gap, digits)
            held.append(ahead >= _least(claim.measure) and (first, second) not in by_chance)
    if len(held) < len(claim.pairs) and all(held):
        verdict = _UNKNOWN
    else:
        verdict = words["all" if all(held) else "some" if any(held) else "none"]
    return verdict, f"- **{claim.text}: {verdict}.** {'; '.join(texts)}.{_name_pairs(by_chance)}"


def _least(measure: str) -> float:
    """The smallest difference that counts: a smaller one is gone with a digit less than is written."""
    return 0.5 * 10.0 ** (1 - METRICS[measure].digits)


def _write(gap: float, measure: str) -> str:
    if not np.isfinite(gap):
        return "unknown"
    name, _, unit = METRICS[measure].label.partition(" (")
    return f"{gap + 0.0:+.{METRICS[measure].digits}f} {unit.rstrip(')') or name}"


def _pairs_by_chance(claim: _Claim, differences: pd.DataFrame) -> list[tuple[str, str]]:
    """The claim's pairs that differ by no more than chance over photographs, where that was tested."""
    tested = differences[(differences["measure"] == claim.measure) & differences["p"].notna()]
    alike = tested[~tested["larger_than_chance"].astype(bool)]
    pairs = [{a, b} for a, b in zip(alike["method_a"], alike["method_b"], strict=True)]
    return [pair for pair in claim.pairs if set(pair) in pairs]


def _name_pairs(by_chance: Sequence[tuple[str, str]]) -> str:
    if not by_chance:
        return ""
    names = [f"{METHOD_LABELS[first]} and {METHOD_LABELS[second]}" for first, second in by_chance]
    return f" Not larger than chance over photographs: {join(names)}."
