"""``ExportedGeneratorsDataset``: generators in formats that other software reads, a folder for each."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

from srgan_report.storage.atomic import whole_folder
from srgan_report.storage.data_root import is_url, upload_folder
from srgan_report.variants import VARIANTS

if TYPE_CHECKING:
    from srgan_report.inference.export import Export

logger = logging.getLogger(__name__)


class ExportedGeneratorsDataset(AbstractDataset["dict[str, Export]", NoReturn]):
    """Writes ``{variant}/export/{version}``, whole or not at all; it is write-only."""

    def __init__(self, *, filepath: str | os.PathLike[str], metadata: dict[str, Any] | None = None) -> None:
        """Creates the dataset; writes nothing yet.

        Args:
            filepath: The folder, or URL, of ``{variant}/export``.
            metadata: For plugins such as Kedro-Viz.
        """
        self._filepath = str(filepath)
        self.metadata = metadata

    def save(self, data: "dict[str, Export]") -> None:
        """Writes a folder for each variant, in place of the one of that version that is there.

        Raises:
            InputError: A folder can't be written, or a format does not give what the generator does.
        """
        for name, export in data.items():
            place = f"{self._filepath}/{name}/export/{export.version}"
            with _open_folder(place) as folder:
                export.write(folder)
            logger.info("%s exported to %s", VARIANTS[name].label, place)

    def load(self) -> NoReturn:
        """Refuses.

        Raises:
            DatasetError: Always.
        """
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
        # Where the card is, all else is.
        upload_folder(Path(temporary) / "export", place, last="README.md")
