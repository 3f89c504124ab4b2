"""``PhotographsDataset``: one catalog entry with three sources behind it."""

import os
from collections.abc import Sequence
from typing import Any

from srgan_report.choices import Source
from srgan_report.data.photographs import Photograph, read_folder, read_sample, read_tfds
from srgan_report.datasets.read_only import ReadOnlyDataset


class PhotographsDataset(ReadOnlyDataset[Sequence[Photograph]]):
    """Reads photographs, ids and encoded bytes, in a fixed order; it is read-only."""

    def __init__(
        self,
        *,
        source: Source,
        name: str | None = None,
        folder: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Creates the dataset; reads nothing yet.

        Args:
            source: ``tfds`` (TensorFlow Datasets), ``folder`` (image files) or ``sample`` (what scikit-image
                and scikit-learn carry).
            name: The TFDS name, where ``source`` is ``tfds``.
            folder: The folder, where ``source`` is ``folder``; relative to the current one. (Kedro would make
                an argument called ``path`` relative to the project.)
            metadata: For plugins such as Kedro-Viz.
        """
        self._source = source
        self._name = name
        self._folder = folder
        self._photographs: Sequence[Photograph] | None = None
        self.metadata = metadata

    def load(self) -> Sequence[Photograph]:
        """Reads the photographs in the source's order, once: all nodes share the same ones."""
        if self._photographs is None:
            self._photographs = self._read()
        return self._photographs

    def _read(self) -> Sequence[Photograph]:
        match self._source:
            case "tfds":
                return read_tfds(str(self._name))
            case "folder":
                return read_folder(str(self._folder))
            case _:
                return read_sample()

    def _exists(self) -> bool:
        # What TFDS has not prepared yet, it downloads; the sample is installed with the project.
        return self._source != "folder" or os.path.isdir(os.path.expanduser(str(self._folder)))

    def _release(self) -> None:
        self._photographs = None

    def _describe(self) -> dict[str, Any]:
        return {"source": self._source, "name": self._name, "folder": self._folder}
