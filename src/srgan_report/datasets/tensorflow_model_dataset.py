"""``TensorFlowModelDataset``: kedro-datasets' Keras models, whole or not at all."""

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
from kedro.io.core import get_filepath_str
from kedro_datasets import tensorflow

from srgan_report.datasets.atomic_datasets import AtomicFileMixin


class TensorFlowModelDataset(AtomicFileMixin, tensorflow.TensorFlowModelDataset):
    """Saves and loads ``.keras`` files, zip archives in Keras' safe mode: a stranger's can't run code."""

    def _read(self) -> Any:
        with (
            self._fs.open(get_filepath_str(self._filepath, self._protocol), "rb") as file,
            TemporaryDirectory() as folder,
        ):
            copy = Path(folder, self._filepath.name)
            copy.write_bytes(file.read())
            if not zipfile.is_zipfile(copy):  # Keras would complain of this path, which nobody knows
                raise ValueError("it is not a .keras archive, or truncated")
            return keras.saving.load_model(copy, **self._load_args)

    def _write(self, data: Any) -> None:
        keras.saving.save_model(data, str(self._filepath), **self._save_args)
