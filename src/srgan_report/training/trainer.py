"""The training loop, the same for all variants. Knows nothing of Kedro."""

import contextlib
import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import tensorflow as tf

from srgan_report.data.crops import TrainingCrops
from srgan_report.errors import InputError, Interrupted
from srgan_report.training.checkpoints import Checkpoints
from srgan_report.training.distribution import LOST
from srgan_report.training.divergence import Divergence, find_non_finite, find_symptoms
from srgan_report.training.log import TrainingLog
from srgan_report.training.progress import Progress, Row, to_floats
from srgan_report.training.saved_training import SavedTraining
from srgan_report.training.signals import StopRequest, hold_back_signals
from srgan_report.training.step import Metrics, TrainingStep
from srgan_report.training.validation import Validation

logger = logging.getLogger(__name__)


class Trainer:
    """Repeats a training step over the crops of some epochs, with checkpoints.

    Source: article, "Training", the loop that calls ``train_step``.
    """

    def __init__(self, step: TrainingStep) -> None:
        """Trains nothing yet."""
        self.step = step
        self.name = step.name
        self.validation = Validation(step.generator, step.content_loss, jit_compile=step.jit_compile)
        self._replicas = step.replicas

    def train(
        self,
        crops: TrainingCrops,
        validation: tf.data.Dataset,
        *,
        epochs: int,
        log_dir: Path,
        checkpoints: Checkpoints | None = None,
        checkpoint_every: int = 100,
    ) -> Progress:
        """Trains for some epochs, or resumes from the last checkpoint until they are over.

        With a constant learning rate it resumes from a training of fewer epochs, too. With ``ema_momentum``
        the average of the generator's weights is validated, and is what it ends with.

        Args:
            crops: The training crops of every epoch.
            validation: Batches of LR crops in [0, 1] and HR crops in [-1, 1].
            epochs: How many epochs.
            log_dir: Where TensorBoard's event files go.
            checkpoints: Where checkpoints are read and written; ``None``: none are. A training that was
                finished is not trained again: its networks are read, and its history returned.
            checkpoint_every: Steps between them, if it takes below 5% of the time; each epoch ends with one.

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
        self._require_images_for_all(crops)
        saved = SavedTraining(self.step, checkpoints, checkpoint_every)
        run = _Run(crops, validation, epochs, log_dir, saved)
        with saved.lock():
            progress, finished = saved.begin(epochs)
            if finished:
                self.step.collect_weights()
                logger.info(
                    "%s: already trained by an earlier run with the same parameters and data", self.name
                )
                return progress
            if progress.steps:
                logger.info("%s: resuming at step %d of %d", self.name, progress.steps, run.total_steps)
            self._train(run, progress)
            return progress

    def _require_images_for_all(self, crops: TrainingCrops) -> None:
        if crops.smallest_batch < self._replicas.count:
            raise InputError(
                f"Every batch must have at least {self._replicas.count} images, one per replica "
                f"(training.strategy). Received: {crops.smallest_batch} in the smallest. Raise "
                "training.batch_size, or set training.steps_per_epoch, which makes all batches full."
            )

    def _train(self, run: "_Run", progress: Progress) -> None:
        log_dir = run.log_dir if self._replicas.is_chief else None
        with (
            TrainingLog(
                self.name, log_dir, epochs=run.epochs, total_steps=run.total_steps, progress=progress
            ) as log,
            hold_back_signals(self.name) as request,
        ):
            while progress.epoch < run.epochs:
                for _ in self._train_epoch(run, progress, log, request):
                    if request.signal_number is not None:
                        self._stop(run, progress, request.signal_number)
                    if progress.step < run.crops.steps:
                        run.saved.save(progress)
                with self.step.averaged_weights():
                    self.step.collect_weights()
                    measured = self.validation.measure_all(run.validation)
                row = progress.end_epoch(self.step.last_learning_rate, measured)
                log.epoch(row)
                self._warn(progress, row)
                if progress.epoch < run.epochs or (
                    run.saved.checkpoints and run.saved.checkpoints.extendable
                ):
                    run.saved.save(progress)
            self.step.average_weights()
            self.step.collect_weights()
            run.saved.finish(progress)
            if request.signal_number is not None:  # it came after the last step
                raise Interrupted(f"{self.name} is trained; the run stopped after it.", request.signal_number)

    def _train_epoch(
        self, run: "_Run", progress: Progress, log: TrainingLog, request: StopRequest
    ) -> Iterator[None]:
        """Does the steps of the epoch under way that are not done yet.

        What a step returns is read once the next one is under way, so that a GPU need not wait for Python.
        ``progress`` counts the steps that were read; yields where that is all of them: where a checkpoint is
        due, where a signal asks to stop, and after the epoch's last step.
        """
        unread: deque[Metrics] = deque()
        started = time.perf_counter()
        for batch in self._batches(run.crops, progress):
            step = progress.step + len(unread) + 1
            is_smaller = run.crops.count_images(step - 1) < run.crops.count_images(0)
            unread.append(self._take_step(*batch, is_smaller=is_smaller))
            is_due = run.saved.is_due(progress.steps + len(unread))
            settle = is_due or step == run.crops.steps or request.signal_number is not None
            while len(unread) > (0 if settle else 1):
                with self._name_lost_workers():
                    metrics = to_floats(unread.popleft())
                self._require_finite(metrics, run, progress)
                now = time.perf_counter()
                progress.add_step(metrics, run.crops.count_images(progress.step), now - started)
                started = now
                log.step(metrics)
            if settle:
                yield
                started = time.perf_counter()

    def _batches(self, crops: TrainingCrops, progress: Progress) -> Iterator[tuple[Any, Any]]:
        """The batches that are left of the epoch: of each, its parts for this process' replicas."""
        if self._replicas.count == 1:
            yield from crops.batches(progress.epoch, progress.step)
            return
        shards = [
            crops.batches(progress.epoch, progress.step, shard=replica, shards=self._replicas.count)
            for replica in self._replicas.local
        ]
        for parts in zip(*shards, strict=True):
            yield tuple(map(self._replicas.distribute, zip(*parts, strict=True)))

    def _take_step(self, low_resolution: Any, high_resolution: Any, *, is_smaller: bool) -> Metrics:
        take = self.step.take_smaller if is_smaller else self.step.take
        with self._name_lost_workers():
            return take(low_resolution, high_resolution)

    @contextlib.contextmanager
    def _name_lost_workers(self) -> Iterator[None]:
        try:
            yield
        except LOST as error:
            if not self._replicas.is_multi_worker:
                raise
            raise InputError(
                f"{self.name}: another worker of TF_CONFIG has stopped, or can't be reached "
                f"({type(error).__name__}). Restart all workers: they resume from the chief's last "
                "checkpoint."
            ) from error

    def _require_finite(self, metrics: Mapping[str, float], run: "_Run", progress: Progress) -> None:
        wrong = find_non_finite(metrics, gradients_too=self.step.precision != "mixed_float16")
        if not wrong:
            return
        step = progress.steps + 1
        numbers = ", ".join(f"{name} {value}" for name, value in wrong.items())
        raise Divergence(
            f"{self.name}: a loss or gradient is no longer finite in step {progress.step + 1} of epoch "
            f"{progress.epoch + 1} ({numbers}).",
            step=step,
            last_good=run.saved.restore_last(),
            remedies=["training.learning_rate"]
            + ["training.adversarial_weight"] * bool(self.step.discriminator),
        )

    def _stop(self, run: "_Run", progress: Progress, signal_number: int) -> NoReturn:
        run.saved.save(progress)
        saved = "with a checkpoint: the same command resumes there" if run.saved.checkpoints else "unsaved"
        raise Interrupted(
            f"{self.name} stopped after step {progress.steps} of {run.total_steps}, {saved}.", signal_number
        )

    def _warn(self, progress: Progress, row: Row) -> None:
        for symptom, sentence in find_symptoms(row).items():
            if symptom not in progress.warnings:
                progress.warnings[symptom] = sentence
                logger.warning("%s: %s", self.name, sentence)


@dataclass(frozen=True)
class _Run:
    """What ``Trainer.train`` was asked for."""

    crops: TrainingCrops
    validation: tf.data.Dataset
    epochs: int
    log_dir: Path
    saved: SavedTraining

    @property
    def total_steps(self) -> int:
        return self.epochs * self.crops.steps
