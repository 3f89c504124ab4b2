"""What photographs, crops and weights are, told by one short text that two runs can be compared by."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

_SPLIT_COLUMNS = ["position", "id", "sha256", "subset"]


def fingerprint_split(split: pd.DataFrame) -> str:
    """Tells which photographs, in which order, train and which are held out: SHA-256, hexadecimal.

    Of the split only ``position``, ``id``, ``sha256`` and ``subset`` count.
    """
    digest = hashlib.sha256()
    for row in split[_SPLIT_COLUMNS].astype(str).itertuples(index=False, name=None):
        digest.update(json.dumps(row).encode())  # JSON keeps ("a", "b") apart from ("ab", "")
    return digest.hexdigest()


def fingerprint_crops(validation_crops: Mapping[str, np.ndarray]) -> str:
    """Tells validation crops from others: the SHA-256 of HR (uint8) and LR (float32), hexadecimal."""
    digest = hashlib.sha256()
    for name in ("high_resolution", "low_resolution"):
        digest.update(np.ascontiguousarray(validation_crops[name]).tobytes())
    return digest.hexdigest()


def fingerprint_weights(weights: Sequence[np.ndarray]) -> str:
    """Tells the weights of a network: SHA-256 of dtype, shape and bytes of each array, hexadecimal."""
    digest = hashlib.sha256()
    for array in weights:
        digest.update(json.dumps([array.dtype.str, array.shape]).encode())
        digest.update(array.tobytes())  # in C order, whatever the order in memory
    return digest.hexdigest()
