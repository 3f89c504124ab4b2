"""Tables of the report: what the variants are, how they were trained, how good they are."""

import pandas as pd

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.reporting.display import Shown, show_table
from srgan_report.reporting.text.caveats import note_divergence
from srgan_report.reporting.text.protocol import ARTICLE_IMAGES, count_earlier_crops, describe_content_loss
from srgan_report.reporting.text.results import Results
from srgan_report.reporting.words import duration
from srgan_report.variants import VARIANTS

_ARROWS = {True: " ↑", False: " ↓"}


def variants_table(results: Results) -> Shown:
    """What the variants are: a content loss each, with or without a discriminator."""
    rows = []
    for name, summary in results.summaries.items():
        weight = summary["parameters"]["training"]["adversarial_weight"]
        rows.append(
            {
                "Variant": VARIANTS[name].label,
                "Content loss": describe_content_loss(name, summary),
                "Adversarial weight": str(weight) if VARIANTS[name].adversarial else "—",
            }
        )
    return show_table(pd.DataFrame(rows))


def training_table(results: Results) -> Shown:
    """How long each variant was trained, and on how much: its budget, and where it diverged."""
    rows = []
    earlier = count_earlier_crops(results)
    for name, summary in results.summaries.items():
        training, perceptual = summary["parameters"]["training"], summary["parameters"]["perceptual"]
        crops, complete = earlier[name]
        share = (summary["images"] + crops) / ARTICLE_IMAGES
        least = f"at least {crops:,}" if crops else "not recorded"
        rows.append(
            {
                "Variant": VARIANTS[name].label,
                "Epochs": training["epochs"],
                "Steps": summary["steps"],
                "Batch size": training["batch_size"],
                "Crops": summary["images"],
                "Earlier crops": f"{crops:,}" if complete else least,
                "Share of the article's": f"{'' if complete else '≥ '}{share:.2%}",
                "Perceptual network": perceptual["network"].upper() if perceptual else None,
                "Time": duration(summary["seconds"]),
            }
        )
    counts = dict.fromkeys(("Epochs", "Steps", "Crops"), "{:,}")
    return show_table(
        pd.DataFrame(rows),
        formats=counts,
        notes={"Variant": [note_divergence(summary) for summary in results.summaries.values()]},
        unbroken=["Earlier crops", "Share of the article's", "Time"],
    )


def comparison_table(results: Results) -> Shown:
    """How good each method is on the validation crops; the best is bold and the second best underlined.

    Below each mean is its 95% interval, where it has one. A variant that diverged has no metrics, and
    says where it did.
    """
    comparison, summaries = results.comparison, results.summaries
    labels = {name: metric.label + _ARROWS[metric.higher_is_better] for name, metric in METRICS.items()}
    over_bicubic = "PSNR over bicubic (dB)"
    shown = comparison[["label", *METRICS, "psnr_over_bicubic"]]
    shown = shown.set_axis(["Method", *labels.values(), over_bicubic], axis="columns")
    best = {
        label: "highest" if METRICS[name].higher_is_better else "lowest" for name, label in labels.items()
    }
    return show_table(
        shown,
        formats={label: write(metric) for metric, label in labels.items()} | {over_bicubic: "{:+.2f}"},
        best=best,
        notes={"Method": [note_divergence(summaries.get(name, {})) for name in comparison["method"]]}
        | {label: intervals(comparison, metric) for metric, label in labels.items()},
    )


def write(metric: str) -> str:
    """How a value of a metric is written, as for ``str.format``."""
    return f"{{:.{METRICS[metric].digits}f}}"


def intervals(means: pd.DataFrame, metric: str) -> list[str]:
    """The interval of each row's mean, with a digit less than the mean; empty where there is none.

    Args:
        means: With columns ``{metric}_low`` and ``{metric}_high``.
        metric: A name of ``METRICS``.
    """
    digits = METRICS[metric].digits - 1
    low, high = means[f"{metric}_low"], means[f"{metric}_high"]
    ends = zip(low, high, strict=True)
    return ["" if pd.isna(a) or pd.isna(b) else f"{a:.{digits}f} to {b:.{digits}f}" for a, b in ends]
