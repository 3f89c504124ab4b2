"""Pictures that some method reproduces exactly: their PSNR is infinite, and no mean can hold that."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from srgan_report.evaluation.metric_names import METRICS


def find_exact(measured: pd.DataFrame, picture: Sequence[str]) -> pd.Series:
    """Finds the pictures that at least one method reproduces exactly, such as blank ones.

    They say nothing of how methods compare, and leaving them out of that method's mean alone would favour
    the others: they are left out of every mean, of all methods.

    Args:
        measured: A row for each method and picture, with any of ``METRICS``.
        picture: The columns that tell pictures apart.

    Returns:
        For each row whether it is of such a picture: bool, with the table's index.
    """
    metrics = [metric for metric in METRICS if metric in measured]
    infinite = pd.Series(np.isinf(measured[metrics].to_numpy(float)).any(axis=1), measured.index)
    pictures = infinite.groupby([measured[column] for column in picture])
    return pictures.transform("max")


def leave_out_exact(measured: pd.DataFrame, picture: Sequence[str]) -> pd.DataFrame:
    """Takes the rows of these pictures out of a table; arguments as for ``find_exact``."""
    return measured[~find_exact(measured, picture)]


def count_exact(measured: pd.DataFrame, picture: Sequence[str]) -> int:
    """Counts these pictures; arguments as for ``find_exact``."""
    return len(measured.loc[find_exact(measured, picture), list(picture)].drop_duplicates())
