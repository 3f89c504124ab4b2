"""The trained generators that come with the project: their weights in half precision, where it is enough."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from srgan_report.errors import InputError
from srgan_report.networks import build_generator

MAX_LEVELS = 0.5  # of 256: what rounding to 8 bits does anyway

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PretrainedGenerator:
    """A trained generator that comes with the project.

    Attributes:
        weights: Each weight by its path in the network, float16 or float32.
        facts: ``version``, ``dtype`` of its weights, ``levels`` (the largest difference from the trained one,
            of 256 levels), and what ``SavedGenerator.describe`` gives.
        card: Its model card, Markdown.
    """

    weights: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]
    card: str


def round_weights(
    generator: keras.Model, generator_parameters: Mapping[str, Any], low_resolution: np.ndarray, *, name: str
) -> tuple[dict[str, np.ndarray], float]:
    """Rounds a generator's weights to float16 if no value of its images changes by over ``MAX_LEVELS``.

    Args:
        generator: A generator of ``build_generator``.
        generator_parameters: With what it was built.
        low_resolution: The images to measure with, ``(images, height, width, 3)`` float32 in [0, 1].
        name: Its name in messages.

    Returns:
        The weights by their paths, float16 or, unchanged, float32; and the largest difference, of 256 levels.
    """
    with np.errstate(over="ignore"):  # what is beyond half precision becomes infinite, and is seen below
        weights = {weight.path: weight.numpy().astype(np.float16) for weight in generator.weights}
    levels = np.inf
    if all(np.isfinite(weight).all() for weight in weights.values()):
        rounded = build_pretrained(weights, generator_parameters, name=name)
        images = (each.predict(low_resolution, batch_size=64, verbose=0) for each in (generator, rounded))
        ours, theirs = (np.clip(each, -1, 1) for each in images)
        levels = float(np.abs(ours - theirs).max() * 127.5)
    if levels <= MAX_LEVELS:
        return weights, levels
    change = f"float16 would change its images by {levels:.2f} of 256 levels"
    logger.warning("%s keeps its float32 weights: %s", name, change)
    return {weight.path: weight.numpy() for weight in generator.weights}, 0.0


def build_pretrained(
    weights: Mapping[str, np.ndarray], generator_parameters: Mapping[str, Any], *, name: str
) -> keras.Model:
    """Builds the float32 generator of the weights of ``round_weights``, or raises an ``InputError``."""
    architecture = {key: value for key, value in generator_parameters.items() if key != "initialization"}
    generator = build_generator(**architecture)
    shapes = {weight.path: tuple(weight.shape) for weight in generator.weights}
    received = {path: weight.shape for path, weight in weights.items()}
    if shapes != received:
        different = sorted(path for path in shapes | received if shapes.get(path) != received.get(path))
        raise InputError(
            f"The weights of {name} must match its generator parameters. Received others: "
            f"{', '.join(different[:3])}."
        )
    generator.set_weights([weights[weight.path].astype(np.float32) for weight in generator.weights])
    return generator
