"""Measures how fast training crops come when nothing but a loop takes them: the most that training can get.

Each case runs in a process of its own, so that its memory is its own too. On a busy machine trust the CPU
time before the rate.
"""

import json
import os
import sys
import time
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from platform import python_version
from statistics import median
from typing import Any

import tensorflow as tf

from benchmarks.machine import describe_machine
from benchmarks.publishing.markdown_tables import to_notes, to_table
from benchmarks.publishing.results_folder import make_folder
from benchmarks.training_step.worker import read_memory
from srgan_report.choices import Downscaling
from srgan_report.data.crops import TrainingCrops
from srgan_report.data.photographs import Photograph, read_sample, read_tfds
from srgan_report.errors import InputError

DATASET = "tf_flowers"
CASES: tuple[tuple[int, Downscaling], ...] = ((128, "bilinear"), (96, "antialiased_bicubic"))
WARM_UP = 10  # batches after the first: by then tf.data has its threads, and works ahead no more than later


def measure_input(
    photographs: Sequence[Photograph],
    size: int,
    batch_size: int,
    downscaling: Downscaling,
    batches: int,
    repeats: int,
) -> dict[str, Any]:
    """Takes the batches of ``repeats`` epochs, in each of them ``batches`` against the clock.

    Args:
        photographs: What to cut from, each at least ``size`` pixels high and wide.
        size: Height and width of a crop in pixels.
        batch_size: Crops in a batch.
        downscaling: How low-resolution copies are made.
        batches: How many count in a repeat.
        repeats: How many epochs to begin.

    Returns:
        ``size`` and ``downscaling``; medians of the repeats: ``images_per_second``, ``cpu_ms_per_image`` (of
        all cores) and ``first_batch_seconds`` (tracing included); ``process_mb``, the most memory that this
        process ever held, libraries and photographs included, in 10^6 bytes; and the ``repeats`` themselves.
    """
    training_crops = TrainingCrops(
        photographs=photographs,
        positions=range(len(photographs)),
        size=size,
        batch_size=batch_size,
        steps_per_epoch=1 + WARM_UP + 1000 * batches,  # it must not end while it is measured
        seed=0,
        shuffle=True,
        downscaling=downscaling,
    )
    taken = [_take(training_crops, epoch, batches) for epoch in range(repeats)]
    return {
        "size": size,
        "downscaling": downscaling,
        **{name: median(repeat[name] for repeat in taken) for name in taken[0]},
        "process_mb": read_memory("VmHWM") / 1e6,
        "repeats": taken,
    }


def _take(training_crops: TrainingCrops, epoch: int, batches: int) -> dict[str, float]:
    images = batches * training_crops.batch_size
    begun = time.perf_counter()
    stream = iter(training_crops.epoch(epoch))
    next(stream)
    first = time.perf_counter() - begun
    _consume(stream, WARM_UP)
    begun, cpu_begun = time.perf_counter(), time.process_time()
    _consume(stream, batches)
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
    return {
        "images_per_second": images / seconds,
        "cpu_ms_per_image": 1000 * cpu_seconds / images,
        "first_batch_seconds": first,
    }


def _consume(stream: Any, batches: int) -> None:
    deque(islice(stream, batches), maxlen=0)


def measure_case(source: str, *arguments: Any) -> dict[str, Any]:
    """Reads the photographs of a source and measures (see ``measure_input``)."""
    photographs = read_sample() if source == "sample" else read_tfds(DATASET)
    return measure_input(photographs, *arguments)


def has_dataset() -> bool:
    """Tells whether TFDS_DATA_DIR holds the dataset prepared, so that nothing needs to be downloaded."""
    folder = os.environ.get("TFDS_DATA_DIR")
    return bool(folder) and any(Path(folder).expanduser().glob(f"{DATASET}/*/dataset_info.json"))


def to_markdown(result: dict[str, Any]) -> str:
    """Writes a row for each case, and below them how and on what they were measured."""
    columns = [key for key in result["cases"][0] if key not in ("size", "downscaling", "repeats")]
    rows = [
        {"crops": str(case["size"]), "downscaling": case["downscaling"]}
        | {column.replace("_", " "): f"{case[column]:.2f}" for column in columns}
        for case in result["cases"]
    ]
    return f"{to_table(rows, left=2)}\n\n{to_notes(result)}"


def parse_arguments(arguments: Sequence[str] | None) -> Namespace:
    """Reads the command line; what is wrong with it ends the program with one line and status 2."""
    parser = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "--source", choices=["sample", "tfds"], help=f"tfds: {DATASET}, if TFDS_DATA_DIR has it"
    )
    parser.add_argument("--batch-size", type=int, default=16, help="crops in a batch")
    parser.add_argument("--batches", type=int, default=100, help="batches of a repeat that count")
    parser.add_argument("--repeats", type=int, default=5, help="epochs to begin")
    parser.add_argument("--output", type=Path, default="data/08_reporting/benchmarks", help="results' folder")
    options = parser.parse_args(arguments)
    if min(numbers := [options.batch_size, options.batches, options.repeats]) < 1:
        parser.exit(2, f"--batch-size, --batches and --repeats must be at least 1. Received: {numbers}.\n")
    make_folder(parser, options.output)
    if options.source is None:
        options.source = "tfds" if has_dataset() else "sample"
        if options.source == "sample":
            print(f"TFDS_DATA_DIR holds no {DATASET}: measuring the sample photographs.", file=sys.stderr)
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints and saves."""
    options = parse_arguments(arguments)
    counts = {"batch_size": options.batch_size, "batches": options.batches, "repeats": options.repeats}
    result: dict[str, Any] = {
        "settings": {"photographs": DATASET if options.source == "tfds" else "sample", **counts},
        "machine": describe_machine(),
        "versions": {"TensorFlow": tf.__version__, "Python": python_version()},
        "cases": [],
    }
    for size, downscaling in CASES:
        print(f"Measuring crops of {size} pixels, {downscaling} ...", file=sys.stderr, flush=True)
        case = (options.source, size, options.batch_size, downscaling, options.batches, options.repeats)
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            try:
                result["cases"].append(process.submit(measure_case, *case).result())
            except InputError as error:
                sys.exit(str(error))
    for suffix, text in {"json": json.dumps(result, indent=2), "md": to_markdown(result)}.items():
        (options.output / f"input_pipeline.{suffix}").write_text(text + "\n")
    print(to_markdown(result))


if __name__ == "__main__":
    main()
