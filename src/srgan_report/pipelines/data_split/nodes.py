"""Nodes of the data split."""

from collections.abc import Sequence

import pandas as pd

from srgan_report import split
from srgan_report.photographs import Photograph


def split_photographs(
    photographs: Sequence[Photograph],
    validation_size: int,
    crop_size: int,
    too_small: str,
    leave_out: int,
) -> pd.DataFrame:
    """Holds out the first photographs for validation; the rest train.

    Args:
        photographs: The photographs, in the order of their source.
        validation_size: How many of the first ones are held out (article: 600).
        crop_size: Height and width in pixels of the crops that will be cut.
        too_small: ``error`` or ``skip``, for photographs smaller than that.
        leave_out: How many photographs before those held out are not used at all.

    Returns:
        One row for each photograph: position, id, height, width, sha256, subset.
    """
    return split.split_photographs(photographs, validation_size, crop_size, too_small, leave_out)
