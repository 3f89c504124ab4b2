"""``JSONDataset``: kedro-datasets' JSON files, whole or not at all."""

from kedro_datasets import json

from srgan_report.datasets.atomic_file import AtomicFileMixin


class JSONDataset(AtomicFileMixin, json.JSONDataset):
    """Saves and loads JSON as ``json.JSONDataset`` does, with its arguments.

    Example:
        ```yaml
        "{variant}.metrics":
          type: srgan_report.datasets.JSONDataset
          filepath: data/07_model_output/{variant}/metrics.json
          versioned: true
        ```
    """
