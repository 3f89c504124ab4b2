"""Files and folders that appear whole or not at all."""

import fcntl
import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from srgan_report.errors import InputError

_PART = re.compile(r"\.[0-9a-f]{32}\.part")  # what is written at the moment
_written_now: set[Path] = set()  # the same of this process


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Makes a file appear whole or not at all, in place of the one that is there; makes folders as needed.

    What ends the block early, SIGKILL included, leaves at most a hidden folder, which no later save minds.

    Yields:
        A path of the same name in a folder of its own. Other files written there appear first.
    """
    with _part(path) as folder:
        with _locked(folder):  # until it is written, or this process ends
            yield folder / path.name
        for part in written_in(folder, last=path.name):
            with part.open("rb+") as file:
                os.fsync(file.fileno())  # else a power cut could leave the name without its content
            os.replace(part, path.with_name(part.name))


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """A hidden folder next to ``path``, gone in the end; so is the one that both are in, if new and empty."""
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    is_new = not path.parent.exists()
    _written_now.add(part)
    try:
        part.mkdir(parents=True)
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
        _written_now.discard(part)
        if is_new:
            with suppress(OSError):  # not empty
                path.parent.rmdir()


def leave_at_once(status: int) -> NoReturn:
    """Ends this process without waiting for its threads, of which nothing half-written is left."""
    for part in list(_written_now):
        shutil.rmtree(part, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def remove_leftovers(folder: Path) -> None:
    """Removes what ``whole_file`` left half-written in a folder when killed; other files stay."""
    with suppress(OSError):  # the folder is not there, or can't be: that is told when a file is to be written
        for name in filter(_PART.fullmatch, os.listdir(folder)):
            with suppress(OSError), _locked(folder / name) as mine:
                if mine:
                    shutil.rmtree(folder / name)


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Marks a folder or file as this process's; ``False`` if it is another's, or the disk knows no locks."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine = True
    except OSError:
        mine = False
    try:
        yield mine
    finally:
        os.close(descriptor)


def written_in(folder: Path, *, last: str) -> list[Path]:
    """The files of a folder, the one of this name last: where it is, all others are."""
    return sorted(folder.iterdir(), key=lambda path: (path.name == last, path.name))


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Makes a folder appear whole, in place of the one that is there, or with an ``InputError`` not at all.

    It gives an empty folder, which becomes ``path`` if the block ends without an error.
    """
    try:
        with _part(path) as part:
            yield part
            old = part.with_suffix(".old")
            if path.exists():
                os.replace(path, old)
            os.replace(part, path)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"{path} can't be written: {error.strerror or error}. Check its disk and its permissions."
        ) from error
