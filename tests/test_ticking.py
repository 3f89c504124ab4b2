import io
import logging
import sys
import time

import pytest

from srgan_report import ticking
from srgan_report.ticking import Ticker


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def stream(monkeypatch):
    monkeypatch.setattr(ticking, "SECONDS", 0.05)

    def make(stream):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(logging.root, "handlers", [logging.StreamHandler(stream)])
        return stream

    return make


def wait_for(stream, text):
    deadline = time.monotonic() + 30
    while text not in stream.getvalue() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert text in stream.getvalue()


def test_shows_what_is_done_until_it_is_over(stream):
    terminal = stream(Terminal())
    shown = Ticker()
    shown.show("Measuring  SRGAN-MSE")
    wait_for(terminal, "\rMeasuring  SRGAN-MSE  00:0")
    logging.getLogger("srgan_report").warning("A line of the log.")
    shown.show("Writing the report")
    wait_for(terminal, "Writing the report  00:0")
    shown.stop()
    text = terminal.getvalue()
    assert text.endswith(" \r")  # wiped
    assert "\rA line of the log.\n" in text
    assert text.rindex("Measuring") < text.index("Writing")


def test_the_clock_runs_on_where_the_same_is_shown_again(stream):
    terminal = stream(Terminal())
    shown = Ticker()
    shown.show("Measuring")
    wait_for(terminal, "Measuring  00:01")
    shown.show("Measuring")
    terminal.seek(0)
    terminal.truncate()
    wait_for(terminal, "Measuring  00:0")
    shown.stop()
    assert "00:00" not in terminal.getvalue()


def test_what_is_over_at_once_is_not_shown(stream):
    terminal = stream(Terminal())
    shown = Ticker()
    for text in "abc":
        shown.show(text)
    shown.stop()
    assert terminal.getvalue().strip() == ""


def test_a_file_gets_nothing(stream):
    file = stream(io.StringIO())
    shown = Ticker()
    shown.show("Measuring")
    time.sleep(0.2)
    shown.stop()
    assert file.getvalue() == ""
