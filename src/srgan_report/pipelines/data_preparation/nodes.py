"""Nodes of the data split."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from srgan_report.data import split
from srgan_report.data.crops import Downscaling, TrainingCrops, validation_crops, whole_photograph
from srgan_report.data.photographs import Photograph
from srgan_report.data.split import large_enough, require_same_photographs
from srgan_report.errors import InputError


def split_photographs(
    photographs: Sequence[Photograph],
    validation_size: int,
    crop_size: int,
    too_small: str,
    leave_out: int,
    damaged: str,
) -> pd.DataFrame:
    """Holds out the first photographs for validation; the rest train.

    Args:
        photographs: The photographs, in the order of their source.
        validation_size: How many of the first ones are held out (article: 600).
        crop_size: Height and width in pixels of the crops that will be cut.
        too_small: ``error`` or ``skip``, for photographs smaller than that.
        leave_out: How many photographs before those held out are not used at all.
        damaged: ``error`` or ``skip``, for photographs that can't be read.

    Returns:
        One row for each photograph: position, id, height, width, sha256, subset.
    """
    return split.split_photographs(photographs, validation_size, crop_size, too_small, leave_out, damaged)


def cut_validation_crops(
    photographs: Sequence[Photograph],
    split: pd.DataFrame,
    size: int,
    too_small: str,
    per_photograph: int,
    downscaling: Downscaling,
    seed: int,
) -> dict[str, np.ndarray]:
    """Cuts the crops that every variant is judged on.

    Args:
        photographs: All photographs of the source.
        split: Which of them are held out.
        size: Height and width of a crop in pixels.
        too_small: ``error`` or ``skip``, for photographs smaller than that.
        per_photograph: Crops from each held-out photograph.
        downscaling: How low-resolution copies are made.
        seed: The run's seed.

    Returns:
        High-resolution crops, low-resolution copies and where they come from (``crops.validation_crops``).
    """
    require_same_photographs(photographs, split)
    rows = large_enough(split, size, too_small)
    held_out = rows[rows["subset"] == "validation"]
    return validation_crops(photographs, held_out, size, per_photograph, downscaling, seed)


def choose_photograph(
    photographs: Sequence[Photograph],
    split: pd.DataFrame,
    size: int,
    too_small: str,
    downscaling: Downscaling,
    number: int,
) -> dict[str, np.ndarray]:
    """Makes the pair of one whole held-out photograph, for the figure that shows it.

    Args:
        photographs: All photographs of the source.
        split: Which of them are held out.
        size: Height and width of a crop in pixels.
        too_small: ``error`` or ``skip``, for photographs smaller than that.
        downscaling: How its low-resolution copy is made.
        number: Which one of those held out, counted from 0.

    Returns:
        As ``crops.whole_photograph`` does.

    Raises:
        InputError: There are not as many.
    """
    require_same_photographs(photographs, split)
    rows = large_enough(split, size, too_small)
    positions = rows.loc[rows["subset"] == "validation", "position"].tolist()
    if number >= len(positions):
        raise InputError(
            f"figures.photograph must be below the number of validation photographs ({len(positions)}). "
            f"Received: {number}."
        )
    return whole_photograph(photographs[positions[number]], downscaling)


def map_training_crops(
    photographs: Sequence[Photograph],
    split: pd.DataFrame,
    size: int,
    too_small: str,
    batch_size: int,
    steps_per_epoch: int | None,
    shuffle: bool,
    downscaling: Downscaling,
    augment: bool,
    seed: int,
) -> TrainingCrops:
    """Sets up the random crops that a variant trains on, anew in every epoch.

    Args:
        photographs: All photographs of the source.
        split: Which of them train.
        size: Height and width of a crop in pixels.
        too_small: ``error`` or ``skip``, for photographs smaller than that.
        batch_size: Crops in a training step.
        steps_per_epoch: Steps in an epoch; ``None``: as many as one pass over the photographs takes.
        shuffle: Whether each pass has an order of its own (article: no).
        downscaling: How low-resolution copies are made.
        augment: Whether crops are flipped and turned.
        seed: The run's seed; no variant has one of its own.

    Returns:
        The crops, cut when an epoch is asked for.
    """
    require_same_photographs(photographs, split)
    rows = large_enough(split, size, too_small)
    positions = rows.loc[rows["subset"] == "training", "position"].to_numpy()
    return TrainingCrops(
        photographs, positions, size, batch_size, steps_per_epoch, seed, shuffle, downscaling, augment
    )
