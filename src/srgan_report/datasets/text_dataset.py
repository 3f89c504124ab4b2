"""``TextDataset``: kedro-datasets' text files, whole or not at all."""

from kedro_datasets import text

from srgan_report.datasets.atomic_file import AtomicFileMixin


class TextDataset(AtomicFileMixin, text.TextDataset):
    """Saves and loads text as ``text.TextDataset`` does, with its arguments.

    Example:
        ```yaml
        report:
          type: srgan_report.datasets.TextDataset
          filepath: data/08_reporting/report.html
          versioned: true
        ```
    """
