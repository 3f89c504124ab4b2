"""Which photographs are held out for validation, and which train."""

import hashlib
from collections.abc import Sequence

import pandas as pd
import tensorflow as tf
from tqdm import tqdm

from srgan_report.crops import decode
from srgan_report.errors import InputError
from srgan_report.photographs import Photograph, list_ids

_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")  # the first bytes of JPEG and PNG files


def split_photographs(photographs: Sequence[Photograph], validation_size: int) -> pd.DataFrame:
    """Holds out the first photographs for validation: the article's ``take(600)`` and ``skip(600)``.

    Every photograph is decoded once, so that an unreadable one stops the run before anything trains.

    Args:
        photographs: The photographs, in the order of their source.
        validation_size: How many of the first ones are held out.

    Returns:
        One row for each photograph, in order: ``position`` (from 0), ``id``, ``height`` and ``width``
        (pixels), ``sha256`` (of the encoded bytes) and ``subset`` (``validation`` or ``training``).

    Raises:
        InputError: If no photograph would be left for either subset, a photograph can't be decoded, or the
            same file is in both subsets. A file that is twice in one subset is allowed.
    """
    if validation_size < 1:
        raise InputError(f"split.validation_size must be at least 1. Received: {validation_size}.")
    if validation_size >= len(photographs):
        raise InputError(
            f"split.validation_size must be below the number of photographs ({len(photographs)}). "
            f"Received: {validation_size}."
        )
    rows = []
    for position, photograph in enumerate(tqdm(photographs, desc="Inspecting photographs", disable=None)):
        height, width, sha256 = inspect(photograph)
        subset = "validation" if position < validation_size else "training"
        rows.append((position, photograph.id, height, width, sha256, subset))
    split = pd.DataFrame(rows, columns=["position", "id", "height", "width", "sha256", "subset"])
    _require_disjoint(split)
    return split


def inspect(photograph: Photograph) -> tuple[int, int, str]:
    """Decodes a photograph with the decoder that training uses, and measures it.

    An orientation noted in EXIF is ignored, here as in training.

    Args:
        photograph: A JPEG or PNG file.

    Returns:
        Height and width in pixels, and the SHA-256 of the encoded bytes in hexadecimal digits.

    Raises:
        InputError: If it is neither JPEG nor PNG, or is truncated or otherwise damaged; names the photograph.
    """
    if not photograph.encoded.startswith(_SIGNATURES):
        raise InputError(f"Photograph {photograph.id} must be a JPEG or PNG image, which its content is not.")
    try:
        height, width, _ = decode(photograph.encoded).shape
    except tf.errors.OpError as error:
        raise InputError(f"Photograph {photograph.id} is damaged: it can't be decoded to its end.") from error
    return height, width, hashlib.sha256(photograph.encoded).hexdigest()


def require_same_photographs(photographs: Sequence[Photograph], split: pd.DataFrame) -> None:
    """Checks that a split, which may have been saved by an earlier run, lists these photographs.

    Args:
        photographs: What the source gives now.
        split: What ``split_photographs`` returned.

    Raises:
        InputError: If ids or their order differ: training could then see what is held out.
    """
    now, then = list_ids(photographs), split["id"].tolist()
    if now != then:
        raise InputError(
            f"The photographs must be those of the saved split ({len(then)}, the first is {then[0]}). "
            f"Received: {len(now)}, the first is {now[0]}. Run the data_split pipeline again."
        )


def _require_disjoint(split: pd.DataFrame) -> None:
    validation, training = (split[split["subset"] == subset] for subset in ("validation", "training"))
    shared = validation.merge(training, on="sha256", suffixes=("_validation", "_training"))
    if not shared.empty:
        first = shared.iloc[0]
        raise InputError(
            f"No photograph may be in both subsets. Received the same file as {first['id_validation']} "
            f"(validation) and {first['id_training']} (training). Remove one of them, "
            "or change split.validation_size."
        )
