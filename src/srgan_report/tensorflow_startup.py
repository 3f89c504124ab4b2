"""A quiet start of TensorFlow, which hides no error.

TensorFlow heeds ``TF_CPP_MIN_LOG_LEVEL`` only once its libraries are loaded; as they are, they say on stderr
what processor and GPUs they found. So, while it is imported, its stderr goes through a process that leaves
those lines out and passes on all others at once, a fatal error's too.

Run as a script, this module is that process.
"""

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import logging
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

logger = logging.getLogger(__name__)

# Of Linux, and of Windows' subsystem for Linux.
HAS_NVIDIA_DRIVER = any(Path(file).exists() for file in ("/dev/nvidiactl", "/usr/lib/wsl/lib/libcuda.so.1"))

_INFORMATION = rb"I\d{4} |WARNING: All log messages before absl::InitializeLog"
# An error, but only where a GPU that it speaks of is there and wanted.
_NO_DRIVER = rb"E\d{4} .*failed call to cuInit"
_NO_GPU_FOUND = (
    "There is an NVIDIA driver, but TensorFlow finds no GPU and computes on the CPU. If CUDA's libraries are "
    "missing: pip install -e '.[gpu]'. TF_CPP_MIN_LOG_LEVEL=0 has TensorFlow say more; "
    "CUDA_VISIBLE_DEVICES=-1 chooses the CPU, without this warning."
)


def hush() -> None:
    """Has TensorFlow imported quietly, whoever imports it first.

    It looks for GPUs at once: CUDA_VISIBLE_DEVICES must be set before. Where there is an NVIDIA driver and no
    GPU is found, a warning says so.

    ``TF_CPP_MIN_LOG_LEVEL=0`` asks TensorFlow for all that it can say, and leaves its import alone.
    """
    if "tensorflow" not in sys.modules and os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "0":
        sys.meta_path.insert(0, _QuietFinder())


class _QuietFinder(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as any other finder would, once, and has it executed quietly."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Returns ``None``, which leaves the search to other finders, for all but TensorFlow."""
        if fullname != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def execute_quietly(module: ModuleType) -> None:
            with _filtered_stderr():
                execute(module)
                # Looks for GPUs now, not later, when what it says of their driver would be shown.
                gpus = module.config.list_physical_devices("GPU")
            if _wants_gpu() and not gpus:
                logger.warning(_NO_GPU_FOUND)

        spec.loader.exec_module = execute_quietly  # type: ignore[method-assign]
        return spec


def _wants_gpu() -> bool:
    return HAS_NVIDIA_DRIVER and os.environ.get("CUDA_VISIBLE_DEVICES") not in ("", "-1")


@contextlib.contextmanager
def _filtered_stderr() -> Iterator[None]:
    """Sends what is written to stderr, from C too, through this module run as a script."""
    import subprocess  # only here: every command of Kedro's would wait for it

    try:
        stderr = os.dup(2)
        process = subprocess.Popen(
            # Isolated, without site-packages: it starts in a hundredth of a second.
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is not for it
        )
    except OSError:  # there is no stderr, or no process can be started
        yield
        return
    assert process.stdin is not None
    with process.stdin as pipe:
        os.dup2(pipe.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)  # it ends with its input


def _filter_lines() -> None:
    hidden = re.compile(_INFORMATION if _wants_gpu() else _INFORMATION + b"|" + _NO_DRIVER)
    for line in sys.stdin.buffer:
        if not hidden.match(line):
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()


if __name__ == "__main__":
    _filter_lines()
