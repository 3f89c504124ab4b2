"""``ReadOnlyDataset``: what a run reads and never writes."""

from typing import NoReturn, TypeVar

from kedro.io import AbstractDataset, DatasetError

_Loaded = TypeVar("_Loaded")


class ReadOnlyDataset(AbstractDataset[NoReturn, _Loaded]):
    """A dataset that refuses to save."""

    def save(self, data: NoReturn) -> None:
        """Raises ``DatasetError``."""
        raise DatasetError(f"{type(self).__name__} is read-only.")
