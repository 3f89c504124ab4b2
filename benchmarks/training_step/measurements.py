"""Measures training steps: the sides' seconds, taking turns, and each one's memory, one by one."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Any

from benchmarks.training_step.processes import Worker, start_worker

OURS = ("project", "project_bfloat16")
_PRODUCTS = {"matrix_product": "", "matrix_product_bfloat16": "bfloat16_"}  # and how their figures begin

Sides = Mapping[str, str]  # each side's name, and the interpreter that its worker needs


def measure_speed(
    sides: Sides, variant: str, size: int, batch_size: int, repeats: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measures the sides' steps of a variant.

    All sides' workers are there throughout, but only one works at a time. They take turns, and the order
    turns with every repeat, so that whatever else slows the machine down slows all of them.

    Returns:
        See ``summarize_speed``; and the ``versions`` and the number of ``gpus`` that the workers found.
    """
    with ExitStack() as stack:
        workers = {
            side: stack.enter_context(start_worker(python, side, variant, size, batch_size))
            for side, python in sides.items()
        }
        facts = {side: worker.ready() for side, worker in workers.items()}
        calls = {side: worker.step for side, worker in workers.items()}
        calls["matrix_product"] = workers["article"].multiply
        if "project_bfloat16" in workers:
            calls["matrix_product_bfloat16"] = workers["project_bfloat16"].multiply
        first = {name: call() for name, call in calls.items()}
        seconds = _take_turns(calls, repeats)
    versions = {name: version for fact in facts.values() for name, version in fact["versions"].items()}
    gflop = facts["project"]["gflop_per_image"]
    surroundings = {"versions": versions, "gpus": max(fact["gpus"] for fact in facts.values())}
    product = 2e-9 * facts["article"]["matrix_side"] ** 3
    return summarize_speed(first, seconds, gflop, batch_size, product), surroundings


def _take_turns(calls: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for repeat in range(repeats):
        for name in list(calls)[:: -1 if repeat % 2 else 1]:
            seconds[name].append(calls[name]())
    return seconds


def summarize_speed(
    first: Mapping[str, float],
    seconds: Mapping[str, Sequence[float]],
    gflop: float,
    batch_size: int,
    product: float,
) -> dict[str, Any]:
    """Makes the figures of one variant.

    Args:
        first: The seconds of each side's first step, in which it is traced and compiled.
        seconds: Those of all further steps, and of ``matrix_product`` (float32; TF32 on a GPU) and, next to
            ``project_bfloat16``, ``matrix_product_bfloat16`` between them.
        gflop: What a step computes for one image, in 10^9 operations (see ``flops.py``).
        batch_size: The images of a step.
        product: What a matrix product computes, in 10^9 operations.

    Returns:
        ``gflop_per_image``; ``matrix_product_gflops``, the machine's rate, and ``bound_images_per_second``,
        what that rate makes of it; both again, named ``bfloat16_…``, if measured; ``sides``, with the medians
        of each and its ``share_of_bound``; ``ratios`` of each of the project's sides, how many times as long
        the others take; and ``repeats``, the ``seconds``. Ratios and shares are medians of those within a
        repeat, which the machine's ups and downs touch least.
    """
    products = {name: prefix for name, prefix in _PRODUCTS.items() if name in seconds}
    rates = {prefix: product / median(seconds[name]) for name, prefix in products.items()}
    sides = {}
    for name in seconds:
        if name in products:
            continue
        same = "matrix_product_bfloat16" if name == "project_bfloat16" else "matrix_product"
        product_to_step = _paired_ratio(seconds[same], seconds[name])
        sides[name] = {
            "first_step_seconds": first[name],
            "seconds": median(seconds[name]),
            "images_per_second": batch_size / median(seconds[name]),
            "share_of_bound": batch_size * gflop / product * product_to_step,
        }
    return {
        "gflop_per_image": gflop,
        **{f"{prefix}matrix_product_gflops": rate for prefix, rate in rates.items()},
        **{f"{prefix}bound_images_per_second": rate / gflop for prefix, rate in rates.items()},
        "sides": sides,
        "ratios": {
            ours: {
                other: _paired_ratio(seconds[other], seconds[ours]) for other in sides if other not in OURS
            }
            for ours in OURS
            if ours in sides
        },
        "repeats": dict(seconds),
    }


def _paired_ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    return median(a / b for a, b in zip(theirs, ours, strict=True))


def measure_memory(sides: Sides, variant: str, size: int, batch_size: int) -> dict[str, Any]:
    """Measures the memory of two steps of each side, in a process of their own, one after the other.

    Returns:
        ``variant``, ``batch_size`` and for each of ``sides``, in 10^6 bytes: ``process_mb``, the most that
        the process ever held; ``step_mb``, how much that is above what it held before its first step (its
        libraries, networks, optimisers and batch); and, where the article's side is measured too,
        ``ratio_to_article`` of ``step_mb``.
    """
    measured = {}
    for side, python in sides.items():
        with start_worker(python, side, variant, size, batch_size) as worker:
            measured[side] = _two_steps(worker)
    if "article" in measured:
        for figures in measured.values():
            figures["ratio_to_article"] = figures["step_mb"] / measured["article"]["step_mb"]
    return {"variant": variant, "batch_size": batch_size, "sides": measured}


def _two_steps(worker: Worker) -> dict[str, float]:
    before = worker.ready()["resident_bytes"]
    worker.step()
    worker.step()
    peak = worker.peak_bytes()
    return {"process_mb": 1e-6 * peak, "step_mb": 1e-6 * (peak - before)}
