"""What a training writes to the terminal; test_trainer.py has what it logs and gives to TensorBoard."""

import io
import logging
import sys
import time

import pytest

from srgan_report import ticking
from srgan_report.training.log import TrainingLog
from srgan_report.training.progress import Progress

METRICS = {"content_loss": 0.25, "adversarial_loss": 0.5, "discriminator_loss": 0.7, "psnr": 23.456}
ROW = {"epoch": 1, "step": 2, "seconds": 3.0, "content_loss": 0.25, "psnr": 28.1, "validation_psnr": 29.918}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def written(tmp_path, monkeypatch):
    """What two steps and an epoch write to stderr, where the log goes, too."""

    def written(stream):
        monkeypatch.setattr(sys, "stderr", stream)
        handler = logging.StreamHandler(stream)
        monkeypatch.setattr(logging.root, "handlers", [handler])
        monkeypatch.setattr(logging.getLogger("srgan_report"), "level", logging.INFO)
        with TrainingLog("SRGAN-MSE", tmp_path, epochs=1, total_steps=4, progress=Progress()) as log:
            log.step(METRICS)
            log.step(METRICS)
            log.epoch(ROW)
        assert logging.root.handlers == [handler]
        return stream.getvalue()

    return written


EPOCH = "SRGAN-MSE  epoch 1/1  PSNR 29.92 dB  3 s\n"


def test_a_file_gets_the_epochs_line_alone(written):
    assert written(io.StringIO()) == EPOCH


def test_a_terminal_has_a_bar_with_losses_that_makes_way_for_the_log(written):
    text = written(Terminal())
    last = text[: text.index(EPOCH)].rstrip("\r ").rsplit("\r", maxsplit=1)[-1]
    assert last.startswith("SRGAN-MSE  50%|#####     | 2/4 [00:00<00:00")
    assert last.rstrip().endswith("psnr=23.5, content=0.25, adversarial=0.5]")
    assert text[: text.index(EPOCH)].endswith(" \r")  # wiped
    assert text[text.index(EPOCH) :].endswith(" \r")


def test_its_clock_moves_before_the_first_step(tmp_path, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(ticking, "SECONDS", 0.05)
    with TrainingLog("SRGAN-MSE", tmp_path, epochs=1, total_steps=4, progress=Progress()):
        deadline = time.monotonic() + 30
        while terminal.getvalue().count("0/4") < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert terminal.getvalue().count("0/4") >= 3
    assert terminal.getvalue().endswith(" \r")  # wiped
