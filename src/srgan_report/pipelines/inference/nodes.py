"""Nodes that export saved generators, make them the pretrained ones, or upscale photographs."""

import logging
from functools import partial
from pathlib import Path

import numpy as np

from srgan_report.inference.export import Export, checksums, export_formats
from srgan_report.inference.photo_files import plan_files
from srgan_report.inference.pretrained import PretrainedGenerator, round_weights
from srgan_report.inference.upscaler import Upscaler
from srgan_report.inference.upscaling import Upscale, blend, find_missing, upscale_files
from srgan_report.networks.saved import SavedGenerator, find_generator, require_trained
from srgan_report.parameters.sections import ExportParameters, UpscaleParameters
from srgan_report.reporting.model_card import write_card
from srgan_report.storage.atomic import remove_leftovers
from srgan_report.variants import FAITHFUL, VARIANTS

logger = logging.getLogger(__name__)


def export_generators(generators: dict[str, SavedGenerator], export: ExportParameters) -> dict[str, Export]:
    """Exports the latest saved generator of one variant, or of all, each with a model card.

    Raises:
        InputError: No variant, or not this one, has a saved generator.
    """
    require_trained(generators)
    names = generators if export.variant is None else [export.variant]
    chosen = {name: find_generator(generators, name, parameter="export.variant") for name in names}
    return {name: Export(saved.version, partial(_write, name, saved)) for name, saved in chosen.items()}


def prepare_pretrained(
    generators: dict[str, SavedGenerator], validation_crops: dict[str, np.ndarray]
) -> dict[str, PretrainedGenerator]:
    """Makes of every saved generator a pretrained one: float16 weights, if they do, and a model card.

    Raises:
        InputError: There is no saved generator.
    """
    require_trained(generators)
    pretrained = {}
    for name, saved in generators.items():
        described = {"bicubic": None, **saved.describe()}
        weights, levels = round_weights(
            saved.load(),
            described["summary"]["parameters"]["generator"],
            validation_crops["low_resolution"],
            name=f"{name}.generator",
        )
        dtype = str(next(iter(weights.values())).dtype)
        logger.info("%s: %s, which changes its images by %.3f of 256 levels", name, dtype, levels)
        facts = {"version": saved.version, "dtype": dtype, "levels": levels, **described}
        pretrained[name] = PretrainedGenerator(weights, facts, write_card(VARIANTS[name], facts))
    return pretrained


def upscale_photographs(
    generators: dict[str, SavedGenerator],
    pretrained_generators: dict[str, SavedGenerator],
    upscale: UpscaleParameters,
) -> None:
    """Upscales photographs four times with a variant's latest saved generator, or else the pretrained one.

    Raises:
        InputError: The variant has neither, or some photographs could not be upscaled.
    """
    name = upscale.variant
    saved = find_generator(pretrained_generators | generators, name, parameter="upscale.variant")
    files = plan_files(upscale.input, upscale.output, preview=upscale.preview)
    for folder in {target.parent for file in files for target in file.targets}:
        remove_leftovers(folder)
    missing = find_missing(files, overwrite=upscale.overwrite)
    if not missing:
        return
    label = VARIANTS[name].label
    number = f"{len(missing)} file{'' if len(missing) == 1 else 's'}"
    logger.info("%s of %s upscales %s to %s", label, saved.version, number, upscale.output)
    network: Upscale = Upscaler(saved.load(), name=f"{name}.generator")
    if upscale.blend < 1:
        faithful = find_generator(
            pretrained_generators | generators, FAITHFUL, parameter="upscale.blend below 1"
        )
        network = blend(Upscaler(faithful.load(), name=f"{FAITHFUL}.generator"), network, upscale.blend)
        label = f"{label}, blend {upscale.blend:g}"
    upscale_files(missing, network, label=label)


def _write(name: str, saved: SavedGenerator, folder: Path) -> None:
    """Writes a generator in all formats with its card, which comes last."""
    variant, facts = VARIANTS[name], saved.describe()
    generator = saved.load()
    Upscaler(generator, name=f"{name}.generator")  # which refuses what is no generator
    differences = export_formats(generator, folder, name=variant.label)
    card = write_card(
        variant,
        {"version": saved.version, **facts},
        differences={kind.file: difference for kind, difference in differences.items()},
        checksums=checksums(folder),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
