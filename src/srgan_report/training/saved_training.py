"""What a training resumes from, in all of its workers, and when that is written."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from srgan_report.errors import InputError
from srgan_report.training.checkpoints import Checkpoints
from srgan_report.training.progress import Progress
from srgan_report.training.step import TrainingStep

logger = logging.getLogger(__name__)


class SavedTraining:
    """The networks, optimisers and progress of a training, as the chief's checkpoints have them.

    Attributes:
        checkpoints: The chief's; ``None`` in other workers, and where none are written.
    """

    def __init__(self, step: TrainingStep, checkpoints: Checkpoints | None, checkpoint_every: int) -> None:
        """Reads nothing yet; ``checkpoint_every`` is the number of steps between checkpoints in an epoch."""
        self._step = step
        self._every = checkpoint_every
        self._fingerprint = checkpoints.fingerprint if checkpoints else None
        self.checkpoints = checkpoints if step.replicas.is_chief else None

    def lock(self) -> AbstractContextManager[None]:
        """Keeps other processes out (see ``Checkpoints.lock``)."""
        return self.checkpoints.lock() if self.checkpoints else nullcontext()

    def begin(self, epochs: int) -> tuple[Progress, bool]:
        """Sets networks and optimisers to what was saved last, or else saves them as they are.

        Returns:
            How far that is, and whether the training is finished.

        Raises:
            InputError: Other workers train something else, or a checkpoint can't be written.
        """

        def ends_within(state: Mapping[str, Any]) -> bool:
            return (len(state["rows"]), state["step"]) <= (epochs, 0)

        own = self._restore()
        progress, finished = self._agree(own or self._restore(ends_within) or (Progress(), False))
        if self.checkpoints and not own:
            if not progress.steps and (change := self.checkpoints.describe_change()):
                logger.info("%s: starting over, %s", self._step.name, change)
            self.save(progress)
        return progress, finished

    def is_due(self, steps: int) -> bool:
        """Whether to save after so many steps, within an epoch."""
        return self.checkpoints is not None and steps % self._every == 0 and self.checkpoints.affordable

    def save(self, progress: Progress) -> None:
        """Writes a checkpoint, or raises an ``InputError``."""
        if self.checkpoints:
            networks, optimizers = self._step.network_variables, self._step.optimizer_variables
            self.checkpoints.save(progress.steps, networks, optimizers, progress.to_dict())

    def finish(self, progress: Progress) -> None:
        """Writes what the training ended with, or raises an ``InputError``."""
        if self.checkpoints:
            self.checkpoints.finish(self._step.network_variables, progress.to_dict())

    def restore_last(self) -> Progress | None:
        """Sets networks and optimisers to the last checkpoint; ``None`` where there is none."""
        restored = self._restore()
        return restored[0] if restored else None

    def _restore(
        self, shorter: Callable[[Mapping[str, Any]], bool] | None = None
    ) -> tuple[Progress, bool] | None:
        if self.checkpoints is None:
            return None
        variables = self._step.network_variables, self._step.optimizer_variables
        restored = self.checkpoints.restore(*variables, shorter)
        return (Progress(**restored[0]), restored[1]) if restored else None

    def _agree(self, restored: tuple[Progress, bool]) -> tuple[Progress, bool]:
        """Gives the chief's weights, and what they come from, to all workers."""
        replicas = self._step.replicas
        if not replicas.is_multi_worker:
            return restored
        if replicas.broadcast_json(self._fingerprint) != self._fingerprint:
            raise InputError(
                f"{self._step.name}: all workers must train with the same parameters, photographs and "
                "packages. This one's differ from the chief's. Stop the others, and start all with the same "
                "command."
            )
        replicas.broadcast_variables(self._step.network_variables + self._step.optimizer_variables)
        progress, finished = replicas.broadcast_json([restored[0].to_dict(), restored[1]])
        return Progress(**progress), finished
