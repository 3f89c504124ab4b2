"""What was run: photographs, budgets, starts, losses. Every number comes from saved results."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from IPython.display import HTML

from srgan_report.data.photographs import DAMAGED
from srgan_report.errors import MAX_NAMED
from srgan_report.evaluation.comparison import find_start, has_diverged
from srgan_report.reporting.display import show_table
from srgan_report.reporting.templates import say
from srgan_report.reporting.text.results import Results
from srgan_report.reporting.words import as_text, duration, span
from srgan_report.variants import VARIANTS

Summaries = Mapping[str, Mapping[str, Any]]

# The article's budget for one variant: 50 epochs ("Training") over tf_flowers' 3670 photographs without
# the 600 that are validation ("Loading the data"), one crop of each.
ARTICLE_EPOCHS = 50
ARTICLE_PHOTOGRAPHS = 3670 - 600
ARTICLE_IMAGES = ARTICLE_EPOCHS * ARTICLE_PHOTOGRAPHS
ARTICLE_CROP_SIZE = 128


def describe_data(results: Results) -> str:
    """Says where the photographs come from, and how many train and how many judge."""
    summary = results.summaries["srresnet_mse"]
    crops = results.validation_crops
    held_out = len(set(crops["position"].tolist()))
    training = summary["training_photographs"]
    damaged = results.split[results.split["subset"] == DAMAGED]
    return say(
        "data",
        **summary["photographs"],
        all=len(results.split),
        training=training,
        held_out=held_out,
        left_out=len(results.split) - len(damaged) - training - held_out,
        damaged=len(damaged),
        named=", ".join(map(as_text, damaged["id"].iloc[:MAX_NAMED])),
        more=max(0, len(damaged) - MAX_NAMED),
        crops=len(crops["high_resolution"]),
        side=crops["high_resolution"].shape[1],
        antialiased=summary["parameters"]["crops"]["downscaling"] == "antialiased_bicubic",
    )


def count_earlier_crops(results: Results) -> dict[str, tuple[int, bool]]:
    """How many crops each variant's starting weights were trained on, and whether that is known to be all."""
    return {name: _earlier(name, results.summaries, results.pretrained) for name in results.summaries}


def _earlier(name: str, among: Summaries, pretrained: Summaries) -> tuple[int, bool]:
    start = find_start(among[name], among.get("srresnet_mse", {}))
    if start == "scratch":
        return 0, True
    if start == "alike":
        return _earlier("srresnet_mse", among, pretrained)
    ships = among[name]["generator_sha256"] in {each["generator_sha256"] for each in pretrained.values()}
    origin, source = (name, pretrained) if start == "pretrained" else (start, among)
    if origin not in source or (start == "pretrained" and ships):  # earlier pretrained weights are not kept
        return 0, False
    crops, complete = _earlier(origin, source, pretrained)
    return crops + int(source[origin]["images"]), complete


def describe_budget(results: Results) -> str:
    """Says that variants are undertrained, and by how much; nothing where none that finished is."""
    earlier, seen = count_earlier_crops(results), crops_seen(results)
    below = [crops for name, crops in seen.items() if crops < ARTICLE_IMAGES and earlier[name][1]]
    if not below:
        return ""
    low, high = min(below), max(below)
    sizes = {summary["parameters"]["crops"]["size"] for summary in results.summaries.values()}
    return say(
        "budget",
        epochs=ARTICLE_EPOCHS,
        photographs=ARTICLE_PHOTOGRAPHS,
        article=ARTICLE_IMAGES,
        part=len(below),
        whole=len(seen),
        low=low,
        high=high,
        share=" to ".join(f"{crops / ARTICLE_IMAGES:.2%}" for crops in dict.fromkeys((low, high))),
        sizes=sizes - {ARTICLE_CROP_SIZE},
        size=ARTICLE_CROP_SIZE,
        before=any(crops for crops, _ in earlier.values()),
        unknown=[VARIANTS[name].label for name, (_, complete) in earlier.items() if not complete],
    )


def describe_unequal_budgets(results: Results) -> str:
    """Says that differences between variants are not those of their losses alone; nothing where they are."""
    unequal = len(set(crops_seen(results).values())) > 1
    return say("unequal_budgets", crops=describe_crops(results)) if unequal else ""


def describe_crops(results: Results) -> str:
    """Says on how many crops the variants were trained, in a few words; not those that diverged."""
    images, earlier = crops_seen(results), count_earlier_crops(results)
    text = f"{span(min(images.values(), default=0), max(images.values(), default=0))} crops"
    if all(earlier[name][1] for name in images):
        return text
    return f"at least {text} (earlier ones, of the weights that they started from, are not recorded)"


def describe_start(results: Results) -> str:
    """Says from which weights the generators started."""
    starts = ("scratch", "pretrained", "saved", "alike", "srresnet_mse", "another")
    labels: dict[str, list[str]] = {start: [] for start in starts}
    first = results.summaries.get("srresnet_mse", {})
    for name, summary in results.summaries.items():
        labels[find_start(summary, first)].append(VARIANTS[name].label)
    return say("start", from_mse=labels.pop("srresnet_mse"), **labels)


def crops_seen(results: Results) -> dict[str, int]:
    """How many crops each variant was trained on, its starting weights too; not those that diverged."""
    earlier = count_earlier_crops(results)
    return {
        name: summary["images"] + earlier[name][0]
        for name, summary in results.summaries.items()
        if not has_diverged(summary)
    }


def describe_perceptual_network(results: Results) -> str:
    """Says which network is used instead of VGG19; nothing where none is."""
    settings = [summary["parameters"]["perceptual"] for summary in results.summaries.values()]
    used = [perceptual for perceptual in settings if perceptual and perceptual["network"] == "vgg16"]
    if not used:
        return ""
    same = any(perceptual["formulation"] == "all_layers" for perceptual in used)
    return say("perceptual_network", raw=used[0]["preprocessing"] == "none", same=same)


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


def note_divergence(summary: Mapping[str, Any]) -> str:
    """Says by its summary in which step a variant diverged, in a few words; nothing where it did not."""
    return f"diverged in step {summary['diverged']['step']:,}" if has_diverged(summary) else ""
