"""What a reader must know before any number, in sentences of Markdown: what went wrong, what is missing."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd

from srgan_report.data.damaged_photographs import DAMAGED, MAX_NAMED
from srgan_report.evaluation.comparison import has_diverged
from srgan_report.evaluation.exact_pictures import count_exact
from srgan_report.evaluation.significance import MIN_PHOTOGRAPHS
from srgan_report.reporting.text.results import Results
from srgan_report.reporting.text.words import as_code, as_text, count, flatten, join, part_of
from srgan_report.variants import VARIANTS

Summaries = Mapping[str, Mapping[str, Any]]

# Red also in a notebook, which has no style sheet of the page's.
_RED = '> <span style="color: #b3001b">{}</span>'
_DIGITS = 12  # of a fingerprint: enough to tell two of them apart
_START = "srresnet_mse"


def describe_diverged(summaries: Summaries) -> str:
    """Says which variants diverged, and that nothing counts them; nothing where none did.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    diverged = [name for name, summary in summaries.items() if has_diverged(summary)]
    if not diverged:
        return ""
    cases = "; ".join(f"{VARIANTS[name].label} {_tell_steps(summaries[name])}" for name in diverged)
    reasons = " ".join(_tell_reason(name, summaries[name]) for name in diverged)
    whose, generators = ("Its", "generator makes") if len(diverged) == 1 else ("Their", "generators make")
    return _RED.format(
        f"**Diverged: {cases}.** {whose} numbers are left out of all that follows; figures show "
        f"what the last good {generators}. {reasons}"
    )


def note_divergence(summary: Mapping[str, Any]) -> str:
    """Says in which step a variant diverged, in a few words; nothing where it did not.

    Args:
        summary: Its ``training_summary``.
    """
    if not has_diverged(summary):
        return ""
    return f"diverged in step {summary['diverged']['step']:,}"


def describe_mixed_protocols(summaries: Summaries) -> str:
    """Says where variants were not trained by one protocol; nothing where they were.

    They may differ in ``training`` parameters, which is said elsewhere; of the discriminator and of the
    perceptual network only those variants count that have one. What an earlier version of the project did
    not record is not known to differ.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    differences = [
        f"`{parameter}` is "
        + join([f"{as_code(str(value))} ({_labels(names)})" for value, names in values.items()])
        for parameter, values in _group_by_value(summaries).items()
        if len(values) > 1
    ]
    differences += _other_starts(summaries)
    if not differences:
        return ""
    return _RED.format(
        "**Mixed protocols.** These variants were not trained alike, so that what lies between them does not "
        f"come from their losses alone: {'; '.join(differences)}. Train them again with the same parameters "
        "and photographs."
    )


def describe_left_out(photograph_metrics: pd.DataFrame, benchmark_comparison: pd.DataFrame | None) -> str:
    """Says how many pictures are in no mean, because some method reproduces them exactly; nothing if none is.

    Args:
        photograph_metrics: The measures of every method on each validation crop.
        benchmark_comparison: The saved table of the same name; None where nothing was measured.
    """
    crop = ["position", "crop"]
    counts = []
    if left_out := count_exact(photograph_metrics, crop):
        counts.append(
            f"{part_of(left_out, len(photograph_metrics[crop].drop_duplicates()))} validation crops"
        )
    if benchmark_comparison is not None and "left_out" in benchmark_comparison:
        sets = benchmark_comparison.drop_duplicates("set")
        counts += [
            f"{part_of(left_out, images + left_out)} images of {name}"
            for name, images, left_out in sets[["set", "images", "left_out"]].to_numpy().tolist()
            if left_out
        ]
    if not counts:
        return ""
    return (
        f"> **Left out.** At least one method reproduces {join(counts)} exactly (blank ones, say), where "
        "PSNR is infinite: they are left out of the means, intervals and tests of all methods."
    )


def describe_training_warnings(summaries: Summaries) -> str:
    """Lists what the trainings warned of; nothing where none did.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    warnings = [
        f"- **{VARIANTS[name].label}**: {warning}"
        for name, summary in summaries.items()
        for warning in summary.get("warnings", [])
    ]
    return "\n".join(["Warnings of the training:\n", *warnings]) if warnings else ""


