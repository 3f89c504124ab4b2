"""Checkpoints: what a training resumes from after it was stopped, at whatever moment."""

import contextlib
import fcntl
import hashlib
import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import tensorflow as tf

from srgan_report.errors import InputError
from srgan_report.storage.atomic import whole_file
from srgan_report.training.checkpoint_files import (
    DAMAGE,
    Content,
    first_line,
    list_checkpoints,
    read_state,
    remove,
)

logger = logging.getLogger(__name__)

_KEPT = 2  # the last one, and one for the case that it is damaged
_MAX_SHARE = 0.05  # of the time, for those within an epoch


class Checkpoints:
    """The checkpoints of one training, in a folder that belongs to its parameters and data.

    TensorFlow writes a checkpoint under another name and renames it, its index last, and checks what it reads
    by CRC-32C: a checkpoint that was cut short is none, and a damaged one is noticed.

    Attributes:
        fingerprint: The SHA-256 of ``identity``, in hexadecimal digits.
        folder: Where this training's checkpoints are.
    """

    def __init__(
        self,
        root: Path,
        identity: Mapping[str, Any],
        name: str,
        *,
        resume: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Finds the folder; writes nothing yet.

        Args:
            root: The folder, on a local disk, of all trainings of this variant.
            identity: All that decides the outcome of the training, as JSON knows it.
            name: What to call the training in messages.
            resume: Whether to resume from what is there. Otherwise it is removed when the training begins.
            clock: Gives the time in seconds.
        """
        self._root = root
        self._identity = json.loads(json.dumps(identity))
        self._name = name
        self._resume = resume
        self._clock = clock
        self._written, self._duration = -math.inf, 0.0
        self.fingerprint = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        self.folder = root / self.fingerprint[:16]

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps other processes out of the folder, which comes into being.

        Raises:
            InputError: Another process trains the same, or the folder can't be written.
        """
        with self._clear_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / "lock").open("w")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    f"{self._name} is being trained by another process with the same parameters and data "
                    f"({self.folder} is locked). Wait for it, or stop it: the same command then resumes."
                ) from None
            with self._clear_errors(), whole_file(self.folder / "identity.json") as part:
                part.write_text(json.dumps(self._identity, indent=2))
            if not self._resume:
                for path in self._list():
                    remove(path)
            yield

    def save(
        self,
        step: int,
        networks: Sequence[tf.Variable],
        optimizers: Sequence[tf.Variable],
        state: Mapping[str, Any],
    ) -> None:
        """Writes a checkpoint, then removes all but the last two.

        Args:
            step: How many steps were done; later ones must have larger numbers.
            networks: The variables of the networks.
            optimizers: Those of the optimisers.
            state: Everything else, as JSON knows it.

        Raises:
            InputError: It can't be written, and the checkpoints before it are as they were.
        """
        began = self._clock()
        name = f"step-{step:09d}"
        self._write(name, Content(networks, state, optimizers))
        later = [path for path in self._list() if path.name > name]  # damaged, or this would be later
        earlier = [path for path in self._list() if path not in later]
        for path in later + earlier[_KEPT:]:
            remove(path)
        self._written = self._clock()
        self._duration = self._written - began

    @property
    def affordable(self) -> bool:
        """Whether another ``save`` as long as the last one would take below 5% of the time since then."""
        return self._clock() - self._written >= self._duration / _MAX_SHARE

    def finish(self, networks: Sequence[tf.Variable], state: Mapping[str, Any]) -> None:
        """Writes what the training ended with, without optimisers, and removes the others.

        Of an extendable training the last one of ``save`` stays, from which a longer one resumes.

        Raises:
            InputError: As ``save``.
        """
        self._write("finished", Content(networks, state))
        for path in self._list()[2 if self.extendable else 1 :]:
            remove(path)

    def restore(
        self,
        networks: Sequence[tf.Variable],
        optimizers: Sequence[tf.Variable],
        shorter: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> tuple[dict[str, Any], bool] | None:
        """Sets variables to the last checkpoint that is whole; a damaged one is passed over, with a warning.

        Of a finished training there are none for the optimisers.

        Args:
            networks: The variables of the networks.
            optimizers: Those of the optimisers.
            shorter: If given, checkpoints are those of trainings that differ from this one in their number of
                epochs alone, whose ``state`` it accepts. There are none unless this one is extendable.

        Returns:
            ``state``, and whether the training is finished; ``None`` where there is no checkpoint.
        """
        for path in self._list_other_lengths() if shorter else self._list():
            finished = path.name == "finished"
            try:
                state = read_state(path)  # and all else, before any variable changes
            except DAMAGE as error:
                logger.warning(
                    "%s: skipped the damaged checkpoint %s (%s).", self._name, path, first_line(error)
                )
                continue
            if shorter is None or shorter(state):
                Content(networks, {}, () if finished else optimizers).read(path)
                return state, finished
        return None

    @property
    def extendable(self) -> bool:
        """Whether a longer training does the same until this one ends: its learning rate is constant."""
        return self._identity.get("training", {}).get("learning_rate_schedule") == "constant"

    def _list_other_lengths(self) -> list[Path]:
        if not (self.extendable and self._resume):
            return []
        own, found = _without_epochs(self._identity), []
        for path in self._root.glob("*/identity.json"):
            with contextlib.suppress(ValueError):
                if path.parent != self.folder and _without_epochs(json.loads(path.read_text())) == own:
                    found += [each for each in list_checkpoints(path.parent) if each.name != "finished"]
        return sorted(found, key=lambda path: path.name, reverse=True)

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

    def _list(self) -> list[Path]:
        return list_checkpoints(self.folder)

    def _write(self, name: str, content: Content) -> None:
        path = self.folder / name
        try:
            with self._clear_errors():
                content.write(path)
        except BaseException:
            remove(path)
            raise

    @contextlib.contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, tf.errors.OpError) as error:
            raise InputError(
                f"{self._name}: can't write a checkpoint to {self.folder} ({first_line(error)}). Free space "
                "or grant write permission, and rerun the same command: it resumes from the last checkpoint."
            ) from error


def _without_epochs(identity: Mapping[str, Any]) -> dict[str, Any]:
    training = {key: value for key, value in identity.get("training", {}).items() if key != "epochs"}
    return {**identity, "training": training}
