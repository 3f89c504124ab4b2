"""What was run, in sentences of Markdown. Every number in them comes from saved results."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from srgan_report.data.damaged_photographs import DAMAGED
from srgan_report.evaluation.comparison import has_diverged
from srgan_report.provenance.run_record import hide_directories
from srgan_report.reporting.text.words import as_code, count, join, part_of, sides, span
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
    "tfds": "{name}, as TensorFlow Datasets serves it",
    "folder": "the files in {path}",
    "sample": "the colour photographs that scikit-image and scikit-learn carry",
}

_DOWNSCALING = {
    "bilinear": "made by bilinear interpolation without antialiasing, as in the article",
    "antialiased_bicubic": "made by bicubic interpolation with antialiasing, as in the paper",
}

# As networks/vgg.py builds them. Of each network: how many convolutions it has, and the last of them.
_CONVOLUTIONS = {"vgg19": ("sixteen", "block5_conv4"), "vgg16": ("thirteen", "block5_conv3")}

_LOSSES = {
    ("article", "vgg22"): "feature maps of {network}: its first five convolutions, to block3_conv1 (“2.2”)",
    ("article", "vgg54"): "feature maps of {network}: all its {number} convolutions, to {last} (“5.4”)",
    ("paper", "vgg22"): "one feature map of {network}: block2_conv2 (“2.2”)",
    ("paper", "vgg54"): "one feature map of {network}: {last} (“5.4”)",
    ("all_layers", "vgg22"): "pixels and feature maps of {network}: all its layers (no different from “5.4”)",
    ("all_layers", "vgg54"): "pixels and feature maps of {network}: all its layers (no different from “2.2”)",
}

_FORMULATIONS = {
    "article": (
        "The article's loss adds up what differs after every convolution on its way: “2.2” the first five, "
        "up to `block3_conv1`, which both networks have; “5.4” all of them, thirteen up to `block5_conv3`, "
        "which stands in for VGG19's sixteenth, `block5_conv4`."
    ),
    "paper": (
        "As in the paper, each loss compares a single feature map: “2.2” that of `block2_conv2`, which both "
        "networks have; “5.4” that of `block5_conv3`, the last convolution, which stands in for VGG19's "
        "`block5_conv4`."
    ),
    "all_layers": (
        "The article's first version of its loss adds up what differs after every layer, poolings included, "
        "and between the pixels themselves. It knows no “2.2” and “5.4”: the variants named so were trained "
        "with one and the same content loss."
    ),
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
    named = hide_directories(summary["photographs"])  # version 0.1.0 saved whole paths
    source = _SOURCES[named["source"]].format(**{key: as_code(str(value)) for key, value in named.items()})
    training = summary["training_photographs"]
    held_out = len(set(validation_crops["position"].tolist()))
    crops, side = validation_crops["high_resolution"].shape[:2]
    left_out = int((split["subset"] != DAMAGED).sum()) - training - held_out
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
    if saved := _started(summaries, "saved"):
        before += f" {_start(saved)} from an earlier run's generator, whose training comes on top."
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
    starts = ("shipped", "saved", "srresnet_mse")
    shipped, saved, from_mse = (_started(summaries, start) for start in starts)
    others = (*shipped, *saved, *from_mse)
    scratch = [variant.label for variant in VARIANTS.values() if variant.label not in others]
    if not others:
        return "All variants start from the same initial generator."
    origin = VARIANTS["srresnet_mse"].label
    sentences = []
    if shipped:
        sentences.append(
            f"{_start(shipped)} from the generator of that name which comes with the project. What it was "
            "trained on before comes on top of what the table says."
        )
    if saved:
        sentences.append(
            f"{_start(saved)} from the generator that an earlier run saved. What it was trained on before "
            "comes on top of what the table says."
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


def describe_content_loss(name: str, summary: Mapping[str, Any]) -> str:
    """Says what the content loss of a variant compared, in a few words.

    Args:
        name: The variant's name.
        summary: Its ``training_summary``.
    """
    perceptual = summary["parameters"]["perceptual"]
    if not perceptual:
        return "pixel mean squared error"
    number, last = _CONVOLUTIONS[perceptual["network"]]
    text = _LOSSES[_formulation(perceptual), VARIANTS[name].content_loss]
    return text.format(network=perceptual["network"].upper(), number=number, last=last)


def describe_perceptual_network(summaries: Summaries) -> str:
    """Says which network stands in for VGG19, and what of it was compared; nothing where none does.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    settings = [summary["parameters"]["perceptual"] for summary in summaries.values()]
    used = [perceptual for perceptual in settings if perceptual and perceptual["network"] == "vgg16"]
    if not used:
        return ""
    raw = used[0]["preprocessing"] == "none"
    fed = "fed raw on [-1, 1], as the article feeds VGG19" if raw else "fed as it was trained"
    formulations = dict.fromkeys(_formulation(perceptual) for perceptual in used)
    return (
        "> **VGG16 instead of VGG19.** The paper and the article compare feature maps of VGG19. Here they "
        f"are VGG16's, trained on the same ImageNet and {fed}. "
        + " ".join(_FORMULATIONS[formulation] for formulation in formulations)
    )


def _percent(images: int) -> str:
    return f"{images / ARTICLE_IMAGES:.2%}"


def _formulation(perceptual: Mapping[str, Any]) -> str:
    return perceptual.get("formulation", "article")  # before there was a choice, it was the article's
