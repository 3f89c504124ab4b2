"""Keeps what XLA compiles for a GPU, so that the same training is not compiled again by a later run."""

import logging
import os
import re
import time
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

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

    Runs may share it: TensorFlow writes each file under another name and renames it.
    """

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Chooses the folder; without one, XLA compiles as usual."""
        flags = os.environ.get(_FLAGS, "")
        if _CACHE in flags:
            return
        try:
            gpus = _describe_gpus()
            if not gpus:
                return
            key = sha256(f"{version('tensorflow')} {gpus}".encode()).hexdigest()[:16]
            folder = user_cache_path("srgan-report") / "xla" / key
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):  # a step would fail
                raise PermissionError(f"{folder} is not writable")
            _remove_unused(folder.parent)
        except OSError as error:
            logger.info("What XLA compiles is not kept: %s", error)
            return
        # Quoted: TensorFlow would read no flag after a space in the path.
        options = {f"{_CACHE}_directory": f"'{folder}'", f"{_CACHE}_device_types": _DEVICES}
        os.environ[_FLAGS] = " ".join([flags, *(f"{name}={value}" for name, value in options.items())])


def _describe_gpus() -> str | None:
    """The driver's version and the GPUs' models, without starting TensorFlow, which reads its flags then."""
    models = [
        re.findall(r"^Model:\s*(.*)", path.read_text(), re.MULTILINE)
        for path in sorted(_DRIVER.glob("gpus/*/information"))
    ]
    return f"{(_DRIVER / 'version').read_text()} {models}" if models else None


def _remove_unused(root: Path) -> None:
    """Removes files that no run has read of late, those of other drivers and TensorFlows included.

    A disk that is mounted with ``noatime`` says only when they were written. Empty ones, too: a power cut
    leaves them, and a step that reads one fails.
    """
    for path in root.glob("*/*.pb"):
        with suppress(FileNotFoundError):  # another run removes it just now
            found = path.stat()
            if not found.st_size or found.st_atime < time.time() - _KEPT:
                path.unlink()
