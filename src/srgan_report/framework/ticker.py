"""A line at the foot of a terminal that says what a run is doing, and for how long."""

import threading
from contextlib import ExitStack

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

_DELAY = 1.0  # seconds: what is done sooner needs no line


class Ticker:
    """Shows one line at a time, with a clock that moves; nothing where no person watches."""

    def __init__(self) -> None:
        """Shows nothing yet."""
        self._stack = ExitStack()

    def show(self, text: str) -> None:
        """Replaces the line; lines of the log are written above it."""
        self.stop()
        bar = tqdm(desc=text, bar_format="{desc}  {elapsed}", delay=_DELAY, leave=False, disable=None)
        if bar.disable:
            return
        stopped = threading.Event()
        thread = threading.Thread(target=_tick, args=(bar, stopped), daemon=True)
        self._stack.callback(bar.close)
        self._stack.callback(bar.clear)  # closing wipes no bar that only its clock has moved
        self._stack.enter_context(logging_redirect_tqdm())
        self._stack.callback(thread.join)
        self._stack.callback(stopped.set)
        thread.start()

    def stop(self) -> None:
        """Wipes the line."""
        self._stack.close()


def _tick(bar: "tqdm[None]", stopped: threading.Event) -> None:
    while not stopped.wait(_DELAY):
        bar.refresh()
