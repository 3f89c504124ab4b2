"""Nodes that split photographs, and map them to crops."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from srgan_report.choices import Damaged
from srgan_report.data import held_out_crops
from srgan_report.data import split as splitting
from srgan_report.data.crops import TrainingCrops
from srgan_report.data.photographs import FolderPhotographs, LoadedPhotographs, Photograph
from srgan_report.errors import InputError
from srgan_report.parameters.sections import (
    CropsParameters,
    ProtocolParameters,
    SplitParameters,
    VariantParameters,
)


def split_photographs(
    photographs: Sequence[Photograph], parameters: SplitParameters, crops: CropsParameters, damaged: Damaged
) -> pd.DataFrame:
    """Holds out the first photographs for validation (article: 600); the rest train."""
    return splitting.split_photographs(
        photographs, parameters.validation_size, crops.size, crops.too_small, parameters.leave_out, damaged
    )


def cut_validation_crops(
    photographs: Sequence[Photograph], split: pd.DataFrame, crops: CropsParameters, seed: int
) -> dict[str, np.ndarray]:
    """Cuts the crops that every variant is judged on, with their low-resolution copies."""
    held_out = _large_enough(split, crops, "validation")
    return held_out_crops.validation_crops(
        photographs, held_out, crops.size, crops.validation_per_photograph, crops.downscaling, seed
    )


def choose_photograph(
    photographs: Sequence[Photograph], split: pd.DataFrame, crops: CropsParameters, numbers: list[int]
) -> dict[str, np.ndarray]:
    """Makes the pairs of the middle of some held-out photographs, counted from 0, for the figures.

    Raises:
        InputError: There are not as many.
    """
    positions = _large_enough(split, crops, "validation")["position"].tolist()
    if max(numbers) >= len(positions):
        raise InputError(
            f"figures.photographs must be below the number of validation photographs ({len(positions)}). "
            f"Received: {numbers}."
        )
    chosen = [photographs[positions[number]] for number in numbers]
    return held_out_crops.middle_regions(chosen, crops.size, crops.downscaling)


def map_training_crops(
    photographs: LoadedPhotographs | FolderPhotographs,
    split: pd.DataFrame,
    variant: VariantParameters,
    protocol: ProtocolParameters,
) -> TrainingCrops:
    """Sets up the random crops that a variant trains on; they are cut when an epoch is asked for."""
    crops, training = protocol.crops, variant.training
    return TrainingCrops(
        photographs,
        _large_enough(split, crops, "training")["position"].to_numpy(),
        size=crops.size,
        batch_size=training.batch_size,
        steps_per_epoch=training.steps_per_epoch,
        seed=protocol.seed,
        shuffle=training.shuffle,
        downscaling=crops.downscaling,
        augment=training.augment,
    )


def _large_enough(split: pd.DataFrame, crops: CropsParameters, subset: str) -> pd.DataFrame:
    """The rows of one subset whose photographs hold a crop."""
    rows = splitting.large_enough(split, crops.size, crops.too_small)
    return rows[rows["subset"] == subset]
