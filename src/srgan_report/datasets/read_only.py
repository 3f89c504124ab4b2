"""Datasets that a run reads and never writes: photographs, benchmark sets, and a folder on this machine."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from kedro.io import AbstractDataset, DatasetError

from srgan_report.choices import Source
from srgan_report.data.photographs import Photographs, read_folder, read_sample, read_tfds

if TYPE_CHECKING:
    from srgan_report.data.benchmark_sets import ImagePair

_Loaded = TypeVar("_Loaded")


class _ReadOnlyDataset(AbstractDataset[NoReturn, _Loaded]):
    def save(self, data: NoReturn) -> None:
        raise DatasetError(f"{type(self).__name__} is read-only.")


class PhotographsDataset(_ReadOnlyDataset[Photographs]):
    """Reads photographs, ids and encoded bytes, from one of three sources."""

    def __init__(
        self,
        *,
        source: Source,
        name: str | None = None,
        folder: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Takes a source, with its ``name`` in TensorFlow Datasets or its ``folder``, but reads nothing yet.

        The folder is relative to the current one; one called ``path`` Kedro would take from the project's.
        """
        self._source, self._name, self._folder = source, name, folder
        self._photographs: Photographs | None = None
        self.metadata = metadata

    def load(self) -> Photographs:
        """Reads the photographs in the source's order, once: all nodes share the same ones."""
        if self._photographs is None:
            match self._source:
                case "tfds":
                    self._photographs = read_tfds(str(self._name))
                case "folder":
                    self._photographs = read_folder(str(self._folder))
                case _:
                    self._photographs = read_sample()
        return self._photographs

    def _release(self) -> None:
        self._photographs = None

    def _describe(self) -> dict[str, Any]:
        return {"source": self._source, "name": self._name, "folder": self._folder}


class BenchmarkSetsDataset(_ReadOnlyDataset["dict[str, tuple[ImagePair, ...]]"]):
    """Finds pairs of HR and LR images, set by set (see benchmark_layouts.py)."""

    def __init__(
        self, *, root: str | None, sets: Sequence[str], metadata: dict[str, Any] | None = None
    ) -> None:
        self._root, self._sets = root, tuple(sets)
        self.metadata = metadata

    def load(self) -> "dict[str, tuple[ImagePair, ...]]":
        """Finds the pairs of each set and checks that each can be read; their pixels stay on disk."""
        from srgan_report.data.benchmark_sets import read_sets  # only here: it brings TensorFlow

        return read_sets(self._root, self._sets)

    def _describe(self) -> dict[str, Any]:
        return {"root": self._root, "sets": self._sets}


class FolderDataset(_ReadOnlyDataset[Path]):
    """Gives the path of a folder, which need not be there yet; what is in it is up to who asks."""

    def __init__(self, *, filepath: str | os.PathLike[str], metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Path:
        """Returns the path."""
        return self._filepath

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
