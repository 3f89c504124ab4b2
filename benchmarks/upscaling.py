"""Measures how long a whole photograph takes to be upscaled, and in how much memory.

Each case runs in a process of its own, so that its peak memory, TensorFlow itself included, is that case's
alone. Weights and pixels are random: they cost what trained ones and photographs do.
"""

import re
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from statistics import median
from typing import Any

import numpy as np

from benchmarks.command import POSITIVE, Benchmark, describe, save
from benchmarks.publishing.markdown_tables import to_notes, to_table
from benchmarks.training_step.worker import read_memory
from srgan_report.inference.upscaler import TILE_SIZE, Upscaler
from srgan_report.networks import build_generator

LARGE = "4000x3000"
KERAS_LIMIT = 320 * 240  # LR pixels up to which the plain model is measured too: it takes 16 KB for each


def measure(method: str, size: str, tile_size: int, repeats: int) -> dict[str, Any]:
    """Upscales one image several times, in inference mode, with the article's generator.

    Args:
        method: ``tiled``, or ``keras`` for the plain model's own ``predict``.
        size: LR width and height, ``320x240``.
        tile_size: LR pixels of a tile's side.
        repeats: How many times count.

    Returns:
        The case, medians, and the peak memory of this process in 10^6 bytes.
    """
    width, height = map(int, size.split("x"))
    image = np.random.default_rng(0).random((1, height, width, 3), np.float32)
    generator = build_generator()
    if method == "tiled":
        upscale = Upscaler(generator, tile_size=tile_size)
    else:
        upscale = partial(generator.predict, batch_size=1, verbose=0)
    upscale(image[:, :320, :320])  # the first call, which traces, without the time for a large image
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        upscale(image)
        seconds.append(time.perf_counter() - started)
    return {
        "size": size,
        "method": method,
        "seconds": median(seconds),
        "images_per_second": 1 / median(seconds),
        "lr_megapixels_per_second": height * width / 1e6 / median(seconds),
        "peak_memory_mb": read_memory("VmHWM") / 1e6,
        "repeats": seconds,
    }


def to_markdown(result: dict[str, Any]) -> str:
    """Writes a row for each case, and below them how and on what they were measured."""
    columns = [key for key in result["cases"][0] if key not in ("size", "method", "repeats")]
    rows = [
        {"LR image": case["size"], "method": case["method"]}
        | {column.replace("_", " "): f"{case[column]:.3f}" for column in columns}
        for case in result["cases"]
    ]
    return f"{to_table(rows, left=2)}\n\n{to_notes(result)}"


def _image_size(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d*x[1-9]\d*", text):
        raise ArgumentTypeError(f"must be WIDTHxHEIGHT, such as 320x240. Received: {text}.")
    return text


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints and saves."""
    parser = Benchmark(__doc__)
    add = parser.add_argument
    add(
        "sizes", type=_image_size, nargs="*", default=["320x240", "1632x1224"], help="LR images, WIDTHxHEIGHT"
    )
    add("--large", action="store_true", help=f"{LARGE} too, once; takes minutes")
    add("--tile-size", type=POSITIVE, default=TILE_SIZE, help="LR pixels of a tile's side")
    add("--repeats", type=POSITIVE, default=3, help="times that count")
    options = parser.parse_args(arguments)
    cases = []
    for size in dict.fromkeys(options.sizes):
        width, height = map(int, size.split("x"))
        methods = ("tiled", "keras") if width * height <= KERAS_LIMIT else ("tiled",)
        cases += [(method, size, options.tile_size, options.repeats) for method in methods]
    if options.large:
        cases.append(("tiled", LARGE, options.tile_size, 1))
    result = describe(tile_size=options.tile_size, generator="the article's") | {"cases": []}
    for case in cases:
        print(f"Measuring {case[1]}, {case[0]} ...", file=sys.stderr, flush=True)
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            result["cases"].append(process.submit(measure, *case).result())
    save(options.output, "upscaling", result, table := to_markdown(result))
    print(table)


if __name__ == "__main__":
    main()
