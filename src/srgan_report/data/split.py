"""Which photographs are held out for validation, and which train."""

import hashlib
import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import joblib
import pandas as pd
from tqdm import tqdm

from srgan_report.choices import TooSmall
from srgan_report.data.decoding import decode_photograph, warn_once
from srgan_report.data.photographs import DAMAGED, Photograph, Photographs
from srgan_report.errors import MAX_NAMED, InputError, printable

_Result = TypeVar("_Result")

logger = logging.getLogger(__name__)


def split_photographs(
    photographs: Photographs,
    validation_size: int,
    crop_size: int,
    too_small: TooSmall,
    leave_out: int = 0,
    damaged: str = "error",
) -> pd.DataFrame:
    """Holds out the first photographs for validation: the article's ``take(600)`` and ``skip(600)``.

    Every photograph is decoded once, so that one that can't be read shows before anything trains.

    Args:
        photographs: The photographs, in the order of their source.
        validation_size: How many of the first ones (after ``leave_out``) are held out.
        crop_size: Height and width in pixels of the crops that will be cut.
        too_small: See ``large_enough``; a photograph that is skipped there is in the split all the same.
        leave_out: How many photographs before those are in neither subset: to choose settings on.
        damaged: Whether photographs that can't be read or decoded are an ``error``, or ``skip``, a warning.

    Returns:
        One row for each photograph, in order: ``position`` (from 0), ``id``, ``height`` and ``width``
        (pixels), ``sha256`` (of the encoded bytes) and ``subset`` (``left_out``, ``validation``, ``training``
        or ``damaged``; of the last height and width are 0, and there is no SHA-256).

    Raises:
        InputError: No photograph would be left for a subset, photographs can't be decoded (up to ten are
            named) or are too small, or the same file is in both subsets.
    """
    _require_enough(len(photographs), 0, leave_out, validation_size)
    inspected = map_in_threads(inspect, photographs)
    found = list(tqdm(inspected, desc="Inspecting photographs", total=len(photographs), disable=None))
    if refused := [facts for facts in found if isinstance(facts, InputError)]:
        _report_damaged(refused, len(photographs), damaged)
        _require_enough(len(photographs), len(refused), leave_out, validation_size)
    subsets = iter(["left_out"] * leave_out + ["validation"] * validation_size)
    rows = [
        (0, 0, DAMAGED, DAMAGED) if isinstance(facts, InputError) else (*facts, next(subsets, "training"))
        for facts in found
    ]
    split = pd.DataFrame(rows, columns=["height", "width", "sha256", "subset"])
    split.insert(0, "position", range(len(split)))
    split.insert(1, "id", photographs.ids)
    _require_disjoint(split)
    large_enough(split, crop_size, too_small)
    return split


def _report_damaged(refused: Sequence[InputError], total: int, damaged: str) -> None:
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


def _require_enough(photographs: int, refused: int, leave_out: int, validation_size: int) -> None:
    if leave_out + validation_size >= photographs - refused:
        name = "split.leave_out + split.validation_size" if leave_out else "split.validation_size"
        without = f", without {refused} that can't be read" if refused else ""
        raise InputError(
            f"{name} must be below the number of photographs ({photographs - refused}{without}). "
            f"Received: {leave_out + validation_size}."
        )


def map_in_threads(
    function: Callable[[Photograph], _Result], photographs: Sequence[Photograph]
) -> Iterator[_Result | InputError]:
    """Applies a function to photographs on all cores; gives in order its results, or ``InputError``s."""

    def apply(position: int) -> _Result | InputError:
        try:
            return function(photographs[position])
        except InputError as error:
            return error

    pool = joblib.Parallel(n_jobs=-1, backend="threading", return_as="generator")
    return pool(joblib.delayed(apply)(position) for position in range(len(photographs)))


def inspect(photograph: Photograph) -> tuple[int, int, str]:
    """Decodes a photograph; gives height and width in pixels, upright, and the SHA-256 of its file."""
    height, width, _ = decode_photograph(photograph).shape
    return height, width, _sha256(photograph)


def _sha256(photograph: Photograph) -> str:
    return hashlib.sha256(photograph.encoded).hexdigest()


def require_same_photographs(photographs: Photographs, split: pd.DataFrame) -> None:
    """Raises an ``InputError`` if ids, their order or bytes of photographs are not those of a saved split."""
    now, then = list(photographs.ids), split["id"].tolist()
    if now != then:
        raise InputError(
            f"The photographs must be those of the saved split ({len(then)}, the first is "
            f"{printable(then[0])}). Received: {len(now)}, the first is {printable(now[0])}. "
            "Run the preparation again."
        )
    digests = map_in_threads(_sha256, photographs)
    pairs = zip(digests, split["sha256"], split["subset"], strict=True)
    differ = [subset != DAMAGED and found != expected for found, expected, subset in pairs]
    if changed := list(itertools.compress(now, differ)):
        raise InputError(
            f"The photographs must be those of the saved split, byte for byte. Received {len(changed)} that "
            f"changed since: the first is {printable(changed[0])}. Run the preparation again."
        )


def _require_disjoint(split: pd.DataFrame) -> None:
    validation, training = (split[split["subset"] == subset] for subset in ("validation", "training"))
    shared = validation.merge(training, on="sha256", suffixes=("_validation", "_training"))
    if not shared.empty:
        first = shared.iloc[0]
        raise InputError(
            "No photograph may be in both subsets. Received the same file as "
            f"{printable(first['id_validation'])} (validation) and {printable(first['id_training'])} "
            "(training). Remove one of them, or change split.validation_size."
        )


def large_enough(split: pd.DataFrame, size: int, too_small: TooSmall) -> pd.DataFrame:
    """Keeps the rows of a split whose photographs are sound and hold a crop of this size in pixels.

    Smaller ones are skipped with a warning or, if ``too_small`` is ``error`` or a subset would be left
    without any, an ``InputError``.
    """
    sound = split[split["subset"] != DAMAGED]
    enough = sound[["height", "width"]].min(axis="columns") >= size
    rows, smaller = sound[enough], sound[~enough]
    if smaller.empty:
        return rows
    first = smaller.iloc[0]
    example = f"{printable(first['id'])} is {first['height']} high and {first['width']} wide"
    if too_small == "error":
        raise InputError(
            f"Photographs must be at least {size} pixels high and wide (crops.size). Received {len(smaller)} "
            f"smaller: {example}. crops.too_small=skip leaves such photographs out."
        )
    for subset in ("validation", "training"):
        if not (rows["subset"] == subset).any():
            raise InputError(f"crops.size must fit at least one {subset} photograph. Received: {size}.")
    warn_once(f"Left out {len(smaller)} photographs smaller than crops.size={size}: {example}.")
    return rows
