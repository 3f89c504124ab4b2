"""Saved generators: those of runs, those that come with the project, and exports to other formats."""

import hashlib
import io
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from kedro.io import AbstractDataset, DatasetError

from srgan_report.datasets.complete_runs import Choice, choose_versions, list_versions, warn_of_passed_over
from srgan_report.errors import InputError
from srgan_report.storage.atomic import whole_folder
from srgan_report.storage.paths import describe_error, is_url, upload_folder
from srgan_report.variants import VARIANTS

if TYPE_CHECKING:
    import keras

    from srgan_report.inference.export import Export
    from srgan_report.inference.pretrained import PretrainedGenerator
    from srgan_report.networks.saved import SavedGenerator

_INDEX = "pretrained.json"

logger = logging.getLogger(__name__)


def find_generators(catalog: Any, until: str) -> "dict[str, SavedGenerator]":
    """Finds the generator of the latest run, up to this version, that has completed each variant.

    Returns:
        The generators in the order of variants.py, each loaded when it is asked for; none where no run is
        complete, or where that training diverged.
    """
    from srgan_report.networks.saved import SavedGenerator  # only here: it brings TensorFlow

    choices = choose_versions(catalog, [f"{name}.generator" for name in VARIANTS], until=until)
    found = {}
    for name, choice in choices.items():
        if not choice.complete:
            continue
        files = {}
        for dataset, version in choice.versions.items():
            chosen = catalog[dataset].of(version)
            # Without versions: whatever a run saves meanwhile, this one is loaded.
            files[dataset] = chosen.at(chosen._get_load_path())
        summary = files[f"{name}.training_summary"].load()
        if summary.get("status") == "diverged":
            logger.warning("Left out %s, which diverged.", VARIANTS[name].label)
            continue
        found[name] = SavedGenerator(
            choice.versions[f"{name}.generator"],
            partial(_load, name, choice, files[f"{name}.generator"]),
            partial(_describe, name, summary, files[f"{name}.metrics"], catalog, until),
        )
    return found


def _load(name: str, choice: Choice, generator: Any) -> Any:
    warn_of_passed_over(name, choice)
    return generator.load()


def _describe(name: str, summary: dict[str, Any], saved: Any, catalog: Any, until: str) -> dict[str, Any]:
    """What the same run saved, and bicubic interpolation's metrics on the same crops, of whichever run."""
    metrics = saved.load()[name]
    baselines = catalog["baselines.metrics"]
    for version in list_versions(baselines, until):
        bicubic = baselines.of(version).load()["bicubic"]
        if bicubic.get("validation_crops_sha256") == metrics["validation_crops_sha256"]:
            return {"summary": summary, "metrics": metrics, "bicubic": bicubic}
    return {"summary": summary, "metrics": metrics}


class PretrainedGeneratorsDataset(
    AbstractDataset["dict[str, PretrainedGenerator]", "dict[str, SavedGenerator]"]
):
    """Saves and loads a local folder of generators: of each its weights (``.npz``) and model card (``.md``).

    ``pretrained.json`` next to them holds what is known of each, and the SHA-256 of its weights.
    """

    def __init__(self, *, filepath: str | os.PathLike[str], metadata: dict[str, Any] | None = None) -> None:
        self._folder = Path(filepath)
        self.metadata = metadata

    def load(self) -> "dict[str, SavedGenerator]":
        """Finds the generators, in the order of variants.py; none where there is no such folder.

        Each is loaded, or found to be missing or damaged, when it is asked for.
        """
        from srgan_report.networks.saved import SavedGenerator  # only here: it brings TensorFlow

        return {
            name: SavedGenerator(
                f"pretrained, {entry['facts']['version']}",
                partial(self._load_generator, name, entry),
                entry["facts"].copy,
            )
            for name, entry in self._read_index().items()
        }

    def load_summaries(self) -> dict[str, dict[str, Any]]:
        """Loads the ``training_summary`` of each generator, which needs no TensorFlow; none where none is."""
        return {name: entry["facts"]["summary"] for name, entry in self._read_index().items()}

    def _read_index(self) -> dict[str, dict[str, Any]]:
        path = self._folder / _INDEX
        if not path.exists():
            return {}
        try:
            index = dict(json.loads(path.read_text(encoding="utf-8")))
            entries = {name: index[name] for name in VARIANTS if name in index}
            for entry in entries.values():
                entry["sha256"], entry["facts"]["version"], _generator_parameters(entry)
        except Exception as error:  # it is not what this project writes
            raise _damaged(path, error) from error
        return entries

    def _load_generator(self, name: str, entry: dict[str, Any]) -> "keras.Model":
        from srgan_report.inference.pretrained import build_pretrained

        path = self._folder / f"{name}.npz"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _damaged(path, error) from error
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise _damaged(path, f"its SHA-256 is not that of {_INDEX}")
        weights = dict(np.load(io.BytesIO(content), allow_pickle=False))
        try:
            return build_pretrained(weights, _generator_parameters(entry), name=f"{name}.generator")
        except Exception as error:  # its parameters are of no generator, or of another one
            raise _damaged(self._folder / _INDEX, error) from error

    def save(self, data: "dict[str, PretrainedGenerator]") -> None:
        """Writes the folder, whole or not at all, in place of the one that is there."""
        with whole_folder(self._folder) as folder:
            index = {}
            for name, pretrained in data.items():
                path = folder / f"{name}.npz"
                np.savez_compressed(path, allow_pickle=False, **pretrained.weights)
                path.with_suffix(".md").write_text(pretrained.card, encoding="utf-8")
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                index[name] = {"sha256": digest, "facts": dict(pretrained.facts)}
            (folder / _INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")

    def _exists(self) -> bool:
        return (self._folder / _INDEX).exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._folder)}


def _generator_parameters(entry: dict[str, Any]) -> dict[str, Any]:
    return dict(entry["facts"]["summary"]["parameters"]["generator"])


def _damaged(path: Path, reason: object) -> InputError:
    reason = describe_error(reason) if isinstance(reason, Exception) else reason
    return InputError(
        f"{path} can't be loaded: {reason}. It comes with the project: git checkout -- {path} restores it."
    )


class ExportedGeneratorsDataset(AbstractDataset["dict[str, Export]", NoReturn]):
    """Writes ``{variant}/export/{version}`` below a folder or URL, whole or not at all; it is write-only."""

    def __init__(self, *, filepath: str | os.PathLike[str], metadata: dict[str, Any] | None = None) -> None:
        self._filepath = str(filepath)
        self.metadata = metadata

    def save(self, data: "dict[str, Export]") -> None:
        """Writes a folder for each variant, in place of the one of that version that is there."""
        for name, export in data.items():
            place = f"{self._filepath}/{name}/export/{export.version}"
            with _open_folder(place) as folder:
                export.write(folder)
            logger.info("%s exported to %s", VARIANTS[name].label, place)

    def load(self) -> NoReturn:
        """Raises ``DatasetError``."""
        raise DatasetError("ExportedGeneratorsDataset is write-only.")

    def _exists(self) -> bool:
        return False

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}


@contextmanager
def _open_folder(place: str) -> Iterator[Path]:
    if not is_url(place):
        with whole_folder(Path(place)) as folder:
            yield folder
        return
    with TemporaryDirectory() as temporary:
        with whole_folder(Path(temporary) / "export") as folder:  # whose errors are clear
            yield folder
        upload_folder(Path(temporary) / "export", place, last="README.md")  # where the card is, all else is
