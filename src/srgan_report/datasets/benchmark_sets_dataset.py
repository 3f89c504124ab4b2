"""``BenchmarkSetsDataset``: benchmark sets such as Set5 in folders."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_report.data.benchmark_layouts import find_pairs
from srgan_report.datasets.read_only import ReadOnlyDataset

if TYPE_CHECKING:
    from srgan_report.data.benchmark_sets import ImagePair


class BenchmarkSetsDataset(ReadOnlyDataset["dict[str, tuple[ImagePair, ...]]"]):
    """Finds pairs of HR and LR images, set by set (see benchmark_layouts.py); it is read-only."""

    def __init__(
        self, *, root: str | None, sets: Sequence[str], metadata: dict[str, Any] | None = None
    ) -> None:
        """Creates the dataset; looks for nothing yet.

        Args:
            root: The folder that the sets are in. ``None``: loading is an error that asks for it.
            sets: Names of the sets; missing ones are skipped, with a warning.
            metadata: For plugins such as Kedro-Viz.
        """
        self._root = root
        self._sets = tuple(sets)
        self.metadata = metadata

    def load(self) -> "dict[str, tuple[ImagePair, ...]]":
        """Finds the pairs of each set and checks that each can be read; their pixels stay on disk."""
        # Only here: it brings TensorFlow, for which most users of these datasets would wait in vain.
        from srgan_report.data.benchmark_sets import read_sets

        return read_sets(self._root, self._sets)

    def _exists(self) -> bool:
        root = Path(os.path.expanduser(self._root or ""))
        return bool(self._root) and root.is_dir() and any(find_pairs(root, name) for name in self._sets)

    def _describe(self) -> dict[str, Any]:
        return {"root": self._root, "sets": self._sets}
