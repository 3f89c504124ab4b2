"""Sentences of the report, in Markdown. Every number in them comes from saved results."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from srgan_report.variants import VARIANTS

Summaries = Mapping[str, Mapping[str, Any]]

# The article's budget for one variant: 50 epochs ("Training") over tf_flowers' 3670 photographs without
# the 600 that are validation ("Loading the data"), one crop of each.
ARTICLE_EPOCHS = 50
ARTICLE_PHOTOGRAPHS = 3670 - 600
ARTICLE_IMAGES = ARTICLE_EPOCHS * ARTICLE_PHOTOGRAPHS
ARTICLE_CROP_SIZE = 128

_SOURCES = {
    "tfds": "`{name}`, as TensorFlow Datasets serves it",
    "folder": "the files in `{path}`",
    "sample": "the colour photographs that scikit-image and scikit-learn carry",
}


def describe_data(
    split: pd.DataFrame, validation_crops: Mapping[str, Any], summary: Mapping[str, Any]
) -> str:
    """Says where the photographs come from, and how many train and how many judge.

    Args:
        split: A row for each photograph.
        validation_crops: ``high_resolution`` ``(N, S, S, 3)`` and ``position`` ``(N,)``.
        summary: A variant's ``training_summary``: ``photographs``, the parameters of their source, and
            ``training_photographs``, how many were trained on.
    """
    source = _SOURCES[summary["photographs"]["source"]].format(**summary["photographs"])
    training = summary["training_photographs"]
    held_out = len(set(validation_crops["position"].tolist()))
    crops, side = validation_crops["high_resolution"].shape[:2]
    left_out = len(split) - training - held_out
    too_small = f" ({left_out:,} are smaller than a crop and left out)" if left_out else ""
    return (
        f"The photographs are {source}: **{len(split):,}** in all, **{training:,}** to train on and "
        f"**{held_out:,}** held out for validation{too_small}. "
        f"{_count(crops, 'crop')} of {_sides({side})} pixels, cut once from the held-out ones, "
        f"{'judges' if crops == 1 else 'judge'} every method; "
        f"the methods are given {_sides({side // 4})} pixels each."
    )


def describe_budget(summaries: Summaries) -> str:
    """Says that variants are undertrained, and by how much; nothing where none is.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    seen = {name: summary["images"] for name, summary in summaries.items()}
    below = [images for images in seen.values() if images < ARTICLE_IMAGES]
    if not below:
        return ""
    low, high = min(below), max(below)
    crops = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    share = _percent(low) if low == high else f"{_percent(low)} to {_percent(high)}"
    sizes = {summary["parameters"]["crops"]["size"] for summary in summaries.values()} - {ARTICLE_CROP_SIZE}
    other_size = f", of {_sides(sizes)} pixels instead of {_sides({ARTICLE_CROP_SIZE})}" if sizes else ""
    return (
        f"> **Undertrained.** The article gave each variant {ARTICLE_EPOCHS} epochs over "
        f"{ARTICLE_PHOTOGRAPHS:,} photographs, {ARTICLE_IMAGES:,} crops. In this run "
        f"{_of(len(below), len(seen))} variants saw {crops} crops ({share} of that){other_size}. "
        "Read what follows as a comparison under this budget, not as what the methods can do."
    )


def describe_perceptual_network(summaries: Summaries) -> str:
    """Says which network stands in for VGG19; nothing where none does.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    settings = [summary["parameters"]["perceptual"] for summary in summaries.values()]
    used = [perceptual for perceptual in settings if perceptual and perceptual["network"] == "vgg16"]
    if not used:
        return ""
    raw = used[0]["preprocessing"] == "none"
    fed = "fed raw on [-1, 1], as the article feeds VGG19" if raw else "fed as it was trained"
    return (
        "> **VGG16 instead of VGG19.** The paper and the article compare feature maps of VGG19. Here they "
        f"are VGG16's, trained on the same ImageNet and {fed}. The article's loss adds up what differs after "
        "every convolution on its way: “2.2” the first five, up to `block3_conv1`, which both networks "
        "have; “5.4” all of them, thirteen up to `block5_conv3`, which stands in for VGG19's sixteenth, "
        "`block5_conv4`."
    )


def describe_winners(comparison: pd.DataFrame) -> str:
    """Says which variant has the highest PSNR and which the highest SSIM, beside bicubic.

    Args:
        comparison: The saved table of the same name.
    """
    bicubic = comparison[comparison["method"] == "bicubic"].iloc[0]
    variants = comparison[comparison["method"].isin(list(VARIANTS))]
    psnr, ssim = (variants.nlargest(1, measure).iloc[0] for measure in ("psnr", "ssim"))
    second = "" if ssim["label"] == psnr["label"] else f"**{ssim['label']}** "
    return (
        f"Among the variants **{psnr['label']}** has the highest PSNR, {psnr['psnr']:.2f} dB "
        f"(bicubic: {bicubic['psnr']:.2f} dB), and {second}the highest SSIM, {ssim['ssim']:.4f} "
        f"(bicubic: {bicubic['ssim']:.4f})."
    )


def describe_baseline_gap(comparison: pd.DataFrame) -> str:
    """Says plainly which variants stay behind bicubic interpolation in PSNR, and by how much.

    Args:
        comparison: The saved table of the same name.
    """
    variants = comparison[comparison["method"].isin(list(VARIANTS))]
    behind = variants[variants["psnr_over_bicubic"] < 0]
    if behind.empty:
        gains = variants["psnr_over_bicubic"]
        return f"Every variant is ahead of bicubic in PSNR, by {gains.min():.2f} to {gains.max():.2f} dB."
    gaps = ", ".join(
        f"{label} by {-gap:.2f} dB"
        for label, gap in zip(behind["label"], behind["psnr_over_bicubic"], strict=True)
    )
    return (
        f"> **Behind bicubic.** In PSNR {_of(len(behind), len(variants))} variants "
        f"{'stays' if len(behind) == 1 else 'stay'} behind bicubic interpolation: {gaps}."
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _of(part: int, whole: int) -> str:
    return f"all {whole}" if part == whole else f"{part} of {whole}"


def _percent(images: int) -> str:
    return f"{images / ARTICLE_IMAGES:.2%}"


def _sides(sizes: set[int]) -> str:
    return " and ".join(f"{size} \N{MULTIPLICATION SIGN} {size}" for size in sorted(sizes))
