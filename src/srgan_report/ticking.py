"""A progress bar's clock that moves while nothing else does."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

SECONDS = 1.0  # between two ticks, and before the first: what is done sooner needs no clock


@contextmanager
def ticking(bar: "tqdm[Any]") -> Iterator[None]:
    """Shows a bar again every second, and lines of the log above it; nothing where no person watches."""
    if bar.disable:
        yield
        return
    over = threading.Event()

    def tick() -> None:
        while not over.wait(SECONDS):
            bar.refresh()

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        with logging_redirect_tqdm():
            yield
    finally:
        over.set()
        thread.join()


class Ticker:
    """Shows one line at a time at the foot of a terminal: what a run is doing, and for how long."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._text = ""

    def show(self, text: str) -> None:
        """Replaces the line by another; lines of the log are written above it."""
        if text == self._text:
            return
        self.stop()
        self._text = text
        bar = tqdm(desc=text, bar_format="{desc}  {elapsed}", delay=SECONDS, leave=False, disable=None)
        self._stack.callback(bar.close)
        self._stack.callback(bar.clear)  # closing wipes no bar that only its clock has moved
        self._stack.enter_context(ticking(bar))

    def stop(self) -> None:
        """Wipes the line."""
        self._text = ""
        self._stack.close()


TICKER = Ticker()  # a process has one terminal
