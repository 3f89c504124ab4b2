"""Checkpoints: what a training resumes from after it was stopped, at whatever moment."""

import contextlib
import fcntl
import hashlib
import json
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import pandas as pd
import tensorflow as tf

from srgan_report.errors import InputError
from srgan_report.storage.atomic import whole_file
from srgan_report.storage.paths import describe_error
from srgan_report.training import checkpoint_files as files
from srgan_report.training.progress import Progress
from srgan_report.training.step import TrainingStep

logger = logging.getLogger(__name__)

_KEPT = 2  # the last one, and one for the case that it is damaged
_MAX_SHARE = 0.05  # of the time, for those within an epoch


class Checkpoints:
    """The checkpoints of one training, in a folder that belongs to its parameters and data.

    TensorFlow writes a checkpoint under another name and renames it, its index last, and checks what it reads
    by CRC-32C: one that was cut short is none, and a damaged one is noticed. Of several workers only the
    chief has any; the others get its weights.

    Attributes:
        fingerprint: The SHA-256 of ``identity``, in hexadecimal digits.
        folder: Where this training's checkpoints are.
        kept: Whether this process is the one that reads and writes them.
        extendable: Whether a longer training does the same until this one ends, at a constant learning rate.
    """

    def __init__(
        self, root: Path, identity: Mapping[str, Any], step: TrainingStep, every: int, *, resume: bool
    ) -> None:
        """Finds the folder; writes nothing yet.

        Args:
            root: The folder, on a local disk, of all trainings of this variant.
            identity: All that decides the outcome of the training, as JSON knows it.
            step: What trains the networks and optimisers that are saved.
            every: Steps between checkpoints within an epoch, if they take below 5% of the time.
            resume: Whether to resume from what is there. Otherwise it is removed when the training begins.
        """
        self._root, self._identity = root, identity
        self._step, self._name = step, step.name
        self._every, self._resume = every, resume
        self._written, self._duration = -math.inf, 0.0
        self.kept = step.replicas.is_chief
        self.extendable = identity.get("training", {}).get("learning_rate_schedule") == "constant"
        self.fingerprint = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        self.folder = root / self.fingerprint[:16]

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps other processes out of the folder, which comes into being.

        Raises:
            InputError: Another process trains the same, or the folder can't be written.
        """
        if not self.kept:
            yield
            return
        with self._clear_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / "lock").open("w")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    f"{self._name} is being trained by another process with the same parameters and "
                    f"data ({self.folder} is locked). Wait for it, or stop it: the same command then resumes."
                ) from None
            with self._clear_errors(), whole_file(self.folder / "identity.json") as part:
                part.write_text(json.dumps(self._identity, indent=2))
            if not self._resume:
                self._remove_all_but([])
            yield

    def begin(self, epochs: int) -> Progress:
        """Sets networks and optimisers to what was saved last, or else saves them as they are.

        Where the learning rate is constant, that may be of a training of fewer epochs.

        Returns:
            How far that is.

        Raises:
            InputError: Other workers train something else, or a checkpoint can't be written.
        """
        own = self.restore()
        shorter = None if own else self.restore(self._list_other_lengths(), epochs)
        progress = self._agree(own or shorter or Progress())
        if self.kept and not own:
            if not progress.steps and (change := self.describe_change()):
                logger.info("%s: starting over, %s", self._name, change)
            self.save(progress)
        return progress

    def is_due(self, steps: int) -> bool:
        """Whether to save after so many steps: another as long as the last one would take below 5%."""
        is_turn = self.kept and steps % self._every == 0
        return is_turn and monotonic() - self._written >= self._duration / _MAX_SHARE

    def save(self, progress: Progress) -> None:
        """Writes a checkpoint, then removes all but the last two.

        Raises:
            InputError: It can't be written, and the checkpoints before it are as they were.
        """
        if not self.kept:
            return
        began = monotonic()
        name = f"step-{progress.steps:09d}"
        networks, optimizers = self._step.network_variables, self._step.optimizer_variables
        with self._clear_errors():
            files.write(self.folder / name, vars(progress), networks=networks, optimizers=optimizers)
        # Later ones are damaged, or this would be later.
        self._remove_all_but([path for path in self._list() if path.name <= name][:_KEPT])
        self._written = monotonic()
        self._duration = self._written - began

    def finish(self, progress: Progress) -> None:
        """Writes what the training ended with, without optimisers, and removes the rest; errors as ``save``.

        Of an extendable training the last one of ``save`` stays, from which a longer one resumes.
        """
        if self.kept:
            with self._clear_errors():
                files.write(
                    self.folder / files.FINISHED, vars(progress), networks=self._step.network_variables
                )
            self._remove_all_but(self._list()[: 2 if self.extendable else 1])

    def describe_change(self) -> str | None:
        """Says what tells this training from the last one before it, where that one was another."""
        others = [path for path in self._root.glob("*/identity.json") if path.parent != self.folder]
        if self._list() or not others:
            return None
        latest = max(others, key=lambda path: path.stat().st_mtime)
        try:
            pair = [json.loads(latest.read_text()), self._identity]
        except ValueError:
            return "parameters or data have changed"
        before, now = pd.json_normalize(pair).to_dict("records")
        return "changed: " + ", ".join(sorted(str(key) for key in now if before[key] != now[key]))

    def restore(self, paths: Sequence[Path] | None = None, epochs: float = math.inf) -> Progress | None:
        """Sets networks and optimisers to the last checkpoint that is whole; ``None`` where there is none.

        A damaged one is passed over, and so is one beyond so many epochs. What a training ended with sets no
        optimisers. ``paths``, the last one first, are by default those of this training.
        """
        for path in self._list() if paths is None else paths:
            try:
                progress = Progress(**files.read_state(path))  # and all else, before any variable changes
            except files.DAMAGE as error:
                reason = describe_error(error)
                logger.warning("%s: skipped the damaged checkpoint %s (%s).", self._name, path, reason)
                continue
            if (progress.epoch, progress.step) <= (epochs, 0):
                progress.finished = path.name == files.FINISHED
                optimizers = {} if progress.finished else {"optimizers": self._step.optimizer_variables}
                files.read(path, networks=self._step.network_variables, **optimizers)
                return progress
        return None

    def _agree(self, restored: Progress) -> Progress:
        """Gives the chief's weights, and what they come from, to all workers."""
        replicas = self._step.replicas
        if not replicas.is_multi_worker:
            return restored
        if replicas.broadcast_json(self.fingerprint) != self.fingerprint:
            raise InputError(
                f"{self._name}: all workers must train with the same parameters, photographs and "
                "packages. This one's differ from the chief's. Stop the others, and start all with the same "
                "command."
            )
        replicas.broadcast_variables(self._step.network_variables + self._step.optimizer_variables)
        return Progress(**replicas.broadcast_json(vars(restored)))

    def _list(self) -> list[Path]:
        return files.list_checkpoints(self.folder) if self.kept else []

    def _list_other_lengths(self) -> list[Path]:
        """Those of trainings that differ from this one in their number of epochs alone, the latest first."""
        if not (self.kept and self.extendable and self._resume):
            return []
        own, found = _without_epochs(self._identity), []
        for path in self._root.glob("*/identity.json"):
            with contextlib.suppress(ValueError):
                if path.parent != self.folder and _without_epochs(json.loads(path.read_text())) == own:
                    found += files.list_checkpoints(path.parent)
        unfinished = [path for path in found if path.name != files.FINISHED]
        return sorted(unfinished, key=lambda path: path.name, reverse=True)

    def _remove_all_but(self, kept: Sequence[Path]) -> None:
        for path in self._list():
            if path not in kept:
                files.remove(path)

    @contextlib.contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, tf.errors.OpError) as error:
            raise InputError(
                f"{self._name}: can't write a checkpoint to {self.folder} ({describe_error(error)}). Free "
                "space or grant write permission, and rerun the same command: it resumes from the last "
                "checkpoint."
            ) from error


def _without_epochs(identity: Mapping[str, Any]) -> dict[str, Any]:
    return {**identity, "training": {**identity.get("training", {}), "epochs": None}}
