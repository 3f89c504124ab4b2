"""Measures what an index of a million photographs costs: memory, time, and whether both stay flat.

The project's own split and stream of training crops run over records of a few JPEG files, so that nothing is
downloaded and the disk is read once. Each number of records has a process of its own.
"""

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import pandas as pd

from benchmarks.command import POSITIVE, Benchmark, at_least, describe
from benchmarks.training_step.worker import read_memory
from srgan_report.data import split
from srgan_report.data.crops import TrainingCrops
from srgan_report.data.photographs import FolderPhotographs, Photograph, Photographs, read_sample
from srgan_report.provenance.fingerprints import fingerprint_split

SIZE, BATCH_SIZE = 96, 16  # the paper's crops and batches
VALIDATION_SIZE = 600  # the article's
_WARM_UP = 10  # batches of each epoch that do not count


class SyntheticPhotographs(FolderPhotographs):
    """So many photographs, all of them of a few files."""

    def __init__(self, count: int, folder: Path) -> None:
        """Takes how many there are to be, named as in ImageNet's folders, and a folder of JPEG files."""
        folders = (f"n{index // 1300:08d}" for index in range(count))
        super().__init__(folder, [f"{name}/{name}_{index}.JPEG" for index, name in enumerate(folders)])
        self._files = sorted(folder.iterdir())

    def __getitem__(self, index: int) -> Photograph:
        """Reads one. Its last bytes, which decoders ignore, tell it apart."""
        photograph = super().__getitem__(index)
        return replace(photograph, encoded=photograph.encoded + index.to_bytes(8))

    def path(self, name: str) -> Path:
        """The path of the file that a photograph is of."""
        index = int(name.rpartition("_")[2].removesuffix(".JPEG"))
        return self._files[index % len(self._files)]


def write_jpegs(folder: Path) -> None:
    """Writes the JPEG files of the sample; each is 640 pixels wide."""
    for photograph in read_sample():
        if photograph.id.endswith(".jpg"):
            (folder / photograph.id).write_bytes(photograph.encoded)


def measure_records(
    folder: Path, records: int, epochs: int, steps_per_epoch: int, inspected: int
) -> dict[str, Any]:
    """Splits so many photographs, and cuts crops of them for some epochs.

    Args:
        folder: An empty one, for their files.
        records: How many photographs.
        epochs: How many epochs.
        steps_per_epoch: Batches in an epoch.
        inspected: How many photographs to decode and hash against the clock. To do so with a million of them
            takes hours, so that the split is made without.

    Returns:
        ``records``; what ``_measure_split`` and ``_measure_stream`` return; and for one photograph to inspect
        ``inspect_ms``, with all cores at it, and ``inspect_cpu_ms``, of all cores.
    """
    write_jpegs(folder)
    photographs, some = SyntheticPhotographs(records, folder), SyntheticPhotographs(inspected, folder)
    # TensorFlow's own memory is not the index's.
    _measure_stream(SyntheticPhotographs(16, folder), range(16), 1, _WARM_UP + 1)
    started, cpu_started = time.perf_counter(), time.process_time()
    for _ in split.map_in_threads(split.inspect, some):
        pass
    inspect_ms = 1000 * (time.perf_counter() - started) / inspected
    inspect_cpu_ms = 1000 * (time.process_time() - cpu_started) / inspected
    table, measured = _measure_split(photographs)
    positions = table.loc[table["subset"] == "training", "position"].to_numpy()
    del table  # as the split's node and the training's are separate
    measured |= _measure_stream(photographs, positions, epochs, steps_per_epoch)
    inspection = {"inspect_ms": inspect_ms, "inspect_cpu_ms": inspect_cpu_ms}
    return {"records": records, **inspection, **measured}


