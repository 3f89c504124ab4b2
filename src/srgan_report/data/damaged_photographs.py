"""Photographs that can't be read: how they are told, and what they are called in a split."""

import logging
from collections.abc import Sequence

from srgan_report.errors import InputError

DAMAGED = "damaged"  # their subset
MAX_NAMED = 10  # of them, in one message

logger = logging.getLogger(__name__)


def report_damaged(refused: Sequence[InputError], total: int, damaged: str) -> None:
    """Raises an ``InputError``, or with ``damaged="skip"`` warns, that names up to ten of them."""
    reasons = " ".join(map(str, refused[:MAX_NAMED]))
    if (more := len(refused) - MAX_NAMED) > 0:
        reasons += f" And {more} more."
    if damaged == "skip":
        logger.warning("Left out %d of %d photographs: %s", len(refused), total, reasons)
    elif len(refused) == 1:
        raise InputError(f"{reasons} photographs.damaged=skip leaves it out.")
    else:
        raise InputError(
            f"{len(refused)} of {total} photographs can't be read, and photographs.damaged=skip leaves them "
            f"out: {reasons}"
        )
