"""Nodes that split photographs, and map them to crops."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import tensorflow as tf

from srgan_report.choices import Damaged, Downscaling
from srgan_report.data import split as splitting
from srgan_report.data.crops import TrainingCrops, downscale, fold_in, to_unit
from srgan_report.data.decoding import decode_photograph, is_greyscale
from srgan_report.data.photographs import FolderPhotographs, LoadedPhotographs, Photographs
from srgan_report.errors import InputError
from srgan_report.parameters.sections import (
    CropsParameters,
    ProtocolParameters,
    SplitParameters,
    VariantParameters,
)
from srgan_report.seeding import derive_seed
from srgan_report.variants import SCALE

_MAX_REGION = 152  # pixels: five of them side by side, twice as large, fit 1,600


def split_photographs(
    photographs: Photographs, parameters: SplitParameters, crops: CropsParameters, damaged: Damaged
) -> pd.DataFrame:
    """Holds out the first photographs for validation (article: 600); the rest train."""
    return splitting.split_photographs(
        photographs, parameters.validation_size, crops.size, crops.too_small, parameters.leave_out, damaged
    )


def cut_validation_crops(
    photographs: Photographs, split: pd.DataFrame, crops: CropsParameters, seed: int
) -> dict[str, np.ndarray]:
    """Cuts the crops that every variant is judged on, with their low-resolution copies.

    A crop is decided by the seed, its photograph's position and its own number alone: asking for more crops,
    or for other photographs as well, leaves it as it is.

    Returns:
        ``high_resolution``: (crops, size, size, 3) uint8; ``low_resolution``: (crops, size / 4, size / 4, 3)
        float32 in [0, 1], not rounded to 8 bits (the article feeds networks with floats); ``photograph_id``:
        (crops,) text; ``position`` and ``crop``: (crops,) int64, of the photograph and within it;
        ``greyscale``: (crops,) bool, whether the photograph is stored as such; ``downscaling``: () text.

    Raises:
        InputError: A photograph can't be read or decoded.
    """
    rows = _large_enough(split, crops, "validation")
    crop_seed = derive_seed(seed, "validation crops")
    high, sources = [], []
    with tf.device("CPU"):  # so that machines with and without an accelerator make the same pixels
        for position in rows["position"].tolist():
            photograph = photographs[position]
            image, greyscale = decode_photograph(photograph), is_greyscale(photograph.encoded)
            for number in range(crops.validation_per_photograph):
                place = fold_in(crop_seed, position, number)
                high.append(tf.image.stateless_random_crop(image, (crops.size, crops.size, 3), place))
                sources.append((photograph.id, position, number, greyscale))
        return _pair(high, sources, crops.downscaling)


def choose_photograph(
    photographs: Photographs, split: pd.DataFrame, crops: CropsParameters, numbers: list[int]
) -> dict[str, np.ndarray]:
    """Cuts a square from the middle of some held-out photographs, counted from 0, for the figures.

    Its side is half the shortest of all, but at most 152 pixels, and at least ``crops.size``.

    Returns:
        As ``cut_validation_crops``, one crop for each photograph; ``position`` counts these photographs.

    Raises:
        InputError: There are not as many, or one can't be read or decoded.
    """
    positions = _large_enough(split, crops, "validation")["position"].tolist()
    if max(numbers) >= len(positions):
        raise InputError(
            f"figures.photographs must be below the number of validation photographs ({len(positions)}). "
            f"Received: {numbers}."
        )
    chosen = [photographs[positions[number]] for number in numbers]
    with tf.device("CPU"):
        images = [decode_photograph(photograph) for photograph in chosen]
        half = min(min(image.shape[:2]) for image in images) / 2
        side = max(crops.size, min(_MAX_REGION, SCALE * round(half / SCALE)))
        middles = [tf.image.resize_with_crop_or_pad(image, side, side) for image in images]
        sources = [
            (photograph.id, number, 0, is_greyscale(photograph.encoded))
            for number, photograph in enumerate(chosen)
        ]
        return _pair(middles, sources, crops.downscaling)


def _pair(
    crops: Sequence[tf.Tensor], sources: Sequence[tuple[str, int, int, bool]], downscaling: Downscaling
) -> dict[str, np.ndarray]:
    ids, positions, numbers, greyscale = map(np.array, zip(*sources, strict=True))
    return {
        "high_resolution": np.stack(crops),
        "low_resolution": np.stack([downscale(to_unit(crop), downscaling) for crop in crops]),
        "photograph_id": ids,
        "position": positions,
        "crop": numbers,
        "greyscale": greyscale,
        "downscaling": np.array(downscaling),
    }


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
