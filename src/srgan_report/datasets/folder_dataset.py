"""``FolderDataset``: a folder on this machine, for what needs a local disk."""

import os
from pathlib import Path
from typing import Any

from srgan_report.datasets.read_only import ReadOnlyDataset


class FolderDataset(ReadOnlyDataset[Path]):
    """Gives the path of a folder, which need not be there yet; what lies in it is up to who asks."""

    def __init__(self, *, filepath: str | os.PathLike[str], metadata: dict[str, Any] | None = None) -> None:
        """Creates the dataset; touches nothing.

        Args:
            filepath: The folder. Kedro's catalog takes it from the project's folder where it is relative.
            metadata: For plugins such as Kedro-Viz.
        """
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Path:
        """Returns the path."""
        return self._filepath

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
