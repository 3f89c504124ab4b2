"""What can go wrong with the numbers of a training, and how it is noticed."""

import math
from collections.abc import Mapping, Sequence

from srgan_report.training.progress import Progress

# Discriminator loss, in nats, below which it has won: guessing has 2 ln 2 = 1.39, and this one comes of being
# 99% sure, and right, of HR and SR crops alike.
_WON = 0.02
# Contrast of SR validation crops, by that of HR, below which nothing is to be seen on them.
_CONSTANT = 0.05


class Divergence(FloatingPointError):
    """A training whose numbers are no longer finite.

    Attributes:
        reason: What is no longer finite, and where.
        step: The step that failed, from 1.
        last_good: How far the last checkpoint is, as which the networks are now; ``None`` where there are no
            checkpoints, and the networks are spoilt.
    """

    def __init__(
        self, reason: str, *, step: int, last_good: Progress | None, remedies: Sequence[str]
    ) -> None:
        """Makes the message for the user; ``remedies`` are parameters that may be too high."""
        checkpoint = f" The last good checkpoint is of step {last_good.steps}." if last_good else ""
        super().__init__(
            f"{reason}{checkpoint} Lower {' or '.join(remedies)}; training.on_failure=continue trains the "
            "other variants all the same."
        )
        self.reason = reason
        self.step = step
        self.last_good = last_good


def find_non_finite(metrics: Mapping[str, float], *, gradients_too: bool) -> dict[str, float]:
    """Picks out the losses of a step that are not finite, and the gradients unless losses are scaled.

    Then they need not be: the optimiser leaves such a step out and scales less.
    """
    ends = ("loss", "variation", "gradient_norm") if gradients_too else ("loss", "variation")
    return {
        name: value for name, value in metrics.items() if name.endswith(ends) and not math.isfinite(value)
    }


def find_symptoms(row: Mapping[str, float]) -> dict[str, str]:
    """Finds in an epoch's row of the history what makes it doubtful that the training leads anywhere.

    Returns:
        A sentence for each symptom, by a short name for it.
    """
    found = {}
    loss = row.get("discriminator_loss", math.inf)
    if loss < _WON:
        found["won"] = (
            f"The discriminator has won: in epoch {row['epoch']} its loss was {loss:.2g} nats on average "
            f"(below {_WON}), and the generator can hardly learn from it."
        )
    contrast = row["validation_contrast"]
    if contrast < _CONSTANT:
        found["constant"] = (
            f"The generator's output is all but constant: after epoch {row['epoch']} it had "
            f"{contrast:.1%} of the originals' contrast on the validation crops."
        )
    return found
