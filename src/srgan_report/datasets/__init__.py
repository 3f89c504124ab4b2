"""Kedro datasets that kedro-datasets lacks, and its own made whole or not at all.

Each is imported when it is first asked for: pandas, Matplotlib and TensorFlow take seconds.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "atomic_datasets": ["CSVDataset", "JSONDataset", "NpzDataset", "TextDataset"],
        "generators_datasets": ["ExportedGeneratorsDataset", "PretrainedGeneratorsDataset"],
        "matplotlib_dataset": ["MatplotlibDataset"],
        "read_only": ["BenchmarkSetsDataset", "FolderDataset", "PhotographsDataset"],
        "tensorflow_model_dataset": ["TensorFlowModelDataset"],
    },
)
