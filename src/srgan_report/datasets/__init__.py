"""Kedro datasets that kedro-datasets lacks."""

from srgan_report.datasets.npz_dataset import NpzDataset
from srgan_report.datasets.photographs_dataset import PhotographsDataset

__all__ = ["NpzDataset", "PhotographsDataset"]
