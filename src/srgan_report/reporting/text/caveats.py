"""What a reader must know to trust the numbers: what went wrong, what limits them."""

from collections.abc import Mapping
from typing import Any

from srgan_report.evaluation.comparison import find_exact, find_start
from srgan_report.evaluation.significance import MIN_PHOTOGRAPHS
from srgan_report.reporting.templates import say
from srgan_report.reporting.text import protocol
from srgan_report.reporting.text.results import Results, group_by_value
from srgan_report.reporting.words import as_code, as_text, join, part_of
from srgan_report.variants import VARIANTS

# Red also in a notebook, which has no style sheet of the page's.
_RED = '> <span style="color: #b3001b">{}</span>'
_DIGITS = 12  # of a fingerprint: enough to tell two of them apart


def describe_diverged(results: Results) -> str:
    """Says which variants diverged, and that nothing counts them; nothing where none did."""
    facts = {VARIANTS[name].label: results.summaries[name]["diverged"] for name in results.diverged}
    return _RED.format(say("diverged", facts=facts)) if facts else ""


def describe_mixed_protocols(results: Results) -> str:
    """Says where variants were not trained by one protocol; nothing where they were.

    They may differ in ``training`` parameters, which is said elsewhere; of the discriminator and of the
    perceptual network only those variants count that have one.
    """
    differences = [
        f"`{parameter}` is "
        + join([f"{as_code(str(value))} ({_labels(names)})" for value, names in values.items()])
        for parameter, values in group_by_value(results.summaries, _protocol).items()
        if len(values) > 1
    ]
    return _RED.format(say("mixed_protocols", differences=differences)) if differences else ""


def describe_left_out(results: Results) -> str:
    """Says how many pictures are in no mean, as some method reproduces them exactly; nothing if none is."""
    crop, metrics, measured = ["position", "crop"], results.photograph_metrics, results.benchmark_comparison
    counts = []
    if left_out := len(metrics.loc[find_exact(metrics, crop), crop].drop_duplicates()):
        counts.append(f"{part_of(left_out, len(metrics[crop].drop_duplicates()))} validation crops")
    if measured is not None:
        sets = measured.drop_duplicates("set")[["set", "images", "left_out"]]
        counts += [
            f"{part_of(left_out, images + left_out)} images of {as_text(str(name))}"
            for name, images, left_out in sets.to_numpy().tolist()
            if left_out
        ]
    return say("left_out", counts=counts) if counts else ""


def describe_trust(results: Results) -> str:
    """Lists what limits these numbers, in one box: chance, budget, networks, measures."""
    photographs = len(set(results.validation_crops["position"].tolist()))
    few = photographs < MIN_PHOTOGRAPHS
    limits = [
        say("one_run"),
        say("few_photographs", photographs=photographs, needed=MIN_PHOTOGRAPHS) if few else "",
        protocol.describe_budget(results),
        protocol.describe_unequal_budgets(results),
        _describe_other_starts(results.summaries),
        protocol.describe_perceptual_network(results),
        describe_left_out(results),
        say("lpips"),
        say("invented"),
    ]
    return "\n".join(f"> - {limit}" for limit in limits if limit)


def describe_training_warnings(results: Results) -> str:
    """Lists what the trainings warned of; nothing where none did."""
    return say("training_warnings", summaries=results.summaries, variants=VARIANTS)


def _protocol(summary: Mapping[str, Any]) -> dict[str, Any]:
    groups = {group: value for group, value in summary["parameters"].items() if group != "training"}
    return groups | {
        "seed": summary["seed"],
        "photographs": summary["photographs"],
        "data_sha256": summary["data_sha256"][:_DIGITS],
    }


def _describe_other_starts(summaries: protocol.Summaries) -> str:
    first = summaries["srresnet_mse"]
    others = [name for name, summary in summaries.items() if find_start(summary, first) == "another"]
    return say("other_starts", labels=[VARIANTS[name].label for name in others]) if others else ""


def _labels(names: list[str]) -> str:
    return join([VARIANTS[name].label for name in names])
