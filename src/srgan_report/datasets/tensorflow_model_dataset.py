"""``TensorFlowModelDataset``: kedro-datasets' Keras models, whole or not at all."""

import errno
import zipfile
from pathlib import PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from kedro.io.core import get_filepath_str
from kedro_datasets import tensorflow

from srgan_report.datasets.atomic_datasets import AtomicFileMixin


class TensorFlowModelDataset(AtomicFileMixin, tensorflow.TensorFlowModelDataset):
    """Saves and loads ``.keras`` files, zip archives in Keras' safe mode: a stranger's can't run code."""

    # kedro-datasets lets Keras write and read a copy there.
    _REMEDIES = AtomicFileMixin._REMEDIES | {
        errno.ENOSPC: "Free some space there and in the temporary folder (TMPDIR)"
    }

    def _read(self, path: PurePosixPath) -> Any:
        with self._fs.open(get_filepath_str(path, self._protocol), "rb") as file:
            if not zipfile.is_zipfile(file):  # Keras would complain of a temporary path, gone by now
                raise ValueError("it is not a .keras archive, or truncated")
        with TemporaryDirectory() as folder:  # kedro-datasets would take the path for a pattern to glob
            copy = PurePosixPath(folder, path.name)
            self._fs.get_file(get_filepath_str(path, self._protocol), str(copy))
            return AtomicFileMixin._read(self._on_disk(copy), copy)
