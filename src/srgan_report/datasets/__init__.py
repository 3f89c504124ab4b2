"""Kedro datasets that kedro-datasets lacks, and its own made whole or not at all.

Each is imported when it is first asked for: pandas, Matplotlib and TensorFlow take seconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from srgan_report.datasets.csv_dataset import CSVDataset
    from srgan_report.datasets.image_pairs_dataset import ImagePairsDataset
    from srgan_report.datasets.json_dataset import JSONDataset
    from srgan_report.datasets.matplotlib_dataset import MatplotlibDataset
    from srgan_report.datasets.npz_dataset import NpzDataset
    from srgan_report.datasets.photographs_dataset import PhotographsDataset
    from srgan_report.datasets.saved_generators_dataset import SavedGeneratorsDataset
    from srgan_report.datasets.shipped_generators_dataset import ShippedGeneratorsDataset
    from srgan_report.datasets.tensorflow_model_dataset import TensorFlowModelDataset
    from srgan_report.datasets.text_dataset import TextDataset

__all__ = [
    "CSVDataset",
    "ImagePairsDataset",
    "JSONDataset",
    "MatplotlibDataset",
    "NpzDataset",
    "PhotographsDataset",
    "SavedGeneratorsDataset",
    "ShippedGeneratorsDataset",
    "TensorFlowModelDataset",
    "TextDataset",
]

_MODULES = {
    "CSVDataset": "csv_dataset",
    "ImagePairsDataset": "image_pairs_dataset",
    "JSONDataset": "json_dataset",
    "MatplotlibDataset": "matplotlib_dataset",
    "NpzDataset": "npz_dataset",
    "PhotographsDataset": "photographs_dataset",
    "SavedGeneratorsDataset": "saved_generators_dataset",
    "ShippedGeneratorsDataset": "shipped_generators_dataset",
    "TensorFlowModelDataset": "tensorflow_model_dataset",
    "TextDataset": "text_dataset",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
