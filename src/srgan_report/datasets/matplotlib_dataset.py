"""``MatplotlibDataset``: kedro-datasets' figures, whole or not at all, with a PDF of each."""

from io import BytesIO
from typing import Any

import matplotlib
from kedro.io import DatasetError
from kedro.io.core import get_filepath_str
from kedro_datasets import matplotlib as figures
from matplotlib.figure import Figure
from PIL import Image

from srgan_report.datasets.atomic_datasets import AtomicFileMixin


class MatplotlibDataset(AtomicFileMixin, figures.MatplotlibDataset):
    """Saves one figure, not several, as ``matplotlib.MatplotlibDataset`` does; loads it as an image.

    A vector PDF of the same name is saved before it: a PDF alone is no version to Kedro.
    """

    def _read(self) -> Image.Image:
        with self._fs.open(get_filepath_str(self._filepath, self._protocol), "rb") as file:
            return Image.open(BytesIO(file.read()))

    def _write(self, data: Any) -> None:
        if not isinstance(data, Figure):
            raise DatasetError(f"MatplotlibDataset saves one Figure. Received: {type(data).__name__}.")
        super()._write(data)
        pdf = self.at(self._filepath.with_suffix(".pdf"))
        pdf._save_args = {"format": "pdf", "metadata": {"CreationDate": None}}  # the same for the same figure
        with matplotlib.rc_context({"pdf.fonttype": 42}):  # letters as text that can be searched
            figures.MatplotlibDataset.save.__wrapped__(pdf, data)
