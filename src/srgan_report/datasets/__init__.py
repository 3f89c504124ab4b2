"""Kedro datasets that kedro-datasets lacks."""

from srgan_report.datasets.image_pairs_dataset import ImagePairsDataset
from srgan_report.datasets.npz_dataset import NpzDataset
from srgan_report.datasets.photographs_dataset import PhotographsDataset
from srgan_report.datasets.saved_generators_dataset import SavedGeneratorsDataset

__all__ = ["ImagePairsDataset", "NpzDataset", "PhotographsDataset", "SavedGeneratorsDataset"]
