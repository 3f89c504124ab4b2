"""Measures a training step of each variant beside the article's own, in one process.

Both start from the same weights and take the same batch. They take turns, and the order turns with every
repeat, so that whatever else slows the machine down slows both: trust the ratio (the article's seconds by the
project's, median of the repeats) before the seconds.
"""

import json
import os
import re
import sys
import time
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from platform import machine, processor, python_version
from statistics import median
from typing import Any

import article_step
import keras
import tensorflow as tf

from srgan_report.crops import SCALE, downscale
from srgan_report.losses import PerceptualLoss, pixel_mse
from srgan_report.networks import build_discriminator, build_generator, build_perceptual_network
from srgan_report.trainer import Trainer
from srgan_report.variants import VARIANTS, Variant


def build_steps(variant: Variant, size: int, batch_size: int) -> dict[str, Callable[[], Any]]:
    """Makes the article's step and the project's: the same initial weights, the same random batch."""
    high_resolution = tf.random.stateless_uniform((batch_size, size, size, 3), (0, 0), -1, 1)
    batch = downscale((high_resolution + 1) / 2, "bilinear"), high_resolution
    theirs, ours = {"generator": article_step.build_generator()}, {"generator": build_generator()}
    if variant.adversarial:
        theirs["discriminator"] = article_step.build_discriminator(size)
        ours["discriminator"] = build_discriminator(crop_size=size)
    for name, network in ours.items():
        theirs[name].set_weights(network.get_weights())
    their_loss, our_loss = _vgg_losses(variant) if variant.perceptual else (article_step.pixel_mse, pixel_mse)
    article = article_step.build_step(content_loss=their_loss, **theirs)
    trainer = Trainer(
        variant.name, content_loss=our_loss, learning_rate=1e-3, adversarial_weight=1e-3, **ours
    )
    # The private function is the very one that Trainer.train calls.
    return {"article": lambda: article(*batch), "project": lambda: trainer._compiled_step(*batch)}


def _vgg_losses(variant: Variant) -> tuple[article_step.Loss, PerceptualLoss]:
    vgg = keras.applications.VGG19(weights=None, include_top=False, input_shape=(None, None, 3))
    network = build_perceptual_network(vgg, content_loss=variant.content_loss, preprocessing="none")
    last = (2, 2) if variant.content_loss == "vgg22" else (5, 4)
    return partial(article_step.vgg_loss, vgg, last), PerceptualLoss(network, scale=0.006)


def measure(variant: Variant, size: int, batch_size: int, repeats: int) -> dict[str, Any]:
    """Measures both steps of a variant, and beside them a float32 matrix product."""
    matrix = tf.random.stateless_uniform((2048, 2048), (0, 0))
    calls = build_steps(variant, size, batch_size) | {"matrix_product": lambda: matrix @ matrix}
    first = {name: _clock(call) for name, call in calls.items()}
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for repeat in range(repeats):
        for name in list(calls)[:: -1 if repeat % 2 else 1]:
            seconds[name].append(_clock(calls[name]))
    pairs = zip(seconds["article"], seconds["project"], strict=True)
    measured: dict[str, Any] = {"ratio": median(theirs / ours for theirs, ours in pairs)}
    for name in ("article", "project"):
        measured[f"{name}_seconds"] = median(seconds[name])
        measured[f"{name}_images_per_second"] = batch_size / median(seconds[name])
        measured[f"{name}_first_step_seconds"] = first[name]
    measured["matrix_product_gflops"] = 2e-9 * len(matrix) ** 3 / median(seconds["matrix_product"])
    return measured | {"repeats": seconds}


def _clock(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    tf.test.experimental.sync_devices()
    return time.perf_counter() - started


def describe_machine() -> dict[str, Any]:
    """Says what the numbers are measured on, and how busy it was before."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else []
    return {
        "cpu": names[0] if names else processor() or machine(),
        "cores": os.cpu_count(),
        "gpus": len(tf.config.list_physical_devices("GPU")),
        "load_average": round(os.getloadavg()[0], 2),
    }


def to_markdown(result: dict[str, Any]) -> str:
    """Writes a row for each variant, and below them how and on what they were measured."""
    variants = result["variants"]
    columns = [key for key in next(iter(variants.values())) if key != "repeats"]
    rows = [["variant", *(column.replace("_", " ") for column in columns)], ["---"] + ["---:"] * len(columns)]
    for name, measured in variants.items():
        rows.append([VARIANTS[name].label, *(f"{measured[column]:.2f}" for column in columns)])
    facts = result["settings"] | result["machine"] | result["versions"]
    notes = [f"- {name.replace('_', ' ')}: {fact}" for name, fact in facts.items()]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), "", *notes])


def parse_arguments(arguments: Sequence[str] | None) -> Namespace:
    """Reads the command line; what is wrong with it ends the program with one line and status 2."""
    parser = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("variants", nargs="*", default=list(VARIANTS), help="which to measure")
    parser.add_argument("--size", type=int, default=128, help="pixels of an HR crop's side")
    parser.add_argument("--batch-size", type=int, default=16, help="crops in a step")
    parser.add_argument("--repeats", type=int, default=5, help="steps of each that count")
    parser.add_argument("--output", type=Path, default="data/08_reporting/benchmarks", help="results' folder")
    options = parser.parse_args(arguments)
    unknown = ", ".join(name for name in options.variants if name not in VARIANTS)
    if unknown:
        parser.exit(2, f"Variants must be among {', '.join(VARIANTS)}. Received: {unknown}.\n")
    least = 32 if any("vgg54" in name for name in options.variants) else SCALE  # VGG halves it five times
    if options.size < least or options.size % SCALE:
        parser.exit(2, f"--size must be a multiple of {SCALE}, {least} or more. Received: {options.size}.\n")
    if min(numbers := [options.batch_size, options.repeats]) < 1:
        parser.exit(2, f"--batch-size and --repeats must be at least 1. Received: {numbers}.\n")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints and saves."""
    options = parse_arguments(arguments)
    sizes = {"size": options.size, "batch_size": options.batch_size, "repeats": options.repeats}
    result: dict[str, Any] = {
        "settings": sizes | {"perceptual_network": "VGG19, random weights: costs what ImageNet's do"},
        "machine": describe_machine(),
        "versions": {"TensorFlow": tf.__version__, "Keras": keras.__version__, "Python": python_version()},
        "variants": {},
    }
    for name in dict.fromkeys(options.variants):
        print(f"Measuring {name} ...", file=sys.stderr, flush=True)
        keras.utils.set_random_seed(0)  # for VGG's weights
        result["variants"][name] = measure(VARIANTS[name], **sizes)
    options.output.mkdir(parents=True, exist_ok=True)
    for suffix, text in {"json": json.dumps(result, indent=2), "md": to_markdown(result)}.items():
        (options.output / f"training_step.{suffix}").write_text(text + "\n")
    print(to_markdown(result))


if __name__ == "__main__":
    main()
