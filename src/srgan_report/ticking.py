"""A progress bar's clock that moves while nothing else does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

SECONDS = 1.0  # between two ticks, and before the first: what is done sooner needs no clock


@contextmanager
def ticking(bar: "tqdm[Any]") -> Iterator[None]:
    """Shows a bar again every second, as long as the block runs."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(SECONDS):
            bar.refresh()

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
