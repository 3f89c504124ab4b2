"""Nodes that enlarge a user's own photographs."""

import logging

from srgan_report.benchmark import SavedGenerator
from srgan_report.errors import InputError
from srgan_report.parameters import UpscaleParameters
from srgan_report.photo_enlargement import enlarge_files, find_missing
from srgan_report.photo_files import plan_files
from srgan_report.upscaling import Upscaler
from srgan_report.variants import VARIANTS

logger = logging.getLogger(__name__)


def upscale_photographs(
    generators: dict[str, SavedGenerator],
    shipped_generators: dict[str, SavedGenerator],
    upscale: UpscaleParameters,
) -> None:
    """Enlarges photographs four times with a variant's latest saved generator, or else the shipped one.

    Raises:
        InputError: The variant has neither, or some photographs could not be enlarged.
    """
    name = upscale.variant
    saved = find_generator(shipped_generators | generators, name, parameter="upscale.variant")
    files = plan_files(upscale.input, upscale.output, preview=upscale.preview)
    missing = find_missing(files, overwrite=upscale.overwrite)
    if not missing:
        return
    label = VARIANTS[name].label
    number = f"{len(missing)} file{'' if len(missing) == 1 else 's'}"
    logger.info("%s of %s enlarges %s to %s", label, saved.version, number, upscale.output)
    enlarge_files(missing, Upscaler(saved.load(), name=f"{name}.generator"), label=label)


def find_generator(generators: dict[str, SavedGenerator], name: str, *, parameter: str) -> SavedGenerator:
    """Finds a variant's generator among those that are saved.

    Raises:
        InputError: It is not there; names the parameter that asked for it, and says how to train it.
    """
    if name not in generators:
        raise InputError(
            f"{parameter} must be a variant whose generator is saved ({', '.join(generators)}). "
            f"Received: {name}. Train it first, in the same environment (--env): kedro run --pipelines={name}"
        )
    return generators[name]
