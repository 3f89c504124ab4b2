"""Measures how cost grows: a step with the batch and the crop, evaluation with the number of photographs.

Each step runs in a process of its own (see ``training_step/worker.py``), so that its peak memory is its own
too. Evaluation is upscaling, PSNR, SSIM and LPIPS of crops of 128 pixels, one of each photograph.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.command import CROP_SIZE, POSITIVE, Benchmark, describe, save
from benchmarks.training_step.processes import WorkerError, start_worker
from srgan_report.evaluation.metrics import measure_crops
from srgan_report.inference.upscaler import Upscaler
from srgan_report.networks import build_generator, load_lpips
from srgan_report.reporting.figures.style import DPI, METHOD_COLOURS, MUTED_COLOUR, SMALL_TEXT_SIZE
from srgan_report.variants import VARIANTS

VARIANT_NAMES = ("srresnet_mse", "srgan_vgg54")  # the cheapest and the dearest
SIZE, BATCH_SIZE = 128, 16  # what the other one is, where one of both grows

Rows = list[dict[str, Any]]


def measure_steps(batch_sizes: Sequence[int], sizes: Sequence[int], repeats: int) -> Rows:
    """Measures steps of both variants: by batch size for one crop size, and by crop size for one batch size.

    Returns:
        A row for each: ``variant``, ``batch_size``, ``size`` (pixels of an HR crop's side), ``seconds`` (the
        median of ``repeats`` steps after the first) and ``step_megabytes`` (peak less before).
    """
    pairs = [(batch_size, SIZE) for batch_size in batch_sizes] + [(BATCH_SIZE, size) for size in sizes]
    rows = []
    for variant in VARIANT_NAMES:
        for batch_size, size in dict.fromkeys(pairs):
            print(f"{variant}: {batch_size} crops of {size} pixels ...", file=sys.stderr, flush=True)
            with start_worker(sys.executable, "project", variant, size, batch_size) as worker:
                before = worker.ready()["resident_bytes"]
                worker.step()  # traces
                seconds = median(worker.step() for _ in range(repeats))
                megabytes = (worker.peak_bytes() - before) / 1e6
            measured = {"seconds": seconds, "step_megabytes": megabytes}
            rows.append({"variant": variant, "batch_size": batch_size, "size": size} | measured)
    return rows


def measure_evaluation(photographs: Sequence[int], size: int = SIZE) -> Rows:
    """Measures the evaluation of a generator on so many photographs, once it has begun."""
    upscaler, lpips = Upscaler(build_generator()), load_lpips()
    rows = []
    for count in (1, *photographs):
        crops = _random_crops(count, size)
        started = time.perf_counter()
        measure_crops(crops, {"srresnet_mse": upscaler(crops["low_resolution"])}, lpips)
        rows.append({"photographs": count, "seconds": time.perf_counter() - started})
    return rows[1:]


def _random_crops(count: int, size: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {
        "high_resolution": random.integers(0, 256, (count, size, size, 3), np.uint8),
        "low_resolution": random.random((count, size // 4, size // 4, 3), np.float32),
        "photograph_id": np.arange(count).astype(str),
        "position": np.arange(count),
        "crop": np.zeros(count, np.int64),
        "greyscale": np.zeros(count, bool),
    }


def draw(result: Mapping[str, Any]) -> Figure:
    """Draws seconds by batch size, by crop size and by photographs, on logarithmic axes."""
    figure = Figure(figsize=(9, 3), layout="constrained", dpi=DPI)
    by_batch, by_size, by_photographs = figure.subplots(1, 3)
    steps = pd.DataFrame(result["steps"])
    for variant, rows in steps.groupby("variant", sort=False):
        style = {"color": METHOD_COLOURS[variant], "marker": "o", "markersize": 4}
        style["label"] = VARIANTS[variant].label
        batches, sizes = rows[rows["size"] == SIZE], rows[rows["batch_size"] == BATCH_SIZE]
        by_batch.plot(*_sorted(batches, "batch_size"), **style)
        by_size.plot(*_sorted(sizes, "size"), **style)
    by_photographs.plot(
        *_sorted(pd.DataFrame(result["evaluation"]), "photographs"), color="black", marker="o", markersize=4
    )
    _label(by_batch, f"batch size (crops of {SIZE} pixels)", "seconds a step", power=1)
    _label(by_size, f"crop size in pixels (batch of {BATCH_SIZE})", "seconds a step", power=2)
    _label(by_photographs, f"photographs (crops of {SIZE} pixels)", "seconds an evaluation", power=1)
    by_batch.legend(frameon=False, fontsize=SMALL_TEXT_SIZE)
    return figure


def to_markdown(result: Mapping[str, Any]) -> str:
    """Writes how many times as long the largest of each takes as the smallest, and how much more memory."""
    steps = pd.DataFrame(result["steps"])
    lines = [
        "| step | from | to | times the pixels | times the seconds | times the memory |",
        "| --- | --- | --- | ---: | ---: | ---: |",
    ]
    for variant, rows in steps.groupby("variant", sort=False):
        by_batch = rows[rows["size"] == SIZE].sort_values("batch_size")
        by_size = rows[rows["batch_size"] == BATCH_SIZE].sort_values("size")
        for grown in (by_batch, by_size):
            first, last = grown.iloc[0], grown.iloc[-1]
            ends = [f"{row['batch_size']} × {row['size']}²" for row in (first, last)]
            pixels = last["batch_size"] * last["size"] ** 2 / (first["batch_size"] * first["size"] ** 2)
            seconds, memory = (last[column] / first[column] for column in ("seconds", "step_megabytes"))
            figures = f"{pixels:.0f} | {seconds:.1f} | {memory:.1f}"
            lines.append(f"| {VARIANTS[variant].label} | {' | '.join(ends)} | {figures} |")
    first, last = result["evaluation"][0], result["evaluation"][-1]
    ends = f"{first['photographs']} photographs | {last['photographs']}"
    grown = last["photographs"] / first["photographs"]
    lines.append(f"| evaluation | {ends} | {grown:.0f} | {last['seconds'] / first['seconds']:.1f} | |")
    return "\n".join(lines)


def _sorted(rows: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series]:
    rows = rows.sort_values(column)
    return rows[column], rows["seconds"]


def _label(axes: Axes, x: str, y: str, power: int) -> None:
    """Names the axes, and shows by a dotted line how cost would grow in proportion to pixels."""
    axes.set(xscale="log", yscale="log", xlabel=x, ylabel=y)
    ticks = sorted({float(value) for line in axes.lines for value in line.get_xdata()})
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=SMALL_TEXT_SIZE)
    axes.minorticks_off()
    for line in list(axes.lines):
        xs, ys = (np.asarray(values, float) for values in line.get_data())
        axes.plot(xs, ys[-1] * (xs / xs[-1]) ** power, ":", color=MUTED_COLOUR, linewidth=1, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, draws and saves."""
    parser = Benchmark(__doc__)
    add = parser.add_argument
    add("--batch-sizes", type=POSITIVE, nargs="+", default=[1, 4, 16, 64], help="crops in a step")
    add("--sizes", type=CROP_SIZE, nargs="+", default=[32, 64, 128, 256], help="pixels of an HR crop's side")
    add("--photographs", type=POSITIVE, nargs="+", default=[10, 40, 160, 640], help="to evaluate")
    add("--repeats", type=POSITIVE, default=3, help="steps of each that count")
    options = parser.parse_args(arguments)
    result = describe(repeats=options.repeats)
    try:
        result["steps"] = measure_steps(options.batch_sizes, options.sizes, options.repeats)
    except WorkerError as error:
        sys.exit(str(error))
    result["evaluation"] = measure_evaluation(options.photographs)
    draw(result).savefig(options.output / "growth.png")
    save(options.output, "growth", result, table := to_markdown(result))
    print(table)


if __name__ == "__main__":
    main()