def _measure_split(photographs: Photographs) -> tuple[pd.DataFrame, dict[str, float]]:
    """Splits photographs, as if each were inspected already, and saves and reads the table.

    Returns:
        The table, and in 10^6 bytes ``before_mb``, what the process held, ``split_mb``, how much more with
        the table, ``split_peak_mb``, the most that it ever held in between, more than before, and ``csv_mb``,
        the file; ``split_seconds``, ``csv_seconds`` (saved and read) and ``fingerprint_seconds``.
    """
    before = read_memory("VmRSS")
    with mock.patch.object(split, "inspect", _inspect_name):
        started = time.perf_counter()
        table = split.split_photographs(photographs, VALIDATION_SIZE, SIZE, "error")
        split_seconds = time.perf_counter() - started
    held, peak = read_memory("VmRSS"), read_memory("VmHWM")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "split.csv"
        started = time.perf_counter()
        table.to_csv(path, index=False)
        table = pd.read_csv(path)
        csv_seconds = time.perf_counter() - started
        csv_bytes = path.stat().st_size
    started = time.perf_counter()
    fingerprint_split(table)
    return table, {
        "before_mb": before / 1e6,
        "split_mb": (held - before) / 1e6,
        "split_peak_mb": (peak - before) / 1e6,
        "csv_mb": csv_bytes / 1e6,
        "split_seconds": split_seconds,
        "csv_seconds": csv_seconds,
        "fingerprint_seconds": time.perf_counter() - started,
    }


def _inspect_name(photograph: Photograph) -> tuple[int, int, str]:
    return 427, 640, hashlib.sha256(photograph.id.encode()).hexdigest()


def _measure_stream(
    photographs: FolderPhotographs, positions: Sequence[int], epochs: int, steps_per_epoch: int
) -> dict[str, Any]:
    """Takes all batches of some epochs.

    Returns:
        Medians of the epochs: ``images_per_second`` and ``cpu_ms_per_image`` (of all cores), once the first
        batches are there, and ``first_batch_seconds``; and ``resident_mb``, what the process holds at the end
        of each epoch, in 10^6 bytes.
    """
    crops = TrainingCrops(
        photographs, positions, SIZE, BATCH_SIZE, steps_per_epoch, 0, True, "antialiased_bicubic"
    )
    taken = list(_take_epochs(crops, epochs))
    resident = [epoch.pop("resident_mb") for epoch in taken]
    return {**{name: median(epoch[name] for epoch in taken) for name in taken[0]}, "resident_mb": resident}


def _take_epochs(crops: TrainingCrops, epochs: int) -> Iterator[dict[str, float]]:
    for epoch in range(epochs):
        started = time.perf_counter()
        stream = crops.batches(epoch)
        next(stream)
        first = time.perf_counter() - started
        for _ in islice(stream, _WARM_UP - 1):
            pass
        started, cpu_started = time.perf_counter(), time.process_time()
        images = sum(len(high_resolution) for _, high_resolution in stream)
        yield {
            "images_per_second": images / (time.perf_counter() - started),
            "cpu_ms_per_image": 1000 * (time.process_time() - cpu_started) / images,
            "first_batch_seconds": first,
            "resident_mb": read_memory("VmRSS") / 1e6,
        }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures and saves."""
    parser = Benchmark(__doc__)
    add = parser.add_argument
    records = [10_000, 100_000, 350_000, 1_000_000]
    add("--records", type=at_least(VALIDATION_SIZE + 1), nargs="+", default=records, help="photographs")
    add("--epochs", type=POSITIVE, default=10, help="epochs of crops")
    add("--steps-per-epoch", type=at_least(_WARM_UP + 1), default=200, help="batches in an epoch")
    add("--inspected", type=POSITIVE, default=300, help="photographs decoded against the clock")
    options = parser.parse_args(arguments)
    counts = {"epochs": options.epochs, "steps_per_epoch": options.steps_per_epoch}
    result = describe(crop_size=SIZE, batch_size=BATCH_SIZE, **counts) | {"rows": []}
    for records in options.records:
        print(f"Measuring {records:,} records ...", file=sys.stderr, flush=True)
        with (
            tempfile.TemporaryDirectory() as folder,
            ProcessPoolExecutor(1, get_context("spawn")) as process,
        ):
            row = process.submit(
                measure_records, Path(folder), records, *counts.values(), options.inspected
            ).result()
        result["rows"].append(row)
    (options.output / "many_records.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
