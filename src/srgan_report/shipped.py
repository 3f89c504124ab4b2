"""The trained generators that come with the project: their weights in half precision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from srgan_report.errors import InputError
from srgan_report.networks import build_generator

MOST_LEVELS = 0.5  # of 256: what rounding to 8 bits does anyway

_BATCH_SIZE = 64


@dataclass(frozen=True)
class Shipment:
    """A trained generator as it is shipped.

    Attributes:
        weights: Each weight by its path in the network, float16.
        facts: What is told of it: ``version``, ``levels`` (the largest difference from the trained one, of
            256 levels), ``summary`` (its ``training_summary``), and on the validation crops its ``metrics``
            and those of ``bicubic`` interpolation.
        card: Its model card, Markdown.
    """

    weights: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]
    card: str


def pack(
    generator: keras.Model, generator_parameters: Mapping[str, Any], low_resolution: np.ndarray, *, name: str
) -> tuple[dict[str, np.ndarray], float]:
    """Rounds a generator's weights to half precision, and measures what that does to its images.

    Args:
        generator: A generator of ``build_generator``.
        generator_parameters: With what it was built.
        low_resolution: The images to measure with, ``(images, height, width, 3)`` float32 in [0, 1].
        name: What to call the generator in messages.

    Returns:
        The weights by their paths, float16; and the largest difference of a value, of 256 levels.

    Raises:
        InputError: A weight is beyond half precision, or the difference is larger than ``MOST_LEVELS``.
    """
    with np.errstate(over="ignore"):  # an overflow is told below
        weights = {weight.path: weight.numpy().astype(np.float16) for weight in generator.weights}
    beyond = [path for path, weight in weights.items() if not np.isfinite(weight).all()]
    if beyond:
        raise InputError(
            f"{name} can only be shipped with weights below 65,504 (half precision). Received larger ones: "
            f"{', '.join(beyond)}."
        )
    rounded = unpack(weights, generator_parameters, name=name)
    levels = max(
        _difference(generator, rounded, low_resolution[first : first + _BATCH_SIZE])
        for first in range(0, len(low_resolution), _BATCH_SIZE)
    )
    if not levels <= MOST_LEVELS:
        raise InputError(
            f"{name} can only be shipped if half precision changes its images by {MOST_LEVELS} of 256 levels "
            f"at most. Received {levels:.2f}."
        )
    return weights, levels


def _difference(generator: keras.Model, other: keras.Model, low_resolution: np.ndarray) -> float:
    ours, theirs = (
        np.clip(network(low_resolution, training=False).numpy(), -1, 1) for network in (generator, other)
    )
    return float(np.abs(ours - theirs).max() * 127.5)


def unpack(
    weights: Mapping[str, np.ndarray], generator_parameters: Mapping[str, Any], *, name: str
) -> keras.Model:
    """Builds the float32 generator of shipped weights.

    Args:
        weights: Each weight by its path in the network, float16.
        generator_parameters: With what it is built (see ``build_generator``).
        name: What to call the generator in messages.

    Raises:
        InputError: The weights are not those of such a generator.
    """
    generator = build_generator(**generator_parameters)
    shapes = {weight.path: tuple(weight.shape) for weight in generator.weights}
    received = {path: weight.shape for path, weight in weights.items()}
    if shapes != received:
        different = sorted(path for path in shapes | received if shapes.get(path) != received.get(path))
        raise InputError(
            f"The weights of {name} must be those of a generator of its parameters. Received others: "
            f"{', '.join(different[:3])}."
        )
    generator.set_weights([weights[weight.path].astype(np.float32) for weight in generator.weights])
    return generator
