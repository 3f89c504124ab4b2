"""A line at the foot of a terminal that says what a run is doing, and for how long."""

from contextlib import ExitStack

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from srgan_report.ticking import SECONDS, ticking


class Ticker:
    """Shows one line at a time, with a clock that moves; nothing where no person watches."""

    def __init__(self) -> None:
        """Shows nothing yet."""
        self._stack = ExitStack()
        self._text = ""

    def show(self, text: str) -> None:
        """Replaces the line by another; lines of the log are written above it."""
        if text == self._text:
            return
        self.stop()
        self._text = text
        bar = tqdm(desc=text, bar_format="{desc}  {elapsed}", delay=SECONDS, leave=False, disable=None)
        if bar.disable:
            return
        self._stack.callback(bar.close)
        self._stack.callback(bar.clear)  # closing wipes no bar that only its clock has moved
        self._stack.enter_context(logging_redirect_tqdm())
        self._stack.enter_context(ticking(bar))

    def stop(self) -> None:
        """Wipes the line."""
        self._text = ""
        self._stack.close()


TICKER = Ticker()  # a process has one terminal
