"""What was run: budgets, starts, losses, and what limits the numbers. All of it comes from saved results."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd
from IPython.display import HTML

from srgan_report.evaluation.comparison import find_exact, find_start, has_diverged
from srgan_report.reporting.display import show_table
from srgan_report.reporting.templates import say
from srgan_report.reporting.text.results import Results, group_by_value
from srgan_report.reporting.words import as_code, as_text, duration, join, part_of
from srgan_report.variants import VARIANTS

Summaries = Mapping[str, Mapping[str, Any]]

# The article's budget for one variant: 50 epochs ("Training") over tf_flowers' 3670 photographs without
# the 600 that are validation ("Loading the data"), one crop of each.
ARTICLE_EPOCHS = 50
ARTICLE_PHOTOGRAPHS = 3670 - 600
ARTICLE_IMAGES = ARTICLE_EPOCHS * ARTICLE_PHOTOGRAPHS
ARTICLE_CROP_SIZE = 128

_DIGITS = 12  # of a fingerprint: enough to tell two of them apart


def count_crops(results: Results) -> pd.DataFrame:
    """How many crops each variant was trained on.

    Returns:
        A row for each, by its label: ``earlier`` crops, of its starting weights, and whether these are known
        to be ``complete``; crops ``seen`` in all, whether these are too ``few`` (fewer than the article's),
        and whether the training ``finished``, so that it counts.
    """
    rows = {}
    for name, summary in results.summaries.items():
        earlier, complete = _count_earlier(name, results.summaries, results.pretrained)
        seen, finished = summary["images"] + earlier, not has_diverged(summary)
        few = finished and complete and seen < ARTICLE_IMAGES
        facts = {"earlier": earlier, "complete": complete, "seen": seen, "few": few, "finished": finished}
        rows[VARIANTS[name].label] = facts
    return pd.DataFrame.from_dict(rows, orient="index")


def _count_earlier(name: str, among: Summaries, pretrained: Summaries) -> tuple[int, bool]:
    start = find_start(among[name], among.get("srresnet_mse", {}))
    if start == "scratch":
        return 0, True
    if start == "alike":
        return _count_earlier("srresnet_mse", among, pretrained)
    ships = among[name]["generator_sha256"] in {each["generator_sha256"] for each in pretrained.values()}
    origin, source = (name, pretrained) if start == "pretrained" else (start, among)
    if origin not in source or (start == "pretrained" and ships):  # earlier pretrained weights are not kept
        return 0, False
    crops, complete = _count_earlier(origin, source, pretrained)
    return crops + int(source[origin]["images"]), complete


def group_starts(summaries: Summaries) -> dict[str, list[str]]:
    """The labels of the variants by where they started, as ``find_start`` calls it."""
    labels: dict[str, list[str]] = defaultdict(list)
    for name, summary in summaries.items():
        labels[find_start(summary, summaries.get("srresnet_mse", {}))].append(VARIANTS[name].label)
    return labels


def find_mixed(summaries: Summaries) -> list[str]:
    """Where variants were not trained by one protocol: each parameter, its values and who had them.

    They may differ in ``training`` parameters, which is said elsewhere; of the discriminator and of the
    perceptual network only those variants count that have one.
    """
    mixed = []
    for parameter, by_value in group_by_value(summaries).items():
        if len(by_value) > 1 and parameter != "threads" and not parameter.startswith("training."):
            had = [
                f"{as_code(value[:_DIGITS] if parameter == 'data_sha256' else value)} "
                f"({join([VARIANTS[name].label for name in names])})"
                for value, names in by_value.items()
            ]
            mixed.append(f"`{parameter}` is {join(had)}")
    return mixed


def count_left_out(results: Results) -> list[str]:
    """How many pictures are in no mean, as some method reproduces them exactly: of crops, of each set."""
    crop, metrics, measured = ["position", "crop"], results.photograph_metrics, results.benchmark_comparison
    counts = []
    if left_out := len(metrics.loc[find_exact(metrics), crop].drop_duplicates()):
        counts.append(f"{part_of(left_out, len(metrics[crop].drop_duplicates()))} validation crops")
    if measured is not None:
        sets = measured[measured["left_out"] > 0].drop_duplicates("set")
        for name, images, left_out in sets[["set", "images", "left_out"]].to_numpy().tolist():
            counts.append(f"{part_of(left_out, images + left_out)} images of {as_text(str(name))}")
    return counts


def variants_table(results: Results) -> HTML:
    """What the variants are: a content loss each, with or without a discriminator."""
    rows = []
    for name, summary in results.summaries.items():
        variant, parameters = VARIANTS[name], summary["parameters"]
        loss = say("content_loss", loss=variant.content_loss, perceptual=parameters["perceptual"])
        weight = str(parameters["training"]["adversarial_weight"]) if variant.adversarial else "—"
        rows.append({"Variant": variant.label, "Content loss": loss, "Adversarial weight": weight})
    return show_table(pd.DataFrame(rows))


def training_table(results: Results) -> HTML:
    """How long each variant was trained, and on how much: its budget, and where it diverged."""
    rows = []
    counted = count_crops(results).to_dict("index").items()
    for summary, (label, crops) in zip(results.summaries.values(), counted, strict=True):
        training, perceptual = summary["parameters"]["training"], summary["parameters"]["perceptual"]
        earlier, share = f"{crops['earlier']:,}", f"{crops['seen'] / ARTICLE_IMAGES:.2%}"
        if not crops["complete"]:
            earlier, share = f"at least {earlier}" if crops["earlier"] else "not recorded", f"≥ {share}"
        rows.append(
            {
                "Variant": label,
                "Epochs": training["epochs"],
                "Steps": summary["steps"],
                "Batch size": training["batch_size"],
                "Crops": summary["images"],
                "Earlier crops": earlier,
                "Share of the article's": share,
                "Perceptual network": perceptual["network"].upper() if perceptual else None,
                "Time": duration(summary["seconds"]),
            }
        )
    return show_table(
        pd.DataFrame(rows),
        formats=dict.fromkeys(("Epochs", "Steps", "Crops"), "{:,}"),
        notes={"Variant": [note_divergence(summary) for summary in results.summaries.values()]},
        unbroken=["Earlier crops", "Share of the article's", "Time"],
    )


def note_divergence(summary: Mapping[str, Any]) -> str:
    """Says by its summary in which step a variant diverged, in a few words; nothing where it did not."""
    return f"diverged in step {summary['diverged']['step']:,}" if has_diverged(summary) else ""
