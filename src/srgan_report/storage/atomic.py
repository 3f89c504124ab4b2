"""Files and folders that appear whole or not at all."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import tensorflow as tf

from srgan_report.errors import InputError


def write_whole(path: Path, text: str) -> None:
    """Writes a text file whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Makes a folder appear whole or not at all; one that is there already gives way to the new one.

    Yields:
        An empty folder beside it, which becomes ``path`` if the block ends without an error.

    Raises:
        InputError: It can't be written.
    """
    part, old = (path.with_name(f".{uuid.uuid4().hex}.{end}") for end in ("part", "old"))
    try:
        part.mkdir(parents=True)
        yield part
        if path.exists():
            os.replace(path, old)
        os.replace(part, path)
        shutil.rmtree(old, ignore_errors=True)
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "message", None) or error
        raise InputError(f"{path} can't be written: {reason}. Check its disk and its permissions.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        with suppress(OSError):  # not empty, unless nothing was written
            path.parent.rmdir()
