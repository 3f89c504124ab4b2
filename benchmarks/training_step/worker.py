"""One side of the training-step benchmark, in a process of its own, whose environment decides its speed.

``python -m benchmarks.training_step.worker SIDE VARIANT SIZE BATCH_SIZE`` builds the side's step of
the variant, for one batch of random crops of SIZE pixels. On its standard output are
lines of JSON and nothing else:

- before the first step, ``resident_bytes`` (the process's memory), ``gpus`` and ``versions``, from TensorFlow
  ``matrix_side``, and from the project ``gflop_per_image``;
- for each line ``step`` on its standard input the ``seconds`` of one more step and its ``losses``; for each
  line ``matrix_product`` the ``seconds`` of a product of two matrices of ``matrix_side`` rows and columns;
- when the input ends, ``peak_bytes``, the most memory that the process held.

Each side imports what it needs and no more: the article's is to be TensorFlow as it comes, which it would not
be with the project's package imported, and PyTorch's environment holds no TensorFlow.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

MATRIX_SIDE, GPU_MATRIX_SIDE = 2048, 8192  # a GPU needs more to be busy


@dataclass(frozen=True)
class Side:
    """What a side can do, and what it consists of.

    Attributes:
        train: Takes one more step by the batch; returns the losses from before it.
        multiply: Multiplies two matrices, in the precision of the side's convolutions.
        networks: What takes part, by name; ``maps`` is the VGG network that the content loss compares by.
        facts: What to say before the first step.
    """

    train: Callable[[], Mapping[str, float]]
    multiply: Callable[[], Any]
    networks: Mapping[str, Any]
    facts: Mapping[str, Any]


def build_article(variant: str, size: int, batch_size: int) -> Side:
    """Builds the article's step, as TensorFlow comes."""
    from benchmarks.training_step import article

    content_loss, adversarial = _parse(variant)
    trained = {"generator": article.build_generator()}
    if adversarial:
        trained["discriminator"] = article.build_discriminator(size)
    compared = {}
    loss = article.pixel_mse
    if content_loss != "mse":
        compared["maps"] = _random_vgg()
        last = (2, 2) if content_loss == "vgg22" else (5, 4)
        loss = partial(article.vgg_loss, compared["maps"], last)
    step = article.build_step(content_loss=loss, **trained)
    return _tensorflow_side(step, trained | compared, size, batch_size)


def build_project(variant: str, size: int, batch_size: int, precision: str = "float32") -> Side:
    """Builds the project's step as the project comes, by the article's protocol: on a GPU XLA compiles it."""
    # Before anything that imports TensorFlow, whose settings the package chooses.
    from srgan_report.networks import (
        accelerate,
        build_discriminator,
        build_generator,
        build_perceptual_network,
    )
    from srgan_report.training.losses import PerceptualLoss, pixel_mse
    from srgan_report.training.step import TrainingStep

    content_loss, adversarial = _parse(variant)
    trained = {"generator": build_generator()}
    if adversarial:
        trained["discriminator"] = build_discriminator(crop_size=size)
    compared = {}
    loss = pixel_mse
    if content_loss != "mse":
        network = build_perceptual_network(_random_vgg(), content_loss=content_loss, preprocessing="none")
        compared["maps"] = network.get_layer("vgg19")
        loss = PerceptualLoss(accelerate(network, precision), scale=0.006)
    step = TrainingStep(
        variant,
        content_loss=loss,
        learning_rate=1e-3,
        adversarial_weight=1e-3,
        precision=precision,
        jit_compile=_count_gpus() > 0,  # as training.jit_compile=auto
        **trained,
    )
    dtype = precision.removeprefix("mixed_")
    side = _tensorflow_side(step.take, trained | compared, size, batch_size, dtype)
    from benchmarks.training_step.flops import step_flop

    return replace(side, facts={"gflop_per_image": step_flop(size, **side.networks) / 1e9, **side.facts})


