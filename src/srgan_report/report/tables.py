"""Tables of the report: what the variants are, how they were trained, how good they are."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from IPython.display import HTML

from srgan_report.report.display import show_table
from srgan_report.report.sentences import ARTICLE_IMAGES
from srgan_report.variants import VARIANTS

Summaries = Mapping[str, Mapping[str, Any]]

_CONTENT_LOSSES = {
    "mse": "pixel mean squared error",
    # As the article's code computes them; see networks/perceptual.py.
    "vgg22": "feature maps of a VGG network: its first five convolutions (“2.2”)",
    "vgg54": "feature maps of a VGG network: all its convolutions (“5.4”)",
}


def variants_table() -> HTML:
    """What the variants are: a content loss each, with or without a discriminator."""
    return show_table(
        pd.DataFrame(
            {
                "Variant": variant.label,
                "Content loss": _CONTENT_LOSSES.get(variant.content_loss, variant.content_loss),
                "Adversarial loss": "yes" if variant.adversarial else "no",
            }
            for variant in VARIANTS.values()
        )
    )


def training_table(summaries: Summaries) -> HTML:
    """How long each variant was trained, and on how much: its budget.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    rows = []
    for name, summary in summaries.items():
        training, perceptual = summary["parameters"]["training"], summary["parameters"]["perceptual"]
        rows.append(
            {
                "Variant": VARIANTS[name].label,
                "Epochs": training["epochs"],
                "Steps": summary["steps"],
                "Batch size": training["batch_size"],
                "Crops seen": summary["images"],
                "Share of the article's": summary["images"] / ARTICLE_IMAGES,
                "Perceptual network": perceptual["network"].upper() if perceptual else None,
                "Time": _duration(summary["seconds"]),
            }
        )
    counts = dict.fromkeys(("Epochs", "Steps", "Crops seen"), "{:,}")
    return show_table(pd.DataFrame(rows), formats=counts | {"Share of the article's": "{:.2%}"})


def comparison_table(comparison: pd.DataFrame) -> HTML:
    """How good each method is on the validation crops; the best of each measure is bold.

    Args:
        comparison: The saved table of the same name.
    """
    columns = {
        "label": "Method",
        "psnr": "PSNR (dB)",
        "ssim": "SSIM",
        "psnr_over_bicubic": "Over bicubic (dB)",
    }
    return show_table(
        comparison[list(columns)].rename(columns=columns),
        formats={"PSNR (dB)": "{:.2f}", "SSIM": "{:.4f}", "Over bicubic (dB)": "{:+.2f}"},
        best=["PSNR (dB)", "SSIM"],
    )


def _duration(seconds: float) -> str:
    """Seconds as a person says them: ``48 s``, ``3 min 20 s``, ``2 h 5 min``."""
    total = round(seconds)
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return f"{total // 60} min {total % 60} s"
    return f"{total // 3600} h {total % 3600 // 60} min"
