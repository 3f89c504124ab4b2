"""``SavedGeneratorsDataset``: the trained generators of all variants behind one catalog entry."""

import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from kedro.io import AbstractDataset, DatasetError
from kedro.io.core import Version

from srgan_report.variants import VARIANTS

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from srgan_report.datasets.atomic_datasets import JSONDataset
    from srgan_report.datasets.tensorflow_model_dataset import TensorFlowModelDataset
    from srgan_report.networks.saved import SavedGenerator


class SavedGeneratorsDataset(AbstractDataset[NoReturn, "dict[str, SavedGenerator]"]):
    """Finds the latest generator of every variant that has one; it is read-only.

    As with Kedro's ``PartitionedDataset``, each is loaded when it is asked for. None is later than the
    version to load, or else than the run that reads it.

    Example:
        ```yaml
        generators:
          type: srgan_report.datasets.SavedGeneratorsDataset
          filepath: data/sample
          versioned: true
        ```
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
            filepath: The root of all results, in which ``06_models/{variant}/generator.keras`` are, prefixed
                with a protocol such as ``s3://`` where it is not local.
            version: The versions to load and to save, of which the first that there is names the last one to
                look at. ``None``: the latest is.
            metadata: Any arbitrary metadata. This is ignored by Kedro, but may be consumed by users or
                external plugins.
        """
        self._filepath = str(filepath)
        self._until = version and (version.load or version.save)
        self.metadata = metadata

    def load(self) -> "dict[str, SavedGenerator]":
        """Finds the generators.

        Returns:
            For each variant that has been trained and has not diverged, in the order of variants.py, its
            latest generator; none where none has been.
        """
        from srgan_report.networks.saved import SavedGenerator

        saved = {name: dataset for name in VARIANTS if (dataset := self._generator(name)).exists()}
        for name in [name for name, each in saved.items() if self._diverged(name, each)]:
            logger.warning("%s diverged, and is left out.", VARIANTS[name].label)
            del saved[name]
        # Each as a file without versions: --load-versions, which an error would offer, doesn't choose here.
        return {
            name: SavedGenerator(
                version := str(each.resolve_load_version()),
                each.at(each._get_load_path()).load,
                partial(self._describe_generator, name, version),
            )
            for name, each in saved.items()
        }

    def _generator(self, name: str) -> "TensorFlowModelDataset":
        # Only here: it brings TensorFlow, for which most users of these datasets would wait in vain.
        from srgan_report.datasets.tensorflow_model_dataset import TensorFlowModelDataset

        path = f"{self._filepath}/06_models/{name}/generator.keras"
        return TensorFlowModelDataset(filepath=path, version=Version(None, self._until))

    def _diverged(self, name: str, generator: "TensorFlowModelDataset") -> bool:
        """Whether the training that ended in this generator did; older ones don't tell."""
        summary = self._read(f"06_models/{name}/training_summary.json", generator.resolve_load_version())
        return (summary or {}).get("status") == "diverged"

    def _describe_generator(self, name: str, version: str) -> dict[str, Any]:
        """What the same run saved; another version would be of another generator."""
        summary = self._read(f"06_models/{name}/training_summary.json", version)
        metrics = (self._read(f"07_model_output/{name}/metrics.json", version) or {}).get(name)
        bicubic = metrics and self._find_bicubic(metrics["validation_crops_sha256"])
        facts = {"summary": summary, "metrics": metrics, "bicubic": bicubic}
        return {key: value for key, value in facts.items() if value}

    def _find_bicubic(self, validation_crops_sha256: str) -> dict[str, Any] | None:
        """The metrics of bicubic interpolation on the same crops, whichever run saved them."""
        path = "07_model_output/baselines/metrics.json"
        saved = self._dataset(path, None)
        for version in saved.list_versions(full_path=False) if saved.exists() else ():
            bicubic = (self._read(path, version) or {})["bicubic"]
            if bicubic.get("validation_crops_sha256") == validation_crops_sha256:
                return bicubic
        return None

    def _read(self, path: str, version: str | None) -> dict[str, Any] | None:
        saved = self._dataset(path, version)
        return saved.load() if saved.exists() else None

    def _dataset(self, path: str, version: str | None) -> "JSONDataset":
        from srgan_report.datasets.atomic_datasets import JSONDataset

        return JSONDataset(filepath=f"{self._filepath}/{path}", version=Version(version, None))

    def save(self, data: NoReturn) -> None:
        """Refuses.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("SavedGeneratorsDataset is read-only.")

    def _exists(self) -> bool:
        return any(self._generator(name).exists() for name in VARIANTS)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
