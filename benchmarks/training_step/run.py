"""Measures a training step of each variant next to the article's own.

Sides: the article's step as TensorFlow comes, and, on a CPU, with its oneDNN kernels off, as it comes on CPUs
without AVX512-VNNI or the like; the project's, as it comes and in bfloat16; and PyTorch's, where there is
one. On a GPU, XLA compiles the project's step and ``torch.compile`` PyTorch's networks. Trust the ratios
before the seconds. All is saved as soon as it is measured: what ends early leaves what it has.
"""

import subprocess
import sys
from argparse import ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.command import CROP_SIZE, POSITIVE, Benchmark, a_variant, at_least, describe, save
from benchmarks.machine import has_gpu, has_instructions
from benchmarks.training_step.measurements import measure_memory, measure_speed
from benchmarks.training_step.processes import WorkerError
from benchmarks.training_step.tables import to_markdown
from srgan_report.variants import VARIANTS


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints and saves."""
    options = parse_arguments(arguments)
    result = describe(
        size=options.size,
        batch_size=options.batch_size,
        repeats=options.repeats,
        perceptual_network="VGG19, random weights: costs what ImageNet's do",
    ) | {"speed": {}, "memory": []}
    try:
        for part in measure(options, result):
            print(f"Measured {part}.", file=sys.stderr, flush=True)
            save(options.output, name_result(result["machine"]), result, to_markdown(result))
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


def name_result(machine: Mapping[str, Any]) -> str:
    """Keeps what a GPU measured from taking the place of what a CPU did."""
    return "training_step_gpu" if machine.get("gpus") else "training_step"


def parse_arguments(arguments: Sequence[str] | None) -> Namespace:
    """Reads the command line; what is wrong with it ends the program with one line and status 2."""
    parser, gpu = Benchmark(__doc__), has_gpu()
    add = parser.add_argument
    add("variants", type=a_variant, nargs="*", default=list(VARIANTS), help="which to measure")
    add("--size", type=CROP_SIZE, default=128, help="pixels of an HR crop's side")
    batch_size = 128 if gpu else 16
    add("--batch-size", type=POSITIVE, default=batch_size, help="crops in a step whose speed is measured")
    add("--repeats", type=POSITIVE, default=20 if gpu else 5, help="steps of each side that count")
    memory = [] if gpu else [16, 64]  # the process's, which holds nothing of a GPU's
    add("--memory-batch-sizes", type=POSITIVE, nargs="*", default=memory, help="the same, for memory")
    add(
        "--memory-variants",
        type=a_variant,
        nargs="*",
        default=["srresnet_mse", "srgan_vgg54"],
        help="whose memory is measured at all these batch sizes, and not at the first one alone",
    )
    largest = 0 if gpu else 128
    add(
        "--largest-batch-size",
        type=at_least(0),
        default=largest,
        help="for the memory of the project's SRResNet-MSE alone; 0: none",
    )
    add(
        "--bfloat16",
        action=BooleanOptionalAction,
        default=gpu or has_instructions("avx512_bf16", "amx_bf16"),
        help="whether to measure the project in bfloat16 too",
    )
    add(
        "--pytorch",
        type=_python_with_pytorch,
        metavar="PYTHON",
        help="the interpreter of an environment that has PyTorch, to compare with; on an idle machine, for "
        "PyTorch's threads spin where they wait for each other",
    )
    options = parser.parse_intermixed_args(arguments)
    options.variants = list(dict.fromkeys(options.variants))
    return options


def _python_with_pytorch(python: str) -> str:
    try:
        subprocess.run([python, "-c", "import torch"], capture_output=True, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ArgumentTypeError(
            f"must be the Python of an environment that has PyTorch. Received: {python}."
        ) from error
    return python


if __name__ == "__main__":
    main()
