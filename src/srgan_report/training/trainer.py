"""The training loop, the same for all variants. Knows nothing of Kedro."""

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import keras
import numpy as np
import tensorflow as tf

from srgan_report.data.crops import TrainingCrops
from srgan_report.errors import InputError, Interrupted
from srgan_report.training.checkpoints import Checkpoints
from srgan_report.training.distribution import (
    LOST,
    broadcast_json,
    broadcast_variables,
    is_chief,
    is_multi_worker,
    local_replicas,
)
from srgan_report.training.divergence import Divergence, find_non_finite, find_symptoms
from srgan_report.training.log import TrainingLog
from srgan_report.training.progress import Progress, Row, add_weighted
from srgan_report.training.signals import hold_back_signals
from srgan_report.training.step import Metrics, TrainingStep

logger = logging.getLogger(__name__)


class Trainer(TrainingStep):
    """Repeats the training step over the crops of some epochs, with checkpoints.

    Source: article, "Training", the loop that calls ``train_step``.
    """

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

        With a constant learning rate it resumes from a training of fewer epochs, too.

        With ``ema_momentum`` the average of the generator's weights is validated, and is what it ends with.

        Args:
            crops: The training crops of every epoch.
            validation: Batches of LR crops in [0, 1] and HR crops in [-1, 1].
            epochs: How many epochs.
            log_dir: Where TensorBoard's event files go.
            checkpoints: Where checkpoints are read and written; ``None``: none are. A training that was
                finished is not trained again: its networks are read, and its history returned.
            checkpoint_every: Steps between checkpoints; there is one more at each epoch's end.

        Returns:
            How it went. Its ``history`` has a row for each epoch: ``epoch`` (from 1), ``step`` and ``images``
            so far, ``learning_rate`` of the last step, the means over the epoch's images of what ``step`` and
            over the validation crops of what ``validate`` return, and the ``seconds`` that its training took.

        Raises:
            Divergence: A loss or gradient is no longer finite. The networks are those of the last checkpoint.
            Interrupted: Ctrl-C or SIGTERM; a checkpoint was written.
            InputError: A checkpoint can't be written, another process trains the same, a batch is too small
                for the replicas, or another worker has stopped.
        """
        if crops.smallest_batch < self.strategy.num_replicas_in_sync:
            raise InputError(
                f"Every batch must have an image for each of {self.strategy.num_replicas_in_sync} replicas "
                f"(training.strategy). Received: {crops.smallest_batch} in the smallest. Set "
                "training.batch_size higher, or training.steps_per_epoch, with which all batches are full."
            )
        fingerprint = checkpoints.fingerprint if checkpoints else None
        checkpoints = checkpoints if is_chief(self.strategy) else None
        with checkpoints.lock() if checkpoints else contextlib.nullcontext():
            restored = (
                (self._restore(checkpoints) or self._extend(checkpoints, epochs)) if checkpoints else None
            )
            run = _Run(crops, validation, epochs, log_dir, checkpoints, checkpoint_every)
            progress, finished = self._agree(fingerprint, restored or (Progress(), False))
            if finished:
                self.collect_weights()
                logger.info("%s: finished by an earlier run with the same parameters and data", self.name)
                return progress
            if progress.steps:
                logger.info("%s: goes on from step %d of %d", self.name, progress.steps, run.total_steps)
            elif checkpoints:
                if change := checkpoints.describe_change():
                    logger.info("%s: starts afresh, %s", self.name, change)
                self._save(checkpoints, progress)
            return self._train(run, progress)

    def _agree(self, fingerprint: str | None, restored: tuple[Progress, bool]) -> tuple[Progress, bool]:
        """Gives the chief's weights, and what they come from, to all workers: none other has checkpoints."""
        if not is_multi_worker(self.strategy):
            return restored
        if broadcast_json(self.strategy, fingerprint) != fingerprint:
            raise InputError(
                f"{self.name}: all workers must train with the same parameters, photographs and packages. "
                "This one's differ from the chief's. Stop the others, and start all by the same command."
            )
        broadcast_variables(self.strategy, self._network_variables + self._optimizer_variables)
        progress, finished = broadcast_json(self.strategy, [restored[0].to_dict(), restored[1]])
        return Progress(**progress), finished

    def _train(self, run: "_Run", progress: Progress) -> Progress:
        with (
            TrainingLog(
                self.name,
                run.log_dir if is_chief(self.strategy) else None,
                epochs=run.epochs,
                total_steps=run.total_steps,
                progress=progress,
            ) as log,
            hold_back_signals(self.name) as request,
        ):
            while progress.epoch < run.epochs:
                for _ in self._go_on_with_epoch(run, progress, log):
                    if request.signal_number is not None:
                        self._stop(run, progress, request.signal_number)
                    if progress.steps % run.checkpoint_every == 0 and progress.step < run.crops.steps:
                        self._save(run.checkpoints, progress)
                with self._averaged_weights():
                    self.collect_weights()
                    validation = self._validate_all(run.validation)
                row = progress.end_epoch(self._last_learning_rate(), validation)
                log.epoch(row)
                self._warn(progress, row)
                if progress.epoch < run.epochs or (run.checkpoints and run.checkpoints.extendable):
                    self._save(run.checkpoints, progress)
            self._average_weights()
            self.collect_weights()
            if run.checkpoints:
                run.checkpoints.finish(self._network_variables, progress.to_dict())
            if request.signal_number is not None:  # it came after the last step
                raise Interrupted(f"{self.name} is trained; the run stopped after it.", request.signal_number)
        return progress

    def _go_on_with_epoch(self, run: "_Run", progress: Progress, log: TrainingLog) -> Iterator[None]:
        """Does the steps of the epoch under way that are not done yet; stops after each."""
        started = time.perf_counter()
        for low_resolution, high_resolution in self._batches(run.crops, progress):
            metrics = _floats(self._take_step(low_resolution, high_resolution))
            self._require_finite(metrics, run, progress)
            images = run.crops.count_images(progress.step)
            progress.add_step(metrics, images, time.perf_counter() - started)
            log.step(metrics)
            yield
            started = time.perf_counter()

    def _batches(self, crops: TrainingCrops, progress: Progress) -> Iterator[tuple[Any, Any]]:
        """The batches that are left of the epoch: of each, its parts for this process' replicas."""
        if self.strategy.num_replicas_in_sync == 1:
            yield from crops.batches(progress.epoch, progress.step)
            return
        replicas = local_replicas(self.strategy)
        shards = [
            crops.batches(
                progress.epoch, progress.step, shard=replica, shards=self.strategy.num_replicas_in_sync
            )
            for replica in replicas
        ]
        for parts in zip(*shards, strict=True):
            yield tuple(
                self.strategy.experimental_distribute_values_from_function(
                    lambda context, values=values: values[context.replica_id_in_sync_group - replicas[0]]
                )
                for values in zip(*parts, strict=True)
            )

    def _take_step(self, low_resolution: Any, high_resolution: Any) -> Metrics:
        try:
            return self._compiled_step(low_resolution, high_resolution)
        except LOST as error:
            if not is_multi_worker(self.strategy):
                raise
            raise InputError(
                f"{self.name}: another worker of TF_CONFIG has stopped, or can't be reached "
                f"({type(error).__name__}). Start all workers again: they go on from the chief's last "
                "checkpoint."
            ) from error

    def _require_finite(self, metrics: Mapping[str, float], run: "_Run", progress: Progress) -> None:
        wrong = find_non_finite(metrics, gradients_too=self.precision != "mixed_float16")
        if not wrong:
            return
        step = progress.steps + 1
        numbers = ", ".join(f"{name} {value}" for name, value in wrong.items())
        restored = self._restore(run.checkpoints) if run.checkpoints else None
        raise Divergence(
            f"{self.name}: a loss or gradient is no longer finite in step {progress.step + 1} of epoch "
            f"{progress.epoch + 1} ({numbers}).",
            step=step,
            last_good=restored[0] if restored else None,
            remedies=["training.learning_rate"] + ["training.adversarial_weight"] * bool(self.discriminator),
        )

    def _stop(self, run: "_Run", progress: Progress, signal_number: int) -> NoReturn:
        self._save(run.checkpoints, progress)
        saved = "with a checkpoint: the same command goes on from there" if run.checkpoints else "unsaved"
        raise Interrupted(
            f"{self.name} stopped after step {progress.steps} of {run.total_steps}, {saved}.", signal_number
        )

    def _warn(self, progress: Progress, row: Row) -> None:
        for symptom, sentence in find_symptoms(row).items():
            if symptom not in progress.warnings:
                progress.warnings[symptom] = sentence
                logger.warning("%s: %s", self.name, sentence)

    @property
    def _network_variables(self) -> list[tf.Variable]:
        return _variables(self._trained_generator, self._trained_discriminator)

    @property
    def _optimizer_variables(self) -> list[tf.Variable]:
        return _variables(self._generator_optimizer, self._discriminator_optimizer)

    def _save(self, checkpoints: Checkpoints | None, progress: Progress) -> None:
        if checkpoints:
            state = progress.to_dict()
            checkpoints.save(progress.steps, self._network_variables, self._optimizer_variables, state)

    def _restore(self, checkpoints: Checkpoints) -> tuple[Progress, bool] | None:
        restored = checkpoints.restore(self._network_variables, self._optimizer_variables)
        return (Progress(**restored[0]), restored[1]) if restored else None

    def _extend(self, checkpoints: Checkpoints, epochs: int) -> tuple[Progress, bool] | None:
        """Starts from where a training of fewer epochs got to, and all else the same."""
        ends_within = lambda state: (len(state["rows"]), state["step"]) <= (epochs, 0)  # noqa: E731
        state = checkpoints.restore_shorter(self._network_variables, self._optimizer_variables, ends_within)
        if state is None:
            return None
        progress = Progress(**state)
        self._save(checkpoints, progress)
        return progress, False

    def _average_weights(self) -> None:
        """Sets the generator's weights to their moving average, if there is one."""
        self._generator_optimizer.finalize_variable_values(self._trained_generator.trainable_variables)

    @contextlib.contextmanager
    def _averaged_weights(self) -> Iterator[None]:
        weights = self._trained_generator.trainable_variables
        values = [weight.numpy() for weight in weights]
        self._average_weights()
        try:
            yield
        finally:
            for weight, value in zip(weights, values, strict=True):
                weight.assign(value)

    def _validate_all(self, validation: tf.data.Dataset) -> dict[str, float]:
        sums: dict[str, float] = {}
        images = 0
        for low_resolution, high_resolution in validation:
            metrics = _floats(self._compiled_validation(low_resolution, high_resolution))
            add_weighted(sums, metrics, len(low_resolution))
            images += len(low_resolution)
        return {name: value / images for name, value in sums.items()}

    def _last_learning_rate(self) -> float:
        if isinstance(self.learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            adam = getattr(self._generator_optimizer, "inner_optimizer", self._generator_optimizer)
            return float(self.learning_rate(adam.iterations - 1))
        return self.learning_rate


@dataclass(frozen=True)
class _Run:
    """What ``Trainer.train`` was asked for."""

    crops: TrainingCrops
    validation: tf.data.Dataset
    epochs: int
    log_dir: Path
    checkpoints: Checkpoints | None = None
    checkpoint_every: int = 1

    @property
    def total_steps(self) -> int:
        return self.epochs * self.crops.steps


def validation_batches(
    low_resolution: np.ndarray, high_resolution: np.ndarray, batch_size: int
) -> tf.data.Dataset:
    """Makes the batches that ``Trainer.train`` validates on.

    Args:
        low_resolution: ``(crops, height, width, 3)`` float32 in [0, 1].
        high_resolution: ``(crops, 4 height, 4 width, 3)`` uint8.
        batch_size: How many crops a batch holds at most. Where more than half of it divides the number of
            crops, all batches are of that size: a smaller last one would have validation compiled twice.

    Returns:
        Batches of LR crops in [0, 1] and HR crops in [-1, 1], both float32.
    """
    at_most = min(batch_size, len(low_resolution))
    even = [size for size in range(at_most, at_most // 2, -1) if len(low_resolution) % size == 0]
    crops = tf.data.Dataset.from_tensor_slices((low_resolution, high_resolution))
    # A static size spares XLA the second compilation, too.
    crops = crops.batch(even[0] if even else at_most, drop_remainder=bool(even))
    return crops.map(lambda lr, hr: (lr, tf.cast(hr, tf.float32) / 127.5 - 1)).prefetch(1)


def _variables(*owners: keras.Model | keras.optimizers.Optimizer | None) -> list[tf.Variable]:
    return [_unwrap(variable) for owner in owners if owner is not None for variable in owner.variables]


def _unwrap(variable: Any) -> tf.Variable:
    return variable.value if isinstance(variable, keras.Variable) else variable


def _floats(metrics: Metrics) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}
