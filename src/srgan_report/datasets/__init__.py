"""Kedro datasets that kedro-datasets lacks, and its own made whole or not at all.

Each is imported when it is first asked for: pandas, Matplotlib and TensorFlow take seconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from srgan_report.datasets.atomic_datasets import CSVDataset, JSONDataset, TextDataset
    from srgan_report.datasets.benchmark_sets_dataset import (
        BenchmarkSetsDataset,
        MethodPicturesDataset,
    )
    from srgan_report.datasets.exported_generators_dataset import ExportedGeneratorsDataset
    from srgan_report.datasets.folder_dataset import FolderDataset
    from srgan_report.datasets.matplotlib_dataset import MatplotlibDataset
    from srgan_report.datasets.npz_dataset import NpzDataset
    from srgan_report.datasets.photographs_dataset import PhotographsDataset
    from srgan_report.datasets.pretrained_generators_dataset import PretrainedGeneratorsDataset
    from srgan_report.datasets.saved_generators_dataset import SavedGeneratorsDataset
    from srgan_report.datasets.tensorflow_model_dataset import TensorFlowModelDataset

__all__ = [
    "BenchmarkSetsDataset",
    "CSVDataset",
    "ExportedGeneratorsDataset",
    "FolderDataset",
    "JSONDataset",
    "MatplotlibDataset",
    "MethodPicturesDataset",
    "NpzDataset",
    "PhotographsDataset",
    "PretrainedGeneratorsDataset",
    "SavedGeneratorsDataset",
    "TensorFlowModelDataset",
    "TextDataset",
]

_MODULES = {
    "CSVDataset": "atomic_datasets",
    "BenchmarkSetsDataset": "benchmark_sets_dataset",
    "ExportedGeneratorsDataset": "exported_generators_dataset",
    "FolderDataset": "folder_dataset",
    "JSONDataset": "atomic_datasets",
    "MatplotlibDataset": "matplotlib_dataset",
    "MethodPicturesDataset": "benchmark_sets_dataset",
    "NpzDataset": "npz_dataset",
    "PhotographsDataset": "photographs_dataset",
    "SavedGeneratorsDataset": "saved_generators_dataset",
    "PretrainedGeneratorsDataset": "pretrained_generators_dataset",
    "TensorFlowModelDataset": "tensorflow_model_dataset",
    "TextDataset": "atomic_datasets",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
