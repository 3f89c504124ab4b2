"""``MatplotlibDataset``: kedro-datasets' figures, whole or not at all, with a PDF of each."""

from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

import matplotlib
from kedro.io import DatasetError
from kedro.io.core import get_filepath_str
from kedro_datasets import matplotlib as figures
from matplotlib.figure import Figure
from PIL import Image

from srgan_report.datasets.atomic_datasets import AtomicFileMixin

# Letters as text that can be searched and copied, not as outlines.
_PDF_STYLE: Any = {"pdf.fonttype": 42}


class MatplotlibDataset(AtomicFileMixin, figures.MatplotlibDataset):
    """Saves one figure as ``matplotlib.MatplotlibDataset`` does, with its arguments; loads it as an image.

    There is a vector PDF of it too, of the same name next to it. It comes first: where the figure is, the PDF
    is; and a PDF that is alone, since the save was ended in between, is no version to Kedro. Images drawn
    with interpolation "none" lie in it pixel by pixel, whatever their size on the page.

    Lists and dictionaries of figures, which would be many files, are refused.
    """

    def _read(self, path: PurePosixPath) -> Image.Image:
        with self._fs.open(get_filepath_str(path, self._protocol), "rb") as file:
            return Image.open(BytesIO(file.read()))

    def _write(self, path: PurePosixPath, data: Any) -> None:
        if not isinstance(data, Figure):
            raise DatasetError(f"MatplotlibDataset saves one Figure. Received: {type(data).__name__}.")
        super()._write(path, data)
        pdf = self.at(path.with_suffix(".pdf"))
        pdf._save_args = {
            "format": "pdf",
            "metadata": {"CreationDate": None},
        }  # the same figure, the same file
        with matplotlib.rc_context(_PDF_STYLE):
            figures.MatplotlibDataset.save.__wrapped__(pdf, data)
