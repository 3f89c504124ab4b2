"""Reckons what the project needs at the paper's scale, from its own networks and from what was measured.

Renews ``docs/scaling/`` and, in docs/scaling.md, whatever stands between ``<!-- scaling: NAME -->`` and
``<!-- end -->``: no number there is typed in. Other people's figures are the constants below.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Before Keras and TensorFlow, whose settings the package chooses.
from srgan_report.variants import SCALE  # isort: split

import keras
from omegaconf import OmegaConf

from benchmarks.command import copy_results
from benchmarks.publishing.markdown_tables import renew_tables
from benchmarks.scaling.tables import to_markdown
from srgan_report.networks import build_discriminator, build_generator
from srgan_report.variants import VARIANTS

PROJECT = Path(__file__).parents[2]
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
DEVICES = ("cpu", "gpu")  # on which paper_step.py measured
MEASUREMENTS = ("many_records.json", *(f"paper_step_{device}.json" for device in DEVICES))
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


def reckon(results: Path, input_pipeline: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Reckons all tables.

    Args:
        results: The folder of what ``many_records.py`` and ``paper_step.py`` measured.
        input_pipeline: What ``input_pipeline.py`` measured.

    Returns:
        A list of rows for each block of the document.
    """
    many_records = _read(results / "many_records.json")
    paper = OmegaConf.load(PROJECT / "conf" / "paper" / "parameters.yml")
    generators = {"article": build_generator(), "paper": build_generator(**paper.generator)}
    discriminators = {
        "article": build_discriminator(),
        "paper": build_discriminator(crop_size=paper.crops.size, **paper.discriminator),
    }
    largest = max(many_records["rows"], key=lambda row: row["records"])
    crops = next(case for case in input_pipeline["cases"] if case["size"] == paper.crops.size)
    cpu_ms = crops["cpu_ms_per_image"]
    return {
        "data": _data_rows(paper, largest),
        "networks": [_network_row(name, generators[name], discriminators[name]) for name in generators],
        "all_reduce": _all_reduce_rows(generators["paper"], discriminators["paper"]),
        "input": _input_rows(paper.training.batch_size, cpu_ms),
        **{
            f"cost_{device}": _cost_rows(paper, _read(results / f"paper_step_{device}.json"), cpu_ms)
            for device in DEVICES
        },
    }


def _read(path: Path) -> Any:
    return json.loads(path.read_text())


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


def _cost_rows(paper: Any, measured: Mapping[str, Any], cpu_ms: float) -> list[dict[str, Any]]:
    rows = []
    for row in measured["rows"]:
        steps = _steps(paper, VARIANTS[row["variant"]].adversarial)
        rows.append(
            {
                **{name: value for name, value in row.items() if name != "losses"},
                "variant": VARIANTS[row["variant"]].label,
                "steps": steps,
                "hours": steps * row["seconds"] / 3600,
                "input_cores": row["images_per_second"] * cpu_ms / 1000,
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
        results: The folder of ``scaling.json`` and of what was measured.
    """
    tables = _read(results / "scaling.json")

    def write(name: str) -> str:
        if name == "many_records":
            measured = _read(results / "many_records.json")
            return to_markdown(name, measured["rows"], measured)
        if name.startswith("cost_"):
            return to_markdown(
                name, tables[name], _read(results / f"paper_step_{name.removeprefix('cost_')}.json")
            )
        return to_markdown(name, tables[name])

    return renew_tables(document, "scaling", write)


def main(arguments: Sequence[str] | None = None) -> None:
    """Reckons, saves and renews the document."""
    copy_results(__doc__, arguments, MEASUREMENTS, RESULTS)
    tables = reckon(RESULTS, _read(SPEED / "input_pipeline.json"))
    (RESULTS / "scaling.json").write_text(json.dumps(tables, indent=2) + "\n")
    DOCUMENT.write_text(renew(DOCUMENT.read_text(), RESULTS))


if __name__ == "__main__":
    main()