def build_pytorch(variant: str, size: int, batch_size: int) -> Side:
    """Builds the step in PyTorch."""
    import torch

    from benchmarks.training_step import pytorch

    torch.set_num_threads(os.cpu_count() or 1)
    torch.set_flush_denormal(True)  # as TensorFlow does: a sure discriminator's gradients get that small
    content_loss, adversarial = _parse(variant)
    networks = {"generator": pytorch.Generator()}
    if adversarial:
        networks["discriminator"] = pytorch.build_discriminator(size)
    if content_loss != "mse":
        networks["maps"] = pytorch.Vgg(content_loss)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    networks = {
        name: network.to(device, memory_format=torch.channels_last) for name, network in networks.items()
    }
    if device == "cuda":
        torch.set_float32_matmul_precision("high")  # TF32, as TensorFlow's
        torch.backends.cudnn.benchmark = True
        pytorch.compile_networks(networks.values())
    step = pytorch.build_step(**networks)
    batch = [crops.to(device) for crops in pytorch.make_batch(size, batch_size)]
    matrix = torch.rand(MATRIX_SIDE, MATRIX_SIDE, device=device)
    return Side(
        train=lambda: {name: loss.item() for name, loss in step(*batch).items()},
        multiply=lambda: (matrix @ matrix)[0, 0].item(),  # a GPU's is done when it can be read
        networks=networks,
        facts={"gpus": torch.cuda.device_count(), "versions": {"PyTorch": torch.__version__}},
    )


def _parse(variant: str) -> tuple[str, bool]:
    """Tells a variant's content loss, and whether it is adversarial, without the project's package."""
    network, content_loss = variant.split("_")
    return content_loss, network == "srgan"


def _random_vgg() -> Any:
    import keras

    keras.utils.set_random_seed(0)
    return keras.applications.VGG19(weights=None, include_top=False, input_shape=(None, None, 3))


def _count_gpus() -> int:
    import tensorflow as tf

    return len(tf.config.list_physical_devices("GPU"))


def _tensorflow_side(
    step: Callable[..., Mapping[str, Any]],
    networks: Mapping[str, Any],
    size: int,
    batch_size: int,
    dtype: str = "float32",
) -> Side:
    import keras
    import tensorflow as tf

    high_resolution = tf.random.stateless_uniform((batch_size, size, size, 3), (0, 0), -1, 1)
    low_resolution = tf.image.resize((high_resolution + 1) / 2, (size // 4, size // 4))
    gpus = _count_gpus()
    matrix_side = GPU_MATRIX_SIDE if gpus else MATRIX_SIDE
    matrix = tf.cast(tf.random.stateless_uniform((matrix_side, matrix_side), (0, 0)), dtype)

    def train() -> dict[str, float]:
        losses = {name: float(loss) for name, loss in step(low_resolution, high_resolution).items()}
        tf.test.experimental.sync_devices()
        return losses

    def multiply() -> None:
        tf.matmul(matrix, matrix)
        tf.test.experimental.sync_devices()

    versions = {"TensorFlow": tf.__version__, "Keras": keras.__version__}
    facts = {"gpus": gpus, "matrix_side": matrix_side, "versions": versions}
    return Side(train, multiply, networks, facts)


BUILDERS: Mapping[str, Callable[[str, int, int], Side]] = {
    "article": build_article,
    "article_without_onednn": build_article,
    "project": build_project,
    "project_bfloat16": partial(build_project, precision="mixed_bfloat16"),
    "pytorch": build_pytorch,
}


def read_memory(field: str) -> int:
    """Reads this process's memory in bytes: ``VmRSS``, what it holds, or ``VmHWM``, the most it held so far.

    Where there is no /proc both are the latter.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return 1024 * int(lines[field].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(arguments: list[str]) -> None:
    """Answers requests until there are no more."""
    # What others print, from Python or from C, goes the way of the error messages.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(answer: Mapping[str, Any]) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    name, variant, size, batch_size = arguments
    side = BUILDERS[name](variant, int(size), int(batch_size))
    say({"resident_bytes": read_memory("VmRSS"), **side.facts})
    for request in map(str.strip, sys.stdin):
        started = time.perf_counter()
        result = {"step": side.train, "matrix_product": side.multiply}[request]()
        answer = {"seconds": time.perf_counter() - started}
        say(answer | {"losses": result} if request == "step" else answer)
    say({"peak_bytes": read_memory("VmHWM")})


if __name__ == "__main__":
    main(sys.argv[1:])
