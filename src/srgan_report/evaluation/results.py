"""All that is saved of one variant, or of the baselines, as arrays of one file."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

Results = dict[str, Any]

_TABLES = "tables"


def pack_results(results: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Makes arrays of pictures (dictionaries of arrays), tables and records (of JSON), without loss.

    Returns:
        The arrays by their names, such as ``super_resolved/srgan_mse``, and all else as JSON, ``tables``: a
        scalar of text.
    """
    arrays: dict[str, np.ndarray] = {}
    tables: dict[str, Any] = {}
    for name, saved in results.items():
        if isinstance(saved, pd.DataFrame):
            tables[name] = {"columns": saved.to_dict("list")}
        elif all(isinstance(each, np.ndarray) for each in saved.values()):
            arrays |= {f"{name}/{method}": images for method, images in saved.items()}
        else:
            tables[name] = {"record": saved}
    return arrays | {_TABLES: np.array(json.dumps(tables))}


def unpack_results(packed: Mapping[str, np.ndarray]) -> Results:
    """Gives back what ``pack_results`` was given."""
    results: Results = {}
    for name, saved in json.loads(str(packed[_TABLES])).items():
        results[name] = pd.DataFrame(saved["columns"]) if "columns" in saved else saved["record"]
    for key, images in packed.items():
        if key != _TABLES:
            name, _, method = key.partition("/")
            results.setdefault(name, {})[method] = images
    return results
