"""``NpzDataset``: named NumPy arrays in one ``.npz`` file."""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from kedro.io.core import DatasetError, get_filepath_str
from kedro_datasets import text

from srgan_report.datasets.atomic_datasets import AtomicFileMixin

Arrays = dict[str, np.ndarray]

_BINARY: dict[str, Any] = {"open_args_save": {"mode": "wb"}, "open_args_load": {"mode": "rb"}}


class NpzDataset(AtomicFileMixin, text.TextDataset):
    """Saves and loads a dictionary of arrays, none of which is pickled: a stranger's file can't run code."""

    DEFAULT_FS_ARGS = _BINARY

    def _read(self, path: PurePosixPath) -> Arrays:
        load_path = get_filepath_str(path, self._protocol)
        with (
            self._fs.open(load_path, **self._fs_open_args_load) as file,
            np.lib.npyio.NpzFile(file, allow_pickle=False) as archive,
        ):
            arrays = dict(archive)
        for key, array in arrays.items():
            if not isinstance(array, np.ndarray):
                raise ValueError(f"{key} in it is not an array")
        return arrays

    def _write(self, path: PurePosixPath, data: Arrays) -> None:
        for key, array in data.items():
            if array.dtype.hasobject:
                raise DatasetError(f"NpzDataset can't save arrays of Python objects. Received one: {key}.")
        savez: Callable[..., None] = np.savez_compressed  # NumPy's stubs take no dictionary
        with self._fs.open(get_filepath_str(path, self._protocol), **self._fs_open_args_save) as file:
            savez(file, **data)
