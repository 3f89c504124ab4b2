"""The saved datasets that save one file, each with data to save, for tests of what they have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from kedro.io import Version

from srgan_report import datasets
from srgan_report.errors import InputError

OLD = "2026-01-01T00.00.00.000Z"


def _model(number: int, units: int = 4) -> keras.Model:
    image = keras.Input((3,))
    bias = keras.initializers.Constant(number)
    return keras.Model(image, keras.layers.Dense(units, bias_initializer=bias)(image))


@dataclass(frozen=True)
class Kind:
    """A dataset's class, the file it saves, small data and others of more than a megabyte."""

    type: str
    name: str
    make: Callable[[int], Any]
    make_large: Callable[[], Any]
    read: Callable[[Any], Any] = lambda dataset: dataset.load()

    def at(self, folder: Path | str, load=None, save=None, versioned: bool = True):
        """The dataset in this folder, with these versions to load and to save."""
        version = Version(load, save) if versioned else None
        return getattr(datasets, self.type)(filepath=f"{folder}/{self.name}", version=version)


KINDS = [
    Kind(
        "CSVDataset",
        "split.csv",
        lambda number: pd.DataFrame({"name": ["a", "b"], "rank": [0, number]}),
        lambda: pd.DataFrame({"rank": range(300_000)}),
        lambda dataset: dataset.load().to_dict(),
    ),
    Kind("JSONDataset", "metrics.json", lambda number: {"psnr": number}, lambda: list(range(300_000))),
    Kind("TextDataset", "report.html", lambda number: f"<p>{number} × ü</p>", lambda: "ü" * 1_000_000),
    Kind(
        "NpzDataset",
        "crops.npz",
        lambda number: {"crop": np.full((2, 2), number)},
        lambda: {"crop": np.random.default_rng(0).random(300_000)},
        lambda dataset: dataset.load()["crop"].tolist(),
    ),
    Kind(
        "TensorFlowModelDataset",
        "generator.keras",
        _model,
        lambda: _model(0, units=100_000),
        lambda dataset: dataset.load().weights[1].numpy().tolist(),
    ),
]


@pytest.fixture(params=[kind.type for kind in KINDS])
def kind(request):
    """Each of the saved datasets, or those whose types a test asks for."""
    return next(kind for kind in KINDS if kind.type == request.param)


@pytest.fixture
def old(kind, tmp_path):
    """What the older version in ``tmp_path`` holds, as it is read."""
    kind.at(tmp_path, save=OLD).save(kind.make(1))
    return kind.read(kind.at(tmp_path))


@pytest.fixture
def input_error() -> Callable[[BaseException | None], str]:
    """Gives the first InputError in the chain of causes, which is what the command line prints."""

    def find(error: BaseException | None) -> str:
        while not isinstance(error, InputError):
            assert error is not None, "no InputError in the chain"
            error = error.__cause__ or error.__context__
        assert "\n" not in str(error)
        return str(error)

    return find
