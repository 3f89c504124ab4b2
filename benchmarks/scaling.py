"""Reckons what the project needs at the paper's scale, from its own networks and from what was measured.

Renews ``docs/scaling/`` and, in docs/scaling.md, whatever stands between ``<!-- scaling: NAME -->`` and
``<!-- end -->``: no number there is typed in. Other people's figures are the constants below.
"""

import json
import shutil
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
from flops import step_flop
from markdown_tables import renew_tables
from omegaconf import OmegaConf
from scaling_tables import to_markdown

from srgan_report.crops import SCALE
from srgan_report.networks import build_discriminator, build_generator, build_perceptual_network
from srgan_report.variants import VARIANTS

PROJECT = Path(__file__).parents[1]
RESULTS = PROJECT / "docs" / "scaling"
SPEED = PROJECT / "docs" / "speed"
DOCUMENT = PROJECT / "docs" / "scaling.md"

# Photographs, and the bytes of their files. tf_flowers 3.0.1: its dataset_info.json. ImageNet: the archive
# ILSVRC2012_img_train.tar as TensorFlow Datasets 4.9.10 lists it (datasets/imagenet2012/checksums.tsv), and
# Russakovsky et al. 2015, table 2, for how many it holds. Ledig et al. 2017 (section 3.2) took 350,000 of it
# at random, which are reckoned at the archive's mean.
IMAGENET = (1_281_167, 147_897_477_120)
PHOTOGRAPHS = {
    "tf_flowers": (3_670, 232_609_257),
    "the paper's part of ImageNet": (350_000, 350_000 * IMAGENET[1] // IMAGENET[0]),
    "ImageNet, training": IMAGENET,
}
VALIDATION = (600, 50_000)  # photographs: the article's, and ImageNet's own validation set

FLOAT = 4  # bytes
STEP_SECONDS = (1.0, 0.1, 0.03, 0.01)  # to reckon with; of no device in particular
WORKERS = 8
SHARE = 0.1  # of a step's time that an all-reduce may take


def checkpoint_bytes(*networks: keras.Model) -> int:
    """Reckons a checkpoint: all of the networks' variables, and Adam's two moments of those trained."""
    return FLOAT * sum(network.count_params() + 2 * _trained(network) for network in networks)


def gradient_bytes(*networks: keras.Model) -> int:
    """Reckons what a step has to add up over all workers."""
    return FLOAT * sum(map(_trained, networks))


def _trained(network: keras.Model) -> int:
    return sum(variable.value.shape.num_elements() for variable in network.trainable_variables)


def crop_bytes(size: int) -> int:
    """Reckons a validation crop: HR in 8 bits, LR in float32, three channels each."""
    return 3 * size**2 + 3 * FLOAT * (size // SCALE) ** 2


def all_reduce_bytes(gradients: int, workers: int) -> float:
    """Reckons what each worker sends, and receives, in a ring: the least that any algorithm needs."""
    return 2 * (workers - 1) / workers * gradients


def reckon(speed: Path, many_records: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Reckons all tables.

    Args:
        speed: The folder of ``training_step.json`` and ``input_pipeline.json``.
        many_records: What ``many_records.py`` measured.

    Returns:
        A list of rows for each block of the document.
    """
    training_step, input_pipeline = (
        json.loads((speed / f"{name}.json").read_text()) for name in ("training_step", "input_pipeline")
    )
    paper = OmegaConf.load(PROJECT / "conf" / "paper" / "parameters.yml")
    generators = {"article": build_generator(), "paper": build_generator(**paper.generator)}
    discriminators = {
        "article": build_discriminator(),
        "paper": build_discriminator(crop_size=paper.crops.size, **paper.discriminator),
    }
    largest = max(many_records["rows"], key=lambda row: row["records"])
    crops = next(case for case in input_pipeline["cases"] if case["size"] == paper.crops.size)
    return {
        "data": _data_rows(paper, largest),
        "networks": [_network_row(name, generators[name], discriminators[name]) for name in generators],
        "all_reduce": _all_reduce_rows(generators["paper"], discriminators["paper"]),
        "input": _input_rows(paper.training.batch_size, crops["cpu_ms_per_image"]),
        "cost": _cost_rows(paper, generators["paper"], discriminators["paper"], training_step, crops),
        "many_records": many_records["rows"],
    }


def _data_rows(paper: Any, largest: Mapping[str, Any]) -> list[dict[str, Any]]:
    images = paper.training.batch_size * _steps(paper, adversarial=False)
    return [
        {
            "photographs": name,
            "number": number,
            "gigabytes": size / 1e9,
            "kilobytes_each": size / number / 1e3,
            "passes_of_srresnet": images / number,
            "split_csv_megabytes": largest["csv_mb"] * number / largest["records"],
            "inspection_cpu_hours": largest["inspect_cpu_ms"] * number / 3.6e6,
        }
        for name, (number, size) in PHOTOGRAPHS.items()
    ]


def _network_row(name: str, generator: keras.Model, discriminator: keras.Model) -> dict[str, Any]:
    size = discriminator.input_shape[1]
    return {
        "networks": name,
        "crop_size": size,
        "generator_parameters": generator.count_params(),
        "discriminator_parameters": discriminator.count_params(),
        "srresnet_checkpoint_megabytes": checkpoint_bytes(generator) / 1e6,
        "srgan_checkpoint_megabytes": checkpoint_bytes(generator, discriminator) / 1e6,
        "validation_crops_megabytes": {
            f"{number:,}": number * crop_bytes(size) / 1e6 for number in VALIDATION
        },
    }


def _all_reduce_rows(generator: keras.Model, discriminator: keras.Model) -> list[dict[str, Any]]:
    rows = []
    for name, networks in (("SRResNet", [generator]), ("SRGAN", [generator, discriminator])):
        sent = all_reduce_bytes(gradient_bytes(*networks), WORKERS)
        rows.append(
            {
                "training": name,
                "gradient_megabytes": gradient_bytes(*networks) / 1e6,
                "megabytes_sent": sent / 1e6,
                "gigabits_per_second": {
                    f"{seconds:g}": 8e-9 * sent / (SHARE * seconds) for seconds in STEP_SECONDS
                },
            }
        )
    return rows


def _input_rows(batch_size: int, cpu_ms: float) -> list[dict[str, Any]]:
    return [
        {
            "step_seconds": seconds,
            "images_per_second": batch_size / seconds,
            "megabytes_per_second": batch_size / seconds * IMAGENET[1] / IMAGENET[0] / 1e6,
            "cores": batch_size / seconds * cpu_ms / 1000,
        }
        for seconds in STEP_SECONDS
    ]


def _cost_rows(
    paper: Any,
    generator: keras.Model,
    discriminator: keras.Model,
    training_step: Mapping[str, Any],
    crops: Mapping[str, Any],
) -> list[dict[str, Any]]:
    vgg = keras.applications.VGG19(weights=None, include_top=False, input_shape=(None, None, 3))
    batch_size = training_step["settings"]["batch_size"]
    rows = []
    for name, variant in VARIANTS.items():
        maps = None
        if variant.perceptual:
            maps = build_perceptual_network(
                vgg, content_loss=variant.content_loss, formulation="paper", preprocessing="none"
            ).get_layer("vgg19")
        flop = step_flop(paper.crops.size, generator, maps, discriminator if variant.adversarial else None)
        measured = training_step["speed"][name]
        seconds, gflop = measured["sides"]["project"]["seconds"], measured["gflop_per_image"]
        steps = _steps(paper, variant.adversarial)
        # As many operations a second as in the measured step, whose networks and crops are the article's.
        reckoned = seconds * flop / (gflop * 1e9) * paper.training.batch_size / batch_size
        rows.append(
            {
                "variant": variant.label,
                "measured_step_seconds": seconds,
                "gflop_per_image": flop / 1e9,
                "steps": steps,
                "step_seconds": reckoned,
                "hours": steps * reckoned / 3600,
                "exaflop": steps * paper.training.batch_size * flop / 1e18,
                "starving_teraflops": crops["images_per_second"] * flop / 1e12,
            }
        )
    return rows


def _steps(paper: Any, adversarial: bool) -> int:
    epochs = (paper.srgan_mse if adversarial else paper).training.epochs
    return epochs * paper.training.steps_per_epoch


def renew(document: str, results: Path) -> str:
    """Renews the tables in a Markdown document.

    Args:
        document: Its text.
        results: The folder of ``scaling.json`` and ``many_records.json``.
    """
    tables, many_records = (
        json.loads((results / f"{name}.json").read_text()) for name in ("scaling", "many_records")
    )

    def write(name: str) -> str:
        facts = many_records if name == "many_records" else None
        return to_markdown(name, tables[name], facts)

    return renew_tables(document, "scaling", write)


def main(arguments: Sequence[str] | None = None) -> None:
    """Reckons, saves and renews the document."""
    parser = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "--results", type=Path, default="data/08_reporting/benchmarks", help="folder of many_records.json"
    )
    measured = parser.parse_args(arguments).results / "many_records.json"
    if not measured.exists():
        parser.exit(2, f"--results must hold {measured.name}. Measure it first: make benchmark\n")
    RESULTS.mkdir(exist_ok=True)
    shutil.copy(measured, RESULTS)
    tables = reckon(SPEED, json.loads(measured.read_text()))
    (RESULTS / "scaling.json").write_text(json.dumps(tables, indent=2) + "\n")
    DOCUMENT.write_text(renew(DOCUMENT.read_text(), RESULTS))


if __name__ == "__main__":
    main()