def describe_missing(results: Results) -> str:
    """Lists what this report lacks: what was not measured, what can't be, and who has no numbers."""
    photographs = len(set(results.validation_crops["position"].tolist()))
    missing = ["**People's judgement.** Nobody has judged pictures; LPIPS stands in for the paper's MOS."]
    missing.append("**Other seeds.** Each variant was trained once, so that chance in training is not known.")
    damaged = results.split[results.split["subset"] == DAMAGED]
    if len(damaged):
        names = ", ".join(map(as_text, damaged["id"].iloc[:MAX_NAMED]))
        more = f" and {len(damaged) - MAX_NAMED:,} more" if len(damaged) > MAX_NAMED else ""
        missing.append(
            f"**Damaged photographs.** {len(damaged):,} of {len(results.split):,} could not be read and were "
            f"left out: {names}{more}."
        )
    if results.diverged:
        names = join([VARIANTS[name].label for name in results.diverged])
        missing.append(f"**Measures of {names}**: training diverged.")
    if photographs < MIN_PHOTOGRAPHS:
        missing.append(
            f"**Intervals, tests and boxes.** {count(photographs, 'validation photograph')} "
            f"{'is' if photographs == 1 else 'are'} too few: these need {MIN_PHOTOGRAPHS}."
        )
    if results.benchmark_comparison is None:
        missing.append("**This run's numbers on Set5, Set14 and BSD100**: no benchmark sets were named.")
    if results.lattice_peaks is None:
        missing.append("**Power spectra**: an earlier version of the project saved these results.")
    if results.provenance is None:
        missing.append("**The run itself**: how these results came about is not recorded.")
    return "\n".join(f"- {line}" for line in missing)


def _tell_steps(summary: Mapping[str, Any]) -> str:
    step, last_good_step = (summary["diverged"][key] for key in ("step", "last_good_step"))
    return f"in step {step:,} (its last good networks are of step {last_good_step:,})"


def _tell_reason(name: str, summary: Mapping[str, Any]) -> str:
    """The reason as a sentence that begins with the variant, whether it was recorded as one or not."""
    start = f"{VARIANTS[name].label}: "
    return f"{start}{summary['diverged']['reason'].removeprefix(start).rstrip('.')}."


def _group_by_value(summaries: Summaries) -> dict[str, dict[str, list[str]]]:
    """Of each parameter of the protocol by its dotted name: who was trained with which value."""
    values: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, summary in summaries.items():
        for parameter, value in flatten(_protocol(summary)).items():
            values[parameter][value].append(name)
    return values


def _protocol(summary: Mapping[str, Any]) -> dict[str, Any]:
    recorded = {"seed": summary["seed"], "photographs": summary["photographs"]}
    if "data_sha256" in summary:
        recorded["data_sha256"] = summary["data_sha256"][:_DIGITS]
    groups = {group: value for group, value in summary["parameters"].items() if group != "training"}
    return recorded | {group: value for group, value in groups.items() if value is not None}


def _other_starts(summaries: Summaries) -> list[str]:
    """Who started from another SRResNet-MSE than the one that is compared, where that is known."""
    shown = summaries.get(_START, {}).get("generator_sha256")
    others = [
        name
        for name, summary in summaries.items()
        if summary["parameters"]["training"].get("start_from") == _START
        and shown is not None
        and summary.get("initial_generator_sha256", shown) != shown
    ]
    if not others:
        return []
    return [f"{_labels(others)} started from another {VARIANTS[_START].label} than the one shown"]


def _labels(names: list[str]) -> str:
    return join([VARIANTS[name].label for name in names])
