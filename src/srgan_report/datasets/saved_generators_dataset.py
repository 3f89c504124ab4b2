"""``SavedGeneratorsDataset``: the trained generators of all variants behind one catalog entry."""

import logging
import os
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from kedro.io.core import Version

from srgan_report import datasets
from srgan_report.datasets.complete_runs import (
    Choice,
    choose_run,
    continued_by,
    list_versions,
    warn_of_passed_over,
)
from srgan_report.datasets.read_only import ReadOnlyDataset
from srgan_report.variants import VARIANTS

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from srgan_report.networks.saved import SavedGenerator


class SavedGeneratorsDataset(ReadOnlyDataset["dict[str, SavedGenerator]"]):
    """Finds the generator of the latest run that has completed each variant; it is read-only.

    None is later than the version to load, or else than the run that reads it. Each is loaded when it is
    asked for, as with Kedro's ``PartitionedDataset``.
    """

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
        version: Version | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Creates the dataset; looks for nothing yet.

        Args:
            filepath: The folder, or URL, of all results.
            version: The versions to load and to save, of which the first that there is names the last one to
                look at. ``None``: the latest is.
            metadata: For plugins such as Kedro-Viz.
        """
        self._filepath = str(filepath)
        self._until = version and (version.load or version.save)
        self.metadata = metadata

    def load(self) -> "dict[str, SavedGenerator]":
        """Finds the generators, in the order of variants.py; those whose training diverged are left out."""
        from srgan_report.networks.saved import SavedGenerator

        found = {}
        for name, choice, saved in self._choose():
            summary = saved[f"{name}.training_summary"].load()
            if summary.get("status") == "diverged":
                logger.warning("Left out %s, which diverged.", VARIANTS[name].label)
                continue
            found[name] = SavedGenerator(
                choice.versions[f"{name}.generator"],
                partial(_load, name, choice, saved[f"{name}.generator"]),
                partial(self._describe_generator, name, summary, saved[f"{name}.metrics"]),
            )
        return found

    def _choose(self) -> Iterator[tuple[str, Choice, dict[str, Any]]]:
        continued = continued_by(self._dataset("JSONDataset", "08_reporting/provenance.json"))
        for name in VARIANTS:
            saved = self._saved(name)
            versions = {key: list_versions(each, self._until) for key, each in saved.items()}
            choice = choose_run(versions, continued)
            if choice and choice.complete:
                yield name, choice, {key: each.of(choice.versions[key]) for key, each in saved.items()}

    def _saved(self, name: str) -> dict[str, Any]:
        models, output = f"06_models/{name}", f"07_model_output/{name}"
        return {
            f"{name}.generator": self._dataset("TensorFlowModelDataset", f"{models}/generator.keras"),
            f"{name}.training_history": self._dataset("CSVDataset", f"{models}/training_history.csv"),
            f"{name}.training_summary": self._dataset("JSONDataset", f"{models}/training_summary.json"),
            f"{name}.metrics": self._dataset("JSONDataset", f"{output}/metrics.json"),
        }

    def _describe_generator(self, name: str, summary: dict[str, Any], saved: Any) -> dict[str, Any]:
        """What the same run saved; another version would be of another generator."""
        metrics = saved.load()[name]
        bicubic = self._find_bicubic(metrics["validation_crops_sha256"])
        return {"summary": summary, "metrics": metrics} | ({"bicubic": bicubic} if bicubic else {})

    def _find_bicubic(self, validation_crops_sha256: str) -> dict[str, Any] | None:
        saved = self._dataset("JSONDataset", "07_model_output/baselines/metrics.json")
        for version in list_versions(saved, self._until):
            bicubic: dict[str, Any] = saved.of(version).load()["bicubic"]
            if bicubic.get("validation_crops_sha256") == validation_crops_sha256:
                return bicubic
        return None

    def _dataset(self, kind: str, path: str) -> Any:
        # Only here: it brings TensorFlow, for which most users of these datasets would wait in vain.
        return getattr(datasets, kind)(filepath=f"{self._filepath}/{path}", version=Version(None, None))

    def _exists(self) -> bool:
        return any(self._choose())

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}


def _load(name: str, choice: Choice, generator: Any) -> Any:
    warn_of_passed_over(name, choice)
    # As a file without versions: --load-versions, which an error would offer, doesn't choose here.
    return generator.at(generator._get_load_path()).load()
