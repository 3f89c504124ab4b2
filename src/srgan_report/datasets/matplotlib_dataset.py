"""``MatplotlibDataset``: kedro-datasets' figures, whole or not at all."""

from pathlib import PurePosixPath
from typing import Any

from kedro.io import DatasetError
from kedro_datasets import matplotlib
from matplotlib.figure import Figure

from srgan_report.datasets.atomic_file import AtomicFileMixin


class MatplotlibDataset(AtomicFileMixin, matplotlib.MatplotlibDataset):
    """Saves one figure as ``matplotlib.MatplotlibDataset`` does, with its arguments; it can't be loaded.

    Lists and dictionaries of figures, which would be many files, are refused.

    Example:
        ```yaml
        comparison_grid:
          type: srgan_report.datasets.MatplotlibDataset
          filepath: data/08_reporting/figures/comparison_grid.png
          versioned: true
          save_args: {dpi: 200}
        ```
    """

    def _write(self, path: PurePosixPath, data: Any) -> None:
        if not isinstance(data, Figure):
            raise DatasetError(f"MatplotlibDataset saves one Figure. Received: {type(data).__name__}.")
        super()._write(path, data)
