"""Trained generators that are saved, and what to do where one is asked for that is not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from srgan_report.errors import InputError


@dataclass(frozen=True)
class SavedGenerator:
    """A version of a trained generator that is still on disk.

    ``describe`` loads what was saved with it: ``summary`` (its ``training_summary``), and on the validation
    crops its ``metrics`` and those of ``bicubic`` interpolation. What was not is left out.
    """

    version: str
    load: Callable[[], keras.Model] = field(repr=False)
    describe: Callable[[], Mapping[str, Any]] = field(default=dict, repr=False)


def require_trained(generators: Mapping[str, SavedGenerator]) -> None:
    """Raises an ``InputError`` that says how to train a generator if there is none."""
    if not generators:
        raise InputError(
            "At least one variant must be trained, but no generator is saved in this environment (--env). "
            "Train them first: kedro run --pipelines=all_variants"
        )


def find_generator(generators: Mapping[str, SavedGenerator], name: str, *, parameter: str) -> SavedGenerator:
    """Finds a variant's generator, or raises an ``InputError`` that names the parameter that asked for it."""
    if name not in generators:
        raise InputError(
            f"{parameter} must be a variant whose generator is saved ({', '.join(generators)}). "
            f"Received: {name}. Train it first, in the same environment (--env): kedro run --pipelines={name}"
        )
    return generators[name]
