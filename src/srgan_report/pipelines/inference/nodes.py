"""Nodes that export saved generators, pack them to come with the project, or enlarge photographs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from kedro.io import Version
from kedro.utils import find_kedro_project

from srgan_report.datasets.atomic_datasets import JSONDataset
from srgan_report.errors import InputError
from srgan_report.inference.enlargement import enlarge_files, find_missing
from srgan_report.inference.export import checksums, export_formats
from srgan_report.inference.photo_files import plan_files, remove_leftovers
from srgan_report.inference.pretrained import Shipment, pack
from srgan_report.inference.upscaler import Upscaler
from srgan_report.networks.saved import SavedGenerator, find_generator, require_trained
from srgan_report.parameters import ExportParameters, UpscaleParameters
from srgan_report.reporting.model_card import write_card, write_shipped_card
from srgan_report.storage.atomic import whole_folder
from srgan_report.storage.data_root import is_url, results_root, upload_folder
from srgan_report.variants import VARIANTS

logger = logging.getLogger(__name__)


def export_generators(
    generators: dict[str, SavedGenerator], export: ExportParameters, data_root: str
) -> None:
    """Exports the latest saved generator of one variant, or of all, each with a model card.

    Raises:
        InputError: No variant, or not this one, has a saved generator, a format does not give what the
            generator does, or the folder or bucket can't be written.
    """
    require_trained(generators)
    chosen = generators
    if export.variant is not None:
        saved = find_generator(generators, export.variant, parameter="export.variant")
        chosen = {export.variant: saved}
    root = _root(data_root)
    for name, saved in chosen.items():
        _export(name, saved, root)


def pack_generators(
    generators: dict[str, SavedGenerator], validation_crops: dict[str, np.ndarray], data_root: str
) -> dict[str, Shipment]:
    """Packs every saved generator to come with the project: float16 weights, if they do, and a model card.

    Raises:
        InputError: There is no saved generator, or its training was not recorded.
    """
    require_trained(generators)
    root = _root(data_root)
    return {name: _pack(name, saved, root, validation_crops) for name, saved in generators.items()}


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
    remove_leftovers(files)
    missing = find_missing(files, overwrite=upscale.overwrite)
    if not missing:
        return
    label = VARIANTS[name].label
    number = f"{len(missing)} file{'' if len(missing) == 1 else 's'}"
    logger.info("%s of %s enlarges %s to %s", label, saved.version, number, upscale.output)
    enlarge_files(missing, Upscaler(saved.load(), name=f"{name}.generator"), label=label)


def _root(data_root: str) -> str:
    # As in training: below the project, from whichever folder in it Kedro was called.
    return results_root(data_root, find_kedro_project(Path.cwd()) or Path())


def _pack(name: str, saved: SavedGenerator, root: str, validation_crops: dict[str, np.ndarray]) -> Shipment:
    summary = _read(f"{root}/06_models/{name}/training_summary.json", saved.version)
    metrics = _read(f"{root}/07_model_output/{name}/metrics.json", saved.version)
    if summary is None or metrics is None:
        raise InputError(
            f"{name}.generator can only be shipped with the training_summary and metrics of the same version "
            f"({saved.version}). Received none. Run it anew: kedro run --pipelines={name}"
        )
    generator_parameters = summary["parameters"]["generator"]
    weights, levels = pack(
        saved.load(), generator_parameters, validation_crops["low_resolution"], name=f"{name}.generator"
    )
    dtype = str(next(iter(weights.values())).dtype)
    logger.info("%s: %s, which changes its images by %.3f of 256 levels", name, dtype, levels)
    facts = {
        "version": saved.version,
        "dtype": dtype,
        "levels": levels,
        "summary": summary,
        "metrics": metrics[name],
        "bicubic": _read_bicubic(root, metrics[name]),
    }
    card = write_shipped_card(VARIANTS[name], facts)
    return Shipment(weights, facts, card)


def _export(name: str, saved: SavedGenerator, root: str) -> None:
    variant, models = VARIANTS[name], f"{root}/06_models/{name}"
    metrics = _read(f"{root}/07_model_output/{name}/metrics.json", saved.version)
    place = f"{models}/export/{saved.version}"
    with _open_folder(place) as folder:
        generator = saved.load()
        Upscaler(generator, name=f"{name}.generator")  # which refuses what is no generator
        differences = export_formats(generator, folder, name=variant.label)
        card = write_card(
            variant,
            saved.version,
            summary=_read(f"{models}/training_summary.json", saved.version),
            metrics=metrics and metrics[name],
            bicubic=metrics and _read_bicubic(root, metrics[name]),
            differences={kind.file: difference for kind, difference in differences.items()},
            checksums=checksums(folder),
        )
        (folder / "README.md").write_text(card, encoding="utf-8")
    logger.info("%s is exported to %s", variant.label, place)


@contextmanager
def _open_folder(place: str) -> Iterator[Path]:
    """Gives an empty folder, whose content is at ``place`` when the block has ended without an error."""
    if not is_url(place):
        with whole_folder(Path(place)) as folder:
            yield folder
        return
    with TemporaryDirectory() as temporary:
        with whole_folder(Path(temporary) / "export") as folder:  # whose errors are clear
            yield folder
        # Where the card is, all else is.
        upload_folder(Path(temporary) / "export", place, last="README.md")


def _read(filepath: str, version: str) -> dict[str, Any] | None:
    """What was saved beside a generator, in the same run; another version would be of another generator."""
    saved = JSONDataset(filepath=filepath, version=Version(version, None))
    return saved.load() if saved.exists() else None


def _read_bicubic(root: str, metrics: dict[str, Any]) -> dict[str, Any] | None:
    """The measures of bicubic interpolation on the same crops, whichever run saved them."""
    filepath = f"{root}/07_model_output/baselines/metrics.json"
    saved = JSONDataset(filepath=filepath, version=Version(None, None))
    for version in saved.list_versions(full_path=False) if saved.exists() else ():
        bicubic = JSONDataset(filepath=filepath, version=Version(version, None)).load()["bicubic"]
        if bicubic.get("validation_crops_sha256") == metrics.get("validation_crops_sha256"):
            return bicubic
    return None
