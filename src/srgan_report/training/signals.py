"""Signals that ask a run to stop, held back until it can stop in good order."""

import contextlib
import logging
import signal
import threading
from collections.abc import Iterator
from types import FrameType

logger = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether a signal has asked to stop, and which: ``signal_number`` is ``None`` until then."""

    signal_number: int | None = None


@contextlib.contextmanager
def hold_back_signals(what: str) -> Iterator[StopRequest]:
    """Takes note of Ctrl-C and SIGTERM instead of acting on them; a second one acts at once.

    Only the main thread can: elsewhere signals stay as they are. ``what`` is under way, for the line that
    answers the signal.
    """
    request = StopRequest()
    numbers = _SIGNALS if threading.current_thread() is threading.main_thread() else ()
    handlers = {number: signal.getsignal(number) for number in numbers}
    # Where it is ignored, as Ctrl-C is under nohup, it stays so.
    before = {number: handler for number, handler in handlers.items() if handler != signal.SIG_IGN}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number: int, frame: FrameType | None) -> None:
        request.signal_number = number
        restore()
        logger.warning("%s: stopping after this step, with a checkpoint. Again to stop at once.", what)

    for number in before:
        signal.signal(number, note)
    try:
        yield request
    finally:
        restore()
