"""What photographs, crops and weights are, told by one short text that two runs can be compared by."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

_SPLIT_COLUMNS = ["position", "id", "sha256", "subset"]


def fingerprint_split(split: pd.DataFrame) -> str:
    """Tells which photographs, in which order, train and which are held out.

    Args:
        split: A row for each photograph, as ``split.split_photographs`` makes it or as it is read back from
            its file. Only ``position``, ``id``, ``sha256`` and ``subset`` count.

    Returns:
        SHA-256 in hexadecimal digits.
    """
    digest = hashlib.sha256()
    for row in split[_SPLIT_COLUMNS].astype(str).itertuples(index=False, name=None):
        digest.update(json.dumps(row).encode())  # JSON keeps ("a", "b") apart from ("ab", "")
    return digest.hexdigest()


def fingerprint_crops(validation_crops: Mapping[str, np.ndarray]) -> str:
    """Tells validation crops from others: the SHA-256 of their HR and LR pixels, in hexadecimal digits.

    Args:
        validation_crops: ``high_resolution`` uint8 and ``low_resolution`` float32.
    """
    digest = hashlib.sha256()
    for name in ("high_resolution", "low_resolution"):
        digest.update(np.ascontiguousarray(validation_crops[name]).tobytes())
    return digest.hexdigest()


def fingerprint_weights(weights: Sequence[np.ndarray]) -> str:
    """Tells the weights of a network, to the last bit.

    Returns:
        SHA-256 in hexadecimal digits, over the dtype, the shape and the bytes of each array, in order.
    """
    digest = hashlib.sha256()
    for array in weights:
        digest.update(json.dumps([array.dtype.str, array.shape]).encode())
        digest.update(array.tobytes())  # in C order, whatever the order in memory
    return digest.hexdigest()
