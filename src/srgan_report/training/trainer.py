"""The training loop, the same for all variants. Knows nothing of Kedro."""

import contextlib
import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import tensorflow as tf

from srgan_report.data.crops import TrainingCrops
from srgan_report.errors import InputError, Interrupted
from srgan_report.training.checkpoints import Checkpoints
from srgan_report.training.distribution import LOST
from srgan_report.training.divergence import Divergence, find_non_finite, find_symptoms
from srgan_report.training.log import TrainingLog
from srgan_report.training.progress import Progress, Row
from srgan_report.training.signals import StopRequest, hold_back_signals
from srgan_report.training.step import Metrics, TrainingStep
from srgan_report.training.validation import Validation

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Trainer:
    """Repeats a training step over the crops of some epochs, with checkpoints.

    Source: article, "Training", the loop that calls ``train_step``.

    Attributes:
        step: The step. With ``ema_momentum`` the average of the generator's weights is validated, and is what
            training ends with.
        crops: The training crops of every epoch.
        validation: Batches of LR crops in [0, 1] and HR crops in [-1, 1].
        epochs: How many epochs.
        log_dir: Where TensorBoard's event files go.
        checkpoints: Where checkpoints are read and written; each epoch ends with one.
        progress: How far training has come.
    """

    step: TrainingStep
    crops: TrainingCrops
    validation: tf.data.Dataset
    epochs: int
    log_dir: Path
    checkpoints: Checkpoints
    progress: Progress = field(init=False, default_factory=Progress)

    def __post_init__(self) -> None:
        """Trains nothing yet."""
        step = self.step
        self._name, self._replicas = step.name, step.replicas
        self._total_steps = self.epochs * self.crops.steps
        self._validation = Validation(step.generator, step.content_loss, jit_compile=step.jit_compile)

    def train(self) -> Progress:
        """Trains, or resumes from the last checkpoint, until all epochs are over.

        With a constant learning rate it resumes from a training of fewer epochs, too. A training that was
        finished is not trained again: its networks are read, and its history returned.

        Returns:
            How it went. Its ``history`` has a row for each epoch: ``epoch`` (from 1), ``step`` and ``images``
            so far, ``learning_rate`` of the last step, the means over the epoch's images of what ``step``
            and over the validation crops of what ``Validation`` measures, and the ``seconds`` of training.

        Raises:
            Divergence: A loss or gradient is no longer finite. The networks are those of the last checkpoint.
            Interrupted: Ctrl-C or SIGTERM; a checkpoint was written.
            InputError: A checkpoint can't be written, another process trains the same, a batch is too small
                for the replicas, or another worker has stopped.
        """
        if self.crops.smallest_batch < self._replicas.count:
            raise InputError(
                f"Every batch must have at least {self._replicas.count} images, one per replica "
                f"(training.strategy). Received: {self.crops.smallest_batch} in the smallest. Raise "
                "training.batch_size, or set training.steps_per_epoch, which makes all batches full."
            )
        with self.checkpoints.lock():
            self.progress = progress = self.checkpoints.begin(self.epochs)
            if progress.finished:
                self.step.collect_weights()
                logger.info(
                    "%s: already trained by an earlier run with the same parameters and data", self._name
                )
                return progress
            if progress.steps:
                logger.info("%s: resuming at step %d of %d", self._name, progress.steps, self._total_steps)
            self._train()
            return progress

    def _train(self) -> None:
        progress, generator = self.progress, self.step.trained[0]
        log_dir = self.log_dir if self._replicas.is_chief else None
        with (
            TrainingLog(self._name, log_dir, self.epochs, self._total_steps, progress) as log,
            hold_back_signals(self._name) as request,
        ):
            while progress.epoch < self.epochs:
                for _ in self._train_epoch(log, request):
                    if request.signal_number is not None:
                        self._stop(request.signal_number)
                    if progress.step < self.crops.steps:
                        self.checkpoints.save(progress)
                with generator.averaged_weights():
                    self.step.collect_weights()
                    measured = self._validation.measure_all(self.validation)
                row = progress.end_epoch(self.step.last_learning_rate, measured)
                log.epoch(row)
                self._warn(row)
                if progress.epoch < self.epochs or self.checkpoints.extendable:
                    self.checkpoints.save(progress)
            generator.average_weights()
            self.step.collect_weights()
            self.checkpoints.finish(progress)
            if request.signal_number is not None:  # it came after the last step
                raise Interrupted(
                    f"{self._name} is trained; the run stopped after it.", request.signal_number
                )

    def _train_epoch(self, log: TrainingLog, request: StopRequest) -> Iterator[None]:
        """Does the steps of the epoch under way that are not done yet.

        What a step returns is read once the next one is under way, so that a GPU need not wait for Python.
        ``progress`` counts the steps that were read; yields where that is all of them: where a checkpoint is
        due, where a signal asks to stop, and after the epoch's last step.
        """
        progress, crops = self.progress, self.crops
        unread: deque[Metrics] = deque()
        started = time.perf_counter()
        for batch in self._batches():
            step = progress.step + len(unread) + 1
            is_smaller = crops.count_images(step - 1) < crops.count_images(0)
            take = self.step.take_smaller if is_smaller else self.step.take
            with self._name_lost_workers():
                unread.append(take(*batch))
            is_due = self.checkpoints.is_due(progress.steps + len(unread))
            settle = is_due or step == crops.steps or request.signal_number is not None
            while len(unread) > (0 if settle else 1):
                with self._name_lost_workers():
                    metrics = {name: float(value) for name, value in unread.popleft().items()}
                self._require_finite(metrics)
                now = time.perf_counter()
                progress.add_step(metrics, crops.count_images(progress.step), now - started)
                started = now
                log.step(metrics)
            if settle:
                yield
                started = time.perf_counter()

    def _batches(self) -> Iterator[tuple[Any, Any]]:
        """The batches that are left of the epoch: of each, its parts for this process' replicas."""
        place = self.progress.epoch, self.progress.step
        if self._replicas.count == 1:
            yield from self.crops.batches(*place)
            return
        shards = [
            self.crops.batches(*place, shard=replica, shards=self._replicas.count)
            for replica in self._replicas.local
        ]
        for parts in zip(*shards, strict=True):
            yield tuple(map(self._replicas.distribute, zip(*parts, strict=True)))

    @contextlib.contextmanager
    def _name_lost_workers(self) -> Iterator[None]:
        try:
            yield
        except LOST as error:
            if not self._replicas.is_multi_worker:
                raise
            raise InputError(
                f"{self._name}: another worker of TF_CONFIG has stopped, or can't be reached "
                f"({type(error).__name__}). Restart all workers: they resume from the chief's last "
                "checkpoint."
            ) from error

    def _require_finite(self, metrics: Mapping[str, float]) -> None:
        wrong = find_non_finite(metrics, gradients_too=self.step.precision != "mixed_float16")
        if not wrong:
            return
        progress = self.progress
        numbers = ", ".join(f"{name} {value}" for name, value in wrong.items())
        raise Divergence(
            f"{self._name}: a loss or gradient is no longer finite in step {progress.step + 1} of epoch "
            f"{progress.epoch + 1} ({numbers}).",
            step=progress.steps + 1,
            last_good=self.checkpoints.restore(),
            remedies=["training.learning_rate"]
            + ["training.adversarial_weight"] * bool(self.step.discriminator),
        )

    def _stop(self, signal_number: int) -> NoReturn:
        self.checkpoints.save(self.progress)
        saved = "with a checkpoint: the same command resumes there" if self.checkpoints.kept else "unsaved"
        raise Interrupted(
            f"{self._name} stopped after step {self.progress.steps} of {self._total_steps}, {saved}.",
            signal_number,
        )

    def _warn(self, row: Row) -> None:
        for symptom, sentence in find_symptoms(row).items():
            if symptom not in self.progress.warnings:
                self.progress.warnings[symptom] = sentence
                logger.warning("%s: %s", self._name, sentence)
