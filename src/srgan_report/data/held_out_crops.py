"""What networks are judged on: crops of held-out photographs, and the middle of some to be shown."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import tensorflow as tf

from srgan_report.choices import Downscaling
from srgan_report.data.crops import TrainingCrops, downscale, fold_in, to_unit
from srgan_report.data.decoding import decode_photograph, is_greyscale
from srgan_report.data.photographs import Photograph
from srgan_report.errors import InputError
from srgan_report.seeding import derive_seed
from srgan_report.variants import SCALE

_MAX_REGION = 152  # pixels: five of them side by side, twice as large, fit 1,600


def validation_crops(
    photographs: Sequence[Photograph],
    rows: pd.DataFrame,
    size: int,
    per_photograph: int,
    downscaling: Downscaling,
    seed: int,
) -> dict[str, np.ndarray]:
    """Cuts the crops that every variant is judged on.

    A crop is decided by the seed, its photograph's position and its own number alone: asking for more crops,
    or for other photographs as well, leaves it as it is.

    Args:
        photographs: All photographs of the source.
        rows: The rows of the split to cut from (columns ``position`` and ``id`` are used).
        size: Height and width of a crop in pixels, at most those of each photograph.
        per_photograph: How many crops to cut from each.
        downscaling: How to make LR (see ``downscale``).
        seed: The run's.

    Returns:
        ``high_resolution``: (crops, size, size, 3) uint8; ``low_resolution``: (crops, size / 4, size / 4, 3)
        float32 in [0, 1], not rounded to 8 bits (the article feeds networks with floats); ``photograph_id``:
        (crops,) text; ``position`` and ``crop``: (crops,) int64, of the photograph and within it;
        ``greyscale``: (crops,) bool, whether the photograph is stored as such; ``downscaling``: () text.

    Raises:
        InputError: A photograph can't be read or decoded.
    """
    crop_seed = derive_seed(seed, "validation crops")
    with tf.device("CPU"):  # so that machines with and without an accelerator make the same pixels
        high, greyscale = [], []
        for position in rows["position"].tolist():
            photograph = photographs[position]
            image = decode_photograph(photograph)
            greyscale += [is_greyscale(photograph)] * per_photograph
            places = [fold_in(crop_seed, position, crop) for crop in range(per_photograph)]
            high += [tf.image.stateless_random_crop(image, (size, size, 3), place) for place in places]
        return {
            **_pair(high, downscaling),
            "photograph_id": np.repeat(rows["id"].to_numpy(dtype=str), per_photograph),
            "position": np.repeat(rows["position"].to_numpy(np.int64), per_photograph),
            "crop": np.tile(np.arange(per_photograph, dtype=np.int64), len(rows)),
            "greyscale": np.array(greyscale),
        }


def middle_regions(
    photographs: Sequence[Photograph], size: int, downscaling: Downscaling
) -> dict[str, np.ndarray]:
    """Cuts a square from the middle of each photograph: half the shortest side of all, or less.

    Returns:
        As ``validation_crops``, one crop for each photograph, at least ``size`` pixels high and wide, which
        each photograph must have, and at most 152 (or ``size``); ``position`` counts these photographs.

    Raises:
        InputError: One can't be read or decoded.
    """
    with tf.device("CPU"):
        images = [decode_photograph(photograph) for photograph in photographs]
        half = min(min(image.shape[:2]) for image in images) / 2
        side = max(size, min(_MAX_REGION, SCALE * round(half / SCALE)))
        return {
            **_pair([tf.image.resize_with_crop_or_pad(image, side, side) for image in images], downscaling),
            "photograph_id": np.array([photograph.id for photograph in photographs]),
            "position": np.arange(len(photographs)),
            "crop": np.zeros(len(photographs), np.int64),
            "greyscale": np.array([is_greyscale(photograph) for photograph in photographs]),
        }


def require_held_out(training_crops: TrainingCrops, validation_crops: Mapping[str, np.ndarray]) -> None:
    """Raises an ``InputError`` if saved validation crops are of training photographs or cut otherwise."""
    shared = np.intersect1d(training_crops.positions, validation_crops["position"])
    size = validation_crops["high_resolution"].shape[1]
    downscaling = str(validation_crops["downscaling"])
    if shared.size:
        found = f"the training photograph at position {shared[0]}"
    elif size != training_crops.size:
        found = f"crops of {size} pixels"
    elif downscaling != training_crops.downscaling:
        found = f"crops.downscaling={downscaling}"
    else:
        return
    raise InputError(
        f"validation_crops must be cut from this split's validation photographs, {training_crops.size} "
        f"pixels wide (crops.size), with crops.downscaling={training_crops.downscaling}. Received: {found}, "
        "from an earlier run. To cut them again, run a whole pipeline."
    )


def _pair(crops: Sequence[tf.Tensor], downscaling: Downscaling) -> dict[str, np.ndarray]:
    return {
        "high_resolution": np.stack(crops),
        "low_resolution": np.stack([downscale(to_unit(crop), downscaling) for crop in crops]),
        "downscaling": np.array(downscaling),
    }
