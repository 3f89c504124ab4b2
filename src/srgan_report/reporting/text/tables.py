"""Tables of the report: what the variants are, how they were trained, how good they are."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML

from srgan_report.evaluation.metric_names import MEASURES
from srgan_report.reporting.text.caveats import note_divergence
from srgan_report.reporting.text.display import show_table
from srgan_report.reporting.text.protocol import ARTICLE_IMAGES, describe_content_loss
from srgan_report.reporting.text.words import duration
from srgan_report.variants import VARIANTS

Summaries = Mapping[str, Mapping[str, Any]]


def variants_table(summaries: Summaries) -> HTML:
    """What the variants are: a content loss each, with or without a discriminator.

    Args:
        summaries: Each variant's ``training_summary``, which says what its content loss compared.
    """
    return show_table(
        pd.DataFrame(
            {
                "Variant": VARIANTS[name].label,
                "Content loss": describe_content_loss(name, summary),
                "Adversarial loss": "yes" if VARIANTS[name].adversarial else "no",
            }
            for name, summary in summaries.items()
        )
    )


def training_table(summaries: Summaries) -> HTML:
    """How long each variant was trained, and on how much: its budget, and where it diverged.

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
                "Time": duration(summary["seconds"]),
            }
        )
    counts = dict.fromkeys(("Epochs", "Steps", "Crops seen"), "{:,}")
    return show_table(
        pd.DataFrame(rows),
        formats=counts | {"Share of the article's": "{:.2%}"},
        notes={"Variant": [note_divergence(summary) for summary in summaries.values()]},
        unbroken=["Time"],
    )


def comparison_table(comparison: pd.DataFrame, summaries: Summaries) -> HTML:
    """How good each method is on the validation crops; the best of each measure is bold.

    Below each mean stands its 95% interval, where it has one. A variant that diverged has no measures, and
    says where it did.

    Args:
        comparison: The saved table of the same name.
        summaries: Each variant's ``training_summary``.
    """
    over_bicubic = "PSNR over bicubic (dB)"
    shown = pd.DataFrame({"Method": comparison["label"]})
    for measure in MEASURES:
        shown[MEASURES[measure].label] = comparison[measure]
    shown[over_bicubic] = comparison["psnr_over_bicubic"]
    return show_table(
        shown,
        formats={MEASURES[measure].label: write(measure) for measure in MEASURES} | {over_bicubic: "{:+.2f}"},
        best={
            measure.label: "highest" if measure.higher_is_better else "lowest"
            for measure in MEASURES.values()
        },
        notes={"Method": [note_divergence(summaries.get(name, {})) for name in comparison["method"]]}
        | {MEASURES[measure].label: intervals(comparison, measure) for measure in MEASURES},
    )


def write(measure: str) -> str:
    """How a value of a measure is written, as for ``str.format``."""
    return f"{{:.{MEASURES[measure].digits}f}}"


def intervals(means: pd.DataFrame, measure: str) -> list[str]:
    """The interval of each row's mean, with a digit less than the mean; empty where there is none.

    Args:
        means: With columns ``{measure}_low`` and ``{measure}_high``.
        measure: A name of ``MEASURES``.
    """
    digits = MEASURES[measure].digits - 1
    ends = zip(means[f"{measure}_low"], means[f"{measure}_high"], strict=True)
    return [
        f"{low:.{digits}f} to {high:.{digits}f}" if np.isfinite([low, high]).all() else ""
        for low, high in ends
    ]
