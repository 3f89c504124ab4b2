"""Measures the project's training step at the paper's scale, on a GPU where there is one.

Networks, losses, and the sizes of crops and batches are those of ``conf/paper``; crops and VGG19's weights
are random, which cost what real ones do. Each variant is measured in each precision, without XLA and, if
asked, with it: one case after the other, each saved as soon as it is measured, in ``paper_step_gpu.json`` or
``paper_step_cpu.json``.
"""

import json
import sys
import time
from argparse import BooleanOptionalAction, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

# Before Keras and TensorFlow, whose settings the package chooses.
from srgan_report.training.auxiliary_losses import weigh_losses
from srgan_report.training.losses import Loss, PerceptualLoss, pixel_mse  # isort: split

import keras
import tensorflow as tf
from omegaconf import OmegaConf

from benchmarks.command import POSITIVE, Benchmark, a_variant, describe
from benchmarks.training_step.flops import step_flop
from srgan_report.networks import (
    accelerate,
    build_discriminator,
    build_generator,
    build_perceptual_network,
    initialize,
)
from srgan_report.training.step import TrainingStep
from srgan_report.variants import SCALE, VARIANTS

CONF = Path(__file__).parents[2] / "conf"
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
WARM_UP = 3  # steps, after the first


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures and saves; what was measured before by the same settings and versions is kept."""
    options = parse_arguments(arguments)
    parameters = read_parameters()
    gpu = gpu_name()
    result = describe(
        size=parameters.crops.size, batch_size=parameters.training.batch_size, repeats=options.repeats
    )
    result["machine"]["gpu"] = gpu or "none"
    path = options.output / f"paper_step_{'gpu' if gpu else 'cpu'}.json"
    rows = read_rows(path, result)
    for variant in options.variants:
        for precision, jit_compile in cases(options.precisions, xla=options.xla):
            row = measure(parameters, variant, precision, jit_compile=jit_compile, repeats=options.repeats)
            rows[variant, precision, jit_compile] = row
            path.write_text(json.dumps(result | {"rows": list(rows.values())}, indent=2) + "\n")
            print(
                f"{variant}, {precision}{', XLA' * jit_compile}: {row['seconds']:.4f} s",
                file=sys.stderr,
                flush=True,
            )


def read_parameters() -> Any:
    """Reads the parameters of ``conf/paper``, and from ``conf/base`` what those leave as it is."""
    return OmegaConf.merge(*(OmegaConf.load(CONF / name / "parameters.yml") for name in ("base", "paper")))


def read_rows(path: Path, result: Mapping[str, Any]) -> dict[tuple[str, str, bool], dict[str, Any]]:
    """Reads the rows, by variant, precision and XLA, of a file that was measured as this result is to be."""
    if not path.exists():
        return {}
    earlier = json.loads(path.read_text())
    # How busy the machine was may differ.
    facts = [
        (facts["settings"], facts["versions"], facts["machine"] | {"load_average": None})
        for facts in (earlier, result)
    ]
    if facts[0] != facts[1]:
        return {}
    return {(row["variant"], row["precision"], row["jit_compile"]): row for row in earlier["rows"]}


def cases(precisions: Sequence[str], *, xla: bool) -> Iterator[tuple[str, bool]]:
    """Lists what to measure of a variant: precisions, and whether XLA compiles the step."""
    for jit_compile in (False, True) if xla else (False,):
        for precision in precisions:
            yield precision, jit_compile


def measure(
    parameters: Any, variant: str, precision: str, *, jit_compile: bool, repeats: int
) -> dict[str, Any]:
    """Measures the steps of one variant by random crops, as training takes them: each waits for its losses.

    Returns:
        What was measured: of the first step, in which it is traced and compiled, the ``first_step_seconds``
        and the ``losses``, the same wherever it runs except for rounding; of those after it the median
        ``seconds``; ``images_per_second``; ``gflop_per_image`` (see ``flops.py``) and ``teraflops``, what
        that makes a second.
    """
    size, batch_size = parameters.crops.size, parameters.training.batch_size
    step, networks = build_step(parameters, variant, precision, jit_compile=jit_compile)
    high_resolution = tf.random.stateless_uniform((batch_size, size, size, 3), (0, 0), -1, 1)
    low_resolution = tf.image.resize((high_resolution + 1) / 2, (size // SCALE, size // SCALE))
    seconds = []
    losses: list[dict[str, float]] = []
    for _ in range(1 + WARM_UP + repeats):
        started = time.perf_counter()
        losses.append({name: float(loss) for name, loss in step(low_resolution, high_resolution).items()})
        tf.test.experimental.sync_devices()  # the update of the weights too
        seconds.append(time.perf_counter() - started)
    typical = median(seconds[-repeats:])
    gflop = step_flop(size, **networks) / 1e9
    return {
        "variant": variant,
        "precision": precision,
        "jit_compile": jit_compile,
        "first_step_seconds": seconds[0],
        "seconds": typical,
        "images_per_second": batch_size / typical,
        "gflop_per_image": gflop,
        "teraflops": batch_size * gflop / typical / 1e3,
        "losses": losses[0],
    }


def build_step(
    parameters: Any, variant: str, precision: str, *, jit_compile: bool
) -> tuple[Callable[..., dict[str, tf.Tensor]], dict[str, keras.Model]]:
    """Builds a variant's step, and names the networks that take part, as ``step_flop`` does."""
    keras.backend.clear_session(free_memory=True)
    keras.utils.set_random_seed(0)
    asked = VARIANTS[variant]
    architecture = {name: value for name, value in parameters.generator.items() if name != "initialization"}
    generator = initialize(build_generator(**architecture), parameters.generator.initialization)
    networks = {"generator": generator}
    if asked.adversarial:
        networks["discriminator"] = build_discriminator(
            crop_size=parameters.crops.size, **parameters.discriminator
        )
    trained = dict(networks)
    content_loss: Loss = pixel_mse
    if asked.perceptual:
        vgg = keras.applications.VGG19(weights=None, include_top=False, input_shape=(None, None, 3))
        network = build_perceptual_network(
            vgg,
            content_loss=asked.content_loss,
            formulation=parameters.perceptual.formulation,
            preprocessing=parameters.perceptual.preprocessing,
        )
        networks["maps"] = network.get_layer("vgg19")
        content_loss = PerceptualLoss(accelerate(network, precision), scale=parameters.perceptual.scale.vgg19)
    step = TrainingStep(
        asked.label,
        content_loss=content_loss,
        learning_rate=parameters.training.learning_rate,
        discriminator_output=parameters.discriminator.output,
        adversarial_weight=parameters.training.adversarial_weight,
        auxiliary_losses=weigh_losses(
            OmegaConf.merge(
                parameters.training, OmegaConf.select(parameters, f"{variant}.training", default={})
            )
        ),
        precision=precision,
        jit_compile=jit_compile,
        **trained,
    )
    return step.take, networks


def gpu_name() -> str | None:
    """Names the first GPU."""
    for gpu in tf.config.list_physical_devices("GPU"):
        return tf.config.experimental.get_device_details(gpu).get("device_name", "unknown")
    return None


def parse_arguments(arguments: Sequence[str] | None) -> Namespace:
    """Reads the command line; what is wrong with it ends the program with one line and status 2."""
    parser = Benchmark(__doc__)
    add, gpu = parser.add_argument, gpu_name() is not None
    add("variants", type=a_variant, nargs="*", default=list(VARIANTS), help="which to measure")
    # What a CPU computes in float16 it converts, back and forth.
    default = list(PRECISIONS if gpu else PRECISIONS[:2])
    add("--precisions", nargs="+", choices=PRECISIONS, default=default, help="which to compute in")
    add("--xla", action=BooleanOptionalAction, default=gpu, help="whether to measure with XLA, too")
    add("--repeats", type=POSITIVE, default=30, help="steps that count")
    options = parser.parse_intermixed_args(arguments)
    options.variants = list(dict.fromkeys(options.variants))
    return options


if __name__ == "__main__":
    main()
