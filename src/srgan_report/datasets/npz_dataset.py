"""``NpzDataset``: named NumPy arrays in one ``.npz`` file."""

import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import PurePosixPath
from typing import Any

import fsspec
import numpy as np
from kedro.io.core import (
    AbstractVersionedDataset,
    DatasetError,
    Version,
    get_filepath_str,
    get_protocol_and_path,
)

from srgan_report.datasets.atomic_datasets import AtomicFileMixin

Arrays = dict[str, np.ndarray]


class NpzDataset(AtomicFileMixin, AbstractVersionedDataset[Arrays, Arrays]):
    """Saves and loads a dictionary of arrays as an ``.npz`` file, on any filesystem of fsspec's.

    Nothing is pickled: arrays of objects are refused, and a file from a stranger can't run code.

    Example:
        ```yaml
        validation_crops:
          type: srgan_report.datasets.NpzDataset
          filepath: data/03_primary/validation_crops.npz
          versioned: true
        ```
    """

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
        compressed: bool = True,
        version: Version | None = None,
        credentials: dict[str, Any] | None = None,
        fs_args: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Creates the dataset; touches no file yet.

        Args:
            filepath: Path of the file, prefixed with a protocol such as ``s3://`` where it is not local.
            compressed: Whether to compress what is saved. Loading takes either.
            version: The versions to load and to save. ``None`` in either place: the latest, or a new one.
            credentials: Credentials for the filesystem.
            fs_args: Further arguments for the filesystem; ``open_args_load`` and ``open_args_save`` in it are
                passed to its ``open``.
            metadata: Any arbitrary metadata. This is ignored by Kedro, but may be consumed by users or
                external plugins.
        """
        fs_args = deepcopy(fs_args) or {}
        self._open_args_load = {"mode": "rb", **fs_args.pop("open_args_load", {})}
        self._open_args_save = {"mode": "wb", **fs_args.pop("open_args_save", {})}
        self._protocol, path = get_protocol_and_path(filepath, version)
        if self._protocol == "file":
            fs_args.setdefault("auto_mkdir", True)
        self._fs = fsspec.filesystem(self._protocol, **(deepcopy(credentials) or {}), **fs_args)
        self._compressed = compressed
        self.metadata = metadata
        super().__init__(
            filepath=PurePosixPath(path),
            version=version,
            exists_function=self._fs.exists,
            glob_function=self._fs.glob,
        )

    def _read(self, path: PurePosixPath) -> Arrays:
        load_path = get_filepath_str(path, self._protocol)
        with (
            self._fs.open(load_path, **self._open_args_load) as file,
            np.lib.npyio.NpzFile(file, allow_pickle=False) as archive,
        ):
            arrays = dict(archive)
        for key, array in arrays.items():
            if not isinstance(array, np.ndarray):
                raise ValueError(f"{key} in it is no array")
        return arrays

    def _write(self, path: PurePosixPath, data: Arrays) -> None:
        for key, array in data.items():
            if array.dtype.hasobject:
                raise DatasetError(f"NpzDataset saves no arrays of Python objects. Received one: {key}.")
        savez: Callable[..., None] = np.savez_compressed if self._compressed else np.savez
        with self._fs.open(get_filepath_str(path, self._protocol), **self._open_args_save) as file:
            savez(file, **data)

    def _exists(self) -> bool:
        try:
            load_path = get_filepath_str(self._get_load_path(), self._protocol)
        except DatasetError:
            return False
        return bool(self._fs.exists(load_path))

    def _release(self) -> None:
        super()._release()
        self._invalidate_cache()

    def _invalidate_cache(self) -> None:
        self._fs.invalidate_cache(get_filepath_str(self._filepath, self._protocol))

    def _describe(self) -> dict[str, Any]:
        return {
            "filepath": self._filepath,
            "protocol": self._protocol,
            "compressed": self._compressed,
            "version": self._version,
        }
