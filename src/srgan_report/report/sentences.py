"""What was run, in sentences of Markdown. Every number in them comes from saved results."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from srgan_report.comparison import has_diverged
from srgan_report.report.words import count, join, part_of, sides, span
from srgan_report.variants import VARIANTS

Summaries = Mapping[str, Mapping[str, Any]]

# The article's budget for one variant: 50 epochs ("Training") over tf_flowers' 3670 photographs without
# the 600 that are validation ("Loading the data"), one crop of each.
ARTICLE_EPOCHS = 50
ARTICLE_PHOTOGRAPHS = 3670 - 600
ARTICLE_IMAGES = ARTICLE_EPOCHS * ARTICLE_PHOTOGRAPHS
ARTICLE_CROP_SIZE = 128
# The paper's for an SRResNet (Ledig et al. 2017, section 3.2).
PAPER_STEPS = 1_000_000
PAPER_BATCH_SIZE = 16
PAPER_IMAGES = PAPER_STEPS * PAPER_BATCH_SIZE

_SOURCES = {
    "tfds": "`{name}`, as TensorFlow Datasets serves it",
    "folder": "the files in `{path}`",
    "sample": "the colour photographs that scikit-image and scikit-learn carry",
}

_DOWNSCALING = {
    "bilinear": "made by bilinear interpolation without antialiasing, as in the article",
    "antialiased_bicubic": "made by bicubic interpolation with antialiasing, as in the paper",
}


def describe_data(
    split: pd.DataFrame, validation_crops: Mapping[str, Any], summary: Mapping[str, Any]
) -> str:
    """Says where the photographs come from, and how many train and how many judge.

    Args:
        split: A row for each photograph.
        validation_crops: ``high_resolution`` ``(N, S, S, 3)`` and ``position`` ``(N,)``.
        summary: A variant's ``training_summary``: ``photographs``, the parameters of their source, and
            ``training_photographs``, how many were trained on, and ``parameters.crops``.
    """
    source = _SOURCES[summary["photographs"]["source"]].format(**summary["photographs"])
    training = summary["training_photographs"]
    held_out = len(set(validation_crops["position"].tolist()))
    crops, side = validation_crops["high_resolution"].shape[:2]
    left_out = len(split) - training - held_out
    downscaling = summary["parameters"]["crops"].get("downscaling", "bilinear")  # once the only way
    too_small = f" ({left_out:,} are smaller than a crop and left out)" if left_out else ""
    return (
        f"The photographs are {source}: **{len(split):,}** in all, **{training:,}** to train on and "
        f"**{held_out:,}** held out for validation{too_small}. "
        f"{count(crops, 'crop')} of {sides({side})} pixels, cut once from the held-out ones, "
        f"{'judges' if crops == 1 else 'judge'} every method; "
        f"the methods are given {sides({side // 4})} pixels each, {_DOWNSCALING[downscaling]}."
    )


def describe_budget(summaries: Summaries) -> str:
    """Says that variants are undertrained, and by how much; nothing where none that finished is.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    seen = crops_seen(summaries)
    below = [images for images in seen if images < ARTICLE_IMAGES]
    if not below:
        return ""
    low, high = min(below), max(below)
    share = _percent(low) if low == high else f"{_percent(low)} to {_percent(high)}"
    sizes = {summary["parameters"]["crops"]["size"] for summary in summaries.values()} - {ARTICLE_CROP_SIZE}
    seen_here = f"{part_of(len(below), len(seen))} variants saw {span(low, high)} crops"
    other_size = f", of {sides(sizes)} pixels instead of {sides({ARTICLE_CROP_SIZE})}" if sizes else ""
    before = ""
    if shipped := _started(summaries, "shipped"):
        before = f" {_start(shipped)} from what comes with the project, though, and was trained before."
    return (
        f"> **Undertrained.** The article gave each variant {ARTICLE_EPOCHS} epochs over "
        f"{ARTICLE_PHOTOGRAPHS:,} photographs, {ARTICLE_IMAGES:,} crops. In this run "
        f"{seen_here} ({share} of that){other_size}; the paper's SRResNets saw {PAPER_IMAGES:,}."
        f"{before} "
        "Read what follows as a comparison under this budget, not as what the methods can do."
    )


def describe_unequal_budgets(summaries: Summaries) -> str:
    """Says that differences between variants are not those of their losses alone; nothing where they are.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    images = crops_seen(summaries)
    if len(set(images)) < 2:
        return ""
    return (
        f"> **Unequal budgets.** Variants were trained on {span(min(images), max(images))} crops. What lies "
        "between two of them comes from their losses and from their budgets; nothing here tells these apart."
    )


def describe_start(summaries: Summaries) -> str:
    """Says from which weights the generators started.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    shipped, from_mse = (_started(summaries, start) for start in ("shipped", "srresnet_mse"))
    scratch = [variant.label for variant in VARIANTS.values() if variant.label not in (*shipped, *from_mse)]
    if not shipped and not from_mse:
        return "All variants start from the same initial generator."
    origin = VARIANTS["srresnet_mse"].label
    sentences = []
    if shipped:
        sentences.append(
            f"{_start(shipped)} from the generator of that name which comes with the project. What it was "
            "trained on before comes on top of what the table says."
        )
    if from_mse:
        sentences.append(
            f"{_start(from_mse)} from what {origin} had become by the end of its training, which comes on "
            f"top of what the table says of {'that one' if len(from_mse) == 1 else 'those'}."
        )
    if scratch:
        which = "one initial generator" if len(scratch) > 1 else "scratch"
        sentences.append(f"{_start(scratch)} from {which}.")
    return " ".join(sentences)


def _started(summaries: Summaries, start: str) -> list[str]:
    return [
        VARIANTS[name].label
        for name, summary in summaries.items()
        if summary["parameters"]["training"].get("start_from", "scratch") == start
    ]


def _start(labels: list[str]) -> str:
    return f"{join(labels)} {'starts' if len(labels) == 1 else 'start'}"


def crops_seen(summaries: Summaries) -> list[int]:
    """How many crops each variant was trained on; those that diverged do not count."""
    return [summary["images"] for summary in summaries.values() if not has_diverged(summary)]


def _percent(images: int) -> str:
    return f"{images / ARTICLE_IMAGES:.2%}"
