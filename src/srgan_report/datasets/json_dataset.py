"""``JSONDataset``: kedro-datasets' JSON files, whole or not at all, and strict where they are previewed."""

import json

from kedro_datasets import json as json_datasets
from kedro_datasets._typing import JSONPreview

from srgan_report.datasets.atomic_file import AtomicFileMixin


class JSONDataset(AtomicFileMixin, json_datasets.JSONDataset):
    """Saves and loads JSON as ``json.JSONDataset`` does, with its arguments.

    Example:
        ```yaml
        "{variant}.metrics":
          type: srgan_report.datasets.JSONDataset
          filepath: data/07_model_output/{variant}/metrics.json
          versioned: true
        ```
    """

    def preview(self) -> JSONPreview:
        """Returns what Kedro-Viz shows: with null for NaN, at which a browser's JSON parser stops."""
        return JSONPreview(json.dumps(json.loads(super().preview(), parse_constant=lambda constant: None)))
