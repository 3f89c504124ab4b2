"""Measures a training step of each variant next to the article's own.

Sides: the article's step as TensorFlow comes, and, on a CPU, with its oneDNN kernels off, as it comes on CPUs
without AVX512-VNNI or the like; the project's, as it comes and in bfloat16; and PyTorch's, where there is
one. On a GPU, XLA compiles the project's step and ``torch.compile`` PyTorch's networks. Trust the ratios
before the seconds. All is saved as soon as it is measured: what ends early leaves what it has.
"""

import json
import subprocess
import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from platform import python_version
from typing import Any

from benchmarks.machine import describe_machine, has_gpu, has_instructions
from benchmarks.publishing.results_folder import make_folder
from benchmarks.training_step.measurements import measure_memory, measure_speed
from benchmarks.training_step.processes import WorkerError
from benchmarks.training_step.tables import to_markdown
from srgan_report.variants import VARIANTS

_SCALE = 4  # srgan_report.data.crops' own would import TensorFlow, which only workers are to do


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints and saves."""
    options = parse_arguments(arguments)
    sizes = {"size": options.size, "batch_size": options.batch_size, "repeats": options.repeats}
    result: dict[str, Any] = {
        "settings": sizes | {"perceptual_network": "VGG19, random weights: costs what ImageNet's do"},
        "machine": describe_machine(),
        "versions": {"Python": python_version()},
        "speed": {},
        "memory": [],
    }
    try:
        for part in measure(options, result):
            print(f"Measured {part}.", file=sys.stderr, flush=True)
            save(result, options.output)
    except WorkerError as error:
        sys.exit(str(error))
    print(to_markdown(result))


def measure(options: Namespace, result: dict[str, Any]) -> Iterator[str]:
    """Adds to the result one measurement after the other; yields what it was."""
    sides = choose_sides(options)
    for variant in options.variants:
        measured, surroundings = measure_speed(
            sides, variant, options.size, options.batch_size, options.repeats
        )
        result["speed"][variant] = measured
        result["versions"] |= surroundings["versions"]
        result["machine"]["gpus"] = surroundings["gpus"]
        yield f"the speed of {variant}"
    for measured_sides, variant, batch_size in plan_memory(options, sides):
        result["memory"].append(measure_memory(measured_sides, variant, options.size, batch_size))
        yield f"the memory of {variant} at batch size {batch_size}"


def choose_sides(options: Namespace) -> dict[str, str]:
    """Names the sides, each with the interpreter that it needs."""
    names = ["article"] + ["article_without_onednn"] * (not has_gpu())
    names += ["project"] + ["project_bfloat16"] * options.bfloat16
    sides = dict.fromkeys(names, sys.executable)
    return sides if options.pytorch is None else sides | {"pytorch": options.pytorch}


def plan_memory(options: Namespace, sides: dict[str, str]) -> Iterator[tuple[dict[str, str], str, int]]:
    """Says of what memory is measured: which sides, which variant, which batch size.

    All variants at the first of the batch sizes, some of them at the others, and the project's SRResNet-MSE
    alone at the largest one.
    """
    for index, batch_size in enumerate(options.memory_batch_sizes):
        for variant in options.variants:
            if index == 0 or variant in options.memory_variants:
                yield sides, variant, batch_size
    if options.largest_batch_size and "srresnet_mse" in options.variants:
        yield {"project": sides["project"]}, "srresnet_mse", options.largest_batch_size


def save(result: dict[str, Any], folder: Path) -> None:
    """Saves what is measured so far; what a GPU measured does not take the place of what a CPU did."""
    name = "training_step_gpu" if result["machine"].get("gpus") else "training_step"
    for suffix, text in {"json": json.dumps(result, indent=2), "md": to_markdown(result)}.items():
        (folder / f"{name}.{suffix}").write_text(text + "\n")


def parse_arguments(arguments: Sequence[str] | None) -> Namespace:
    """Reads the command line; what is wrong with it ends the program with one line and status 2."""
    parser = _parser()
    options = parser.parse_intermixed_args(arguments)
    for error in _errors(options):
        parser.exit(2, f"{error}\n")
    options.variants = list(dict.fromkeys(options.variants))
    make_folder(parser, options.output)
    return options


def _parser() -> ArgumentParser:
    parser = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    add, gpu = parser.add_argument, has_gpu()
    add("variants", nargs="*", default=list(VARIANTS), help="which to measure")
    add("--size", type=int, default=128, help="pixels of an HR crop's side")
    add("--batch-size", type=int, default=128 if gpu else 16, help="crops in a step whose speed is measured")
    add("--repeats", type=int, default=20 if gpu else 5, help="steps of each side that count")
    memory = [] if gpu else [16, 64]  # the process's, which holds nothing of a GPU's
    add("--memory-batch-sizes", type=int, nargs="*", default=memory, help="the same, for memory")
    add(
        "--memory-variants",
        nargs="*",
        default=["srresnet_mse", "srgan_vgg54"],
        help="whose memory is measured at all these batch sizes, and not at the first one alone",
    )
    largest = 0 if gpu else 128
    add("--largest-batch-size", type=int, default=largest, help="of SRResNet-MSE, the project's; 0: none")
    add(
        "--bfloat16",
        action=BooleanOptionalAction,
        default=gpu or has_instructions("avx512_bf16", "amx_bf16"),
        help="whether to measure the project in bfloat16 too",
    )
    add(
        "--pytorch",
        metavar="PYTHON",
        help="the interpreter of an environment that has PyTorch, to compare with; on an idle machine, for "
        "PyTorch's threads spin where they wait for each other",
    )
    add("--output", type=Path, default="data/08_reporting/benchmarks", help="results' folder")
    return parser


def _errors(options: Namespace) -> Iterator[str]:
    """Finds what is wrong with the arguments, what is quick to check first."""
    chosen = [*options.variants, *options.memory_variants]
    if unknown := ", ".join(name for name in chosen if name not in VARIANTS):
        yield f"Variants must be among {', '.join(VARIANTS)}. Received: {unknown}."
    least = 32 if any("vgg54" in name for name in options.variants) else _SCALE  # VGG halves it five times
    if options.size < least or options.size % _SCALE:
        yield f"--size must be a multiple of {_SCALE}, {least} or more. Received: {options.size}."
    if min(numbers := [options.batch_size, options.repeats]) < 1:
        yield f"--batch-size and --repeats must be at least 1. Received: {numbers}."
    if min(numbers := options.memory_batch_sizes, default=1) < 1:
        yield f"--memory-batch-sizes must be at least 1. Received: {' '.join(map(str, numbers))}."
    if options.largest_batch_size < 0:
        yield f"--largest-batch-size must not be negative. Received: {options.largest_batch_size}."
    if options.pytorch is not None and not _has_pytorch(options.pytorch):
        yield f"--pytorch must be the Python of an environment that has PyTorch. Received: {options.pytorch}."


def _has_pytorch(python: str) -> bool:
    try:
        return subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    main()
