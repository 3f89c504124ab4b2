"""``CSVDataset``: kedro-datasets' tables, whole or not at all."""

from kedro_datasets import pandas

from srgan_report.datasets.atomic_file import AtomicFileMixin


class CSVDataset(AtomicFileMixin, pandas.CSVDataset):
    """Saves and loads a table as ``pandas.CSVDataset`` does, with its arguments.

    Example:
        ```yaml
        split:
          type: srgan_report.datasets.CSVDataset
          filepath: data/02_intermediate/split.csv
          versioned: true
        ```
    """
