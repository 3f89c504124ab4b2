"""What a training says while it runs: in the terminal, in the log, and to TensorBoard."""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import tensorflow as tf
from tqdm import tqdm

from srgan_report.ticking import ticking
from srgan_report.training.progress import Progress, Row

logger = logging.getLogger(__name__)

# They fit on a line of 100 columns, without the rate; TensorBoard has all others.
_SHOWN = ("psnr", "content_loss", "adversarial_loss")
_BAR = "{desc} {percentage:3.0f}%|{bar:10}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"


class TrainingLog(ExitStack):
    """A progress bar where a person watches, a line an epoch, and TensorBoard's event files."""

    def __init__(
        self, name: str, log_dir: Path | None, epochs: int, total_steps: int, progress: Progress
    ) -> None:
        """Opens the event files, in ``log_dir`` if that is given; ``progress`` is read again later."""
        super().__init__()
        self._name = name
        self._epochs = epochs
        self._progress = progress
        self._writer = (
            tf.summary.create_file_writer(str(log_dir)) if log_dir else tf.summary.create_noop_writer()
        )
        self._bar = tqdm(
            total=total_steps,
            initial=progress.steps,
            desc=name,
            bar_format=_BAR,
            disable=None,  # a bar where a person watches; a log file gets one line an epoch
            dynamic_ncols=True,
            leave=False,  # the epochs' lines stay
        )
        self.callback(self._writer.close)
        self.callback(self._bar.close)
        self.enter_context(ticking(self._bar))  # the first step and each validation take long

    def step(self, metrics: Mapping[str, float]) -> None:
        """Shows one step, which ``progress`` counts already."""
        self._bar.update()
        self._bar.set_postfix(
            {name.removesuffix("_loss"): metrics[name] for name in _SHOWN if name in metrics}
        )
        self._write("step", metrics, self._progress.steps)

    def epoch(self, row: Row) -> None:
        """Shows one epoch by its row of the history: how long it took, and PSNR of the validation crops."""
        self._write("epoch", row, int(row["epoch"]))
        psnr = f"PSNR {row['validation_psnr']:.2f} dB"
        epoch = f"epoch {row['epoch']}/{self._epochs}"
        logger.info("%s  %s  %s  %.0f s", self._name, epoch, psnr, row["seconds"])

    def _write(self, kind: str, numbers: Mapping[str, float], step: int) -> None:
        # All in one: tf.summary.scalar takes an operation for each, 7 ms a step on an H200, and this 0.1 ms.
        value = tf.compat.v1.Summary.Value
        values = [value(tag=f"{kind}/{name}", simple_value=number) for name, number in numbers.items()]
        summary = tf.compat.v1.Summary(value=values)
        with self._writer.as_default():
            tf.summary.experimental.write_raw_pb(summary.SerializeToString(), step=step)
