"""Keeps what XLA compiles for a GPU, so that the same training is not compiled again by a later run."""

import atexit
import fcntl
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp

from kedro.framework.hooks import hook_impl
from platformdirs import user_cache_path

_FLAGS = "TF_XLA_FLAGS"
_CACHE = "--tf_xla_persistent_cache"
# CPUs are left out: TensorFlow does not check that a program fits the model of CPU that it is loaded on.
_DEVICES = "GPU"
_KEPT = 30 * 24 * 60 * 60  # seconds
_DRIVER = Path("/proc/driver/nvidia")

logger = logging.getLogger(__name__)


class CompilationCacheHooks:
    """Gives TensorFlow's persistent compilation cache a folder before TensorFlow starts.

    TensorFlow writes its files in place, and a step fails if it reads one that is incomplete. So each process
    has a folder of its own, in which it finds earlier runs' files; new ones are passed on only by a run that
    has succeeded.
    """

    def __init__(self) -> None:
        """Begins without folders."""
        self._shared = Path()
        self._own: Path | None = None

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Chooses the folder; without one, XLA compiles as usual."""
        flags = os.environ.get(_FLAGS, "")
        if self._own or _CACHE in flags:
            return
        try:
            gpus = _describe_gpus()
            if not gpus:
                return
            key = sha256(f"{version('tensorflow')} {gpus}".encode()).hexdigest()[:16]
            self._shared = user_cache_path("srgan-report") / "xla" / key
            self._own = _make_own(self._shared)
        except OSError as error:
            logger.info("What XLA compiles is not kept: %s", error)
            return
        # Quoted: TensorFlow would read no flag after a space in the path.
        options = {f"{_CACHE}_directory": f"'{self._own}'", f"{_CACHE}_device_types": _DEVICES}
        os.environ[_FLAGS] = " ".join([flags, *(f"{name}={value}" for name, value in options.items())])

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Passes new files on, and removes old ones."""
        if self._own:
            try:
                _link_files(self._own, self._shared)
                _remove_unused(self._shared.parent)
            except OSError as error:  # removed meanwhile, or no hard links there
                logger.info("What XLA compiled is not kept: %s", error)


def _describe_gpus() -> str | None:
    """The driver's version and the GPUs' models, without starting TensorFlow, which reads its flags then."""
    models = [
        re.findall(r"^Model:\s*(.*)", path.read_text(), re.MULTILINE)
        for path in sorted(_DRIVER.glob("gpus/*/information"))
    ]
    return f"{(_DRIVER / 'version').read_text()} {models}" if models else None


def _make_own(shared: Path) -> Path:
    """Makes this process's folder and removes those of processes that were killed."""
    until_exit = ExitStack()
    atexit.register(until_exit.close)
    shared.mkdir(parents=True, exist_ok=True)
    with _lock(shared):
        for folder in shared.glob("process_*"):
            # The owner holds the lock until it ends, however it ends; it may remove the folder just now.
            with suppress(BlockingIOError, FileNotFoundError), _lock(folder, fcntl.LOCK_NB):
                shutil.rmtree(folder)
        own = Path(mkdtemp(prefix="process_", dir=shared))
        until_exit.enter_context(_lock(own))
        until_exit.callback(shutil.rmtree, own, ignore_errors=True)
        _link_files(shared, own)
    return own


@contextmanager
def _lock(folder: Path, options: int = 0) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | options)
        yield
    finally:
        os.close(descriptor)


def _link_files(source: Path, target: Path) -> None:
    for path in source.glob("*.pb"):
        with suppress(FileExistsError):
            os.link(path, target / path.name)


def _remove_unused(root: Path) -> None:
    """Removes files that no run has read of late, those of other drivers and TensorFlows included.

    A disk that is mounted with ``noatime`` says only when they were written.
    """
    for path in root.glob("*/*.pb"):
        with suppress(FileNotFoundError):  # another run removes it just now
            if path.stat().st_atime < time.time() - _KEPT:
                path.unlink()
