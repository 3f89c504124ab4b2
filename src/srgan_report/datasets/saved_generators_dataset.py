"""``SavedGeneratorsDataset``: the trained generators of all variants behind one catalog entry."""

import os
from typing import TYPE_CHECKING, Any, NoReturn

from kedro.io import AbstractDataset, DatasetError
from kedro.io.core import Version

from srgan_report.errors import InputError
from srgan_report.variants import VARIANTS

if TYPE_CHECKING:
    from kedro_datasets.tensorflow import TensorFlowModelDataset

    from srgan_report.benchmark import SavedGenerator


class SavedGeneratorsDataset(AbstractDataset[NoReturn, "dict[str, SavedGenerator]"]):
    """Finds the latest generator of every variant that has one; it is read-only.

    As with Kedro's ``PartitionedDataset``, each is loaded when it is asked for.

    Example:
        ```yaml
        generators:
          type: srgan_report.datasets.SavedGeneratorsDataset
          filepath: data/sample/06_models
        ```
    """

    def __init__(self, *, filepath: str | os.PathLike[str], metadata: dict[str, Any] | None = None) -> None:
        """Creates the dataset; looks for nothing yet.

        Args:
            filepath: The folder of ``{variant}/generator.keras``, prefixed with a protocol such as ``s3://``
                where it is not local.
            metadata: Any arbitrary metadata. This is ignored by Kedro, but may be consumed by users or
                external plugins.
        """
        self._filepath = str(filepath)
        self.metadata = metadata

    def load(self) -> "dict[str, SavedGenerator]":
        """Finds the generators.

        Returns:
            For each variant that has been trained, in the order of variants.py, its latest generator.

        Raises:
            InputError: None has been trained; says how to.
        """
        from srgan_report.benchmark import SavedGenerator

        generators = {
            name: SavedGenerator(str(dataset.resolve_load_version()), dataset.load)
            for name in VARIANTS
            if (dataset := self._generator(name)).exists()
        }
        if not generators:
            raise InputError(
                "At least one variant must have been trained. Received no saved generator in: "
                f"{self._filepath}. Train them first, in the same environment (--env), with the pipeline "
                "all_variants or all_variants_from_mse."
            )
        return generators

    def _generator(self, name: str) -> "TensorFlowModelDataset":
        # Only here: it brings TensorFlow, for which most users of these datasets would wait in vain.
        from kedro_datasets.tensorflow import TensorFlowModelDataset

        path = f"{self._filepath}/{name}/generator.keras"
        return TensorFlowModelDataset(filepath=path, version=Version(None, None))

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
