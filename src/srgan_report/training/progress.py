"""How far a training has come: what a checkpoint holds next to networks and optimisers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

Row = dict[str, float]

_ALWAYS = ["epoch", "step", "images", "learning_rate", "seconds"]


@dataclass
class Progress:
    """The epochs that are over, and the sums of the one that is under way.

    Everything in it is a number, a text, or lists and dictionaries of such, so that its ``vars`` can be JSON.

    Attributes:
        rows: Of each epoch that is over, its row of the history.
        step: How many steps of the epoch under way are done; likewise ``images`` and ``seconds``.
        sums: Of each number of these steps, its sum over images.
        warnings: What was noticed in earlier epochs: a sentence by each symptom's name.
        finished: Whether this is what an earlier run ended with.
    """

    rows: list[Row] = field(default_factory=list)
    step: int = 0
    images: int = 0
    sums: Row = field(default_factory=dict)
    seconds: float = 0.0
    warnings: dict[str, str] = field(default_factory=dict)
    finished: bool = False

    @property
    def epoch(self) -> int:
        """The epoch under way, from 0."""
        return len(self.rows)

    @property
    def steps(self) -> int:
        """All steps so far."""
        return self.step + (int(self.rows[-1]["step"]) if self.rows else 0)

    @property
    def history(self) -> pd.DataFrame:
        """A row for each epoch that is over."""
        return pd.DataFrame(self.rows, columns=None if self.rows else _ALWAYS)

    def add_step(self, metrics: Mapping[str, float], images: int, seconds: float) -> None:
        """Adds one step of the epoch under way."""
        self.step += 1
        self.images += images
        self.seconds += seconds
        add_weighted(self.sums, metrics, images)

    def end_epoch(self, learning_rate: float, validation: Mapping[str, float]) -> Row:
        """Turns the sums of the epoch under way into its row."""
        before = self.rows[-1] if self.rows else {"images": 0}
        row = {
            "epoch": self.epoch + 1,
            "step": self.steps,
            "images": int(before["images"]) + self.images,
            "learning_rate": learning_rate,
            **{name: value / self.images for name, value in self.sums.items()},
            **validation,
            "seconds": self.seconds,
        }
        self.rows.append(row)
        self.step, self.images, self.sums, self.seconds = 0, 0, {}, 0.0
        return row


def add_weighted(sums: Row, metrics: Mapping[str, Any], weight: int) -> None:
    """Adds numbers, or scalar tensors, to their sums, in place, each as many times as ``weight`` says."""
    for name, value in metrics.items():
        sums[name] = sums.get(name, 0.0) + weight * float(value)
