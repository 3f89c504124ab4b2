"""Measures how fast training crops come when nothing but a loop takes them: the most that training can get.

Photographs are read from memory, as those of TFDS and the sample are, and from a folder that holds the same
files; on one core and on two. Each case runs in a process of its own, so that its memory is its own too. On a
busy machine trust the CPU time before the rate.
"""

import os
import sys
import time
from argparse import Namespace
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice, product
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.command import POSITIVE, Benchmark, describe, save
from benchmarks.publishing.markdown_tables import to_notes, to_table
from benchmarks.training_step.worker import read_memory
from srgan_report.choices import Downscaling
from srgan_report.data.crops import TrainingCrops
from srgan_report.data.photographs import (
    FolderPhotographs,
    LoadedPhotographs,
    read_folder,
    read_sample,
    read_tfds,
)
from srgan_report.errors import InputError

DATASET = "tf_flowers"
CASES: tuple[tuple[int, Downscaling], ...] = ((128, "bilinear"), (96, "antialiased_bicubic"))
WARM_UP = 10  # batches after the first: by then tf.data has its threads, and works ahead no more than later


def measure_input(
    photographs: LoadedPhotographs | FolderPhotographs,
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
    stream = training_crops.batches(epoch)
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


def read_photographs(source: str) -> LoadedPhotographs | FolderPhotographs:
    """Reads the photographs of a source: ``sample``, ``tfds``, or else the folder of that path."""
    if source == "sample":
        return read_sample()
    return read_tfds(DATASET) if source == "tfds" else read_folder(source)


def write_folder(source: str, folder: Path) -> None:
    """Writes the photographs of a source as files, in their order."""
    for number, photograph in enumerate(read_photographs(source)):
        (folder / f"{number:05d}{Path(photograph.id).suffix or '.jpg'}").write_bytes(photograph.encoded)


def measure_case(source: str, *arguments: Any) -> dict[str, Any]:
    """Reads the photographs of a source and measures (see ``measure_input``)."""
    return measure_input(read_photographs(source), *arguments)


def run_apart(cores: set[int], function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls a function in a new process, which keeps to some cores before TensorFlow counts them."""
    keep = (os.sched_setaffinity, (0, cores)) if hasattr(os, "sched_setaffinity") else (None, ())
    with ProcessPoolExecutor(1, get_context("spawn"), *keep) as process:
        return process.submit(function, *arguments).result()


def choose_cores() -> list[set[int]]:
    """One of the cores that this process may use, and two; where none can be chosen (macOS), all."""
    if not hasattr(os, "sched_getaffinity"):
        return [set(range(os.cpu_count() or 1))]
    usable = sorted(os.sched_getaffinity(0))
    return [set(usable[:count]) for count in (1, 2) if count <= len(usable)]


def has_dataset() -> bool:
    """Tells whether TFDS_DATA_DIR holds the dataset prepared, so that nothing needs to be downloaded."""
    folder = os.environ.get("TFDS_DATA_DIR")
    return bool(folder) and any(Path(folder).expanduser().glob(f"{DATASET}/*/dataset_info.json"))


def to_markdown(result: dict[str, Any]) -> str:
    """Writes a row for each case, and below them how and on what they were measured."""
    names = {"size": "crops", "downscaling": "downscaling", "photographs": "photographs", "cores": "cores"}
    names = {key: name for key, name in names.items() if key in result["cases"][0]}  # earlier: the first two
    columns = [key for key in result["cases"][0] if key not in (*names, "repeats")]
    rows = [
        {name: str(case[key]) for key, name in names.items()}
        | {column.replace("_", " "): f"{case[column]:.2f}" for column in columns}
        for case in result["cases"]
    ]
    return f"{to_table(rows, left=len(names))}\n\n{to_notes(result)}"


def parse_arguments(arguments: Sequence[str] | None) -> Namespace:
    """Reads the command line; what is wrong with it ends the program with one line and status 2."""
    parser = Benchmark(__doc__)
    add = parser.add_argument
    add("--source", choices=["sample", "tfds"], help=f"tfds: {DATASET}, if TFDS_DATA_DIR has it")
    add("--batch-size", type=POSITIVE, default=16, help="crops in a batch")
    add("--batches", type=POSITIVE, default=100, help="batches of a repeat that count")
    add("--repeats", type=POSITIVE, default=5, help="epochs to begin")
    options = parser.parse_args(arguments)
    if options.source is None:
        options.source = "tfds" if has_dataset() else "sample"
        if options.source == "sample":
            print(f"TFDS_DATA_DIR holds no {DATASET}: measuring the sample photographs.", file=sys.stderr)
    return options


def measure(options: Namespace) -> dict[str, Any]:
    """Measures every case, and says with what settings and on what.

    Raises:
        InputError: The photographs can't be read.
    """
    result = describe(
        photographs=DATASET if options.source == "tfds" else "sample",
        batch_size=options.batch_size,
        batches=options.batches,
        repeats=options.repeats,
    ) | {"cases": []}
    with TemporaryDirectory() as folder:
        write_folder(options.source, Path(folder))
        sources = {options.source: options.source, "folder": folder}
        for (size, downscaling), (name, source), cores in product(CASES, sources.items(), choose_cores()):
            case = f"crops of {size} pixels, {downscaling}, {name}, cores: {len(cores)}"
            print(f"Measuring {case} ...", file=sys.stderr, flush=True)
            measured = run_apart(cores, measure_case, source, size, options.batch_size, downscaling,
                                 options.batches, options.repeats)  # fmt: skip
            result["cases"].append({"photographs": name, "cores": len(cores)} | measured)
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints and saves."""
    options = parse_arguments(arguments)
    try:
        result = measure(options)
    except InputError as error:
        sys.exit(str(error))
    save(options.output, "input_pipeline", result, table := to_markdown(result))
    print(table)


if __name__ == "__main__":
    main()
