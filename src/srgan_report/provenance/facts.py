"""What a run is made by: code, packages and machine, told without a word about the user's directories."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import joblib
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from srgan_report import __version__

_PROJECT = "srgan-report"
_GIT_TIMEOUT = 10  # seconds for each of its commands; on a slow network drive it may take long

# Absolute paths, a home directory's included, with or without file: in front; on Windows too.
_ABSOLUTE = re.compile(r"(file:)?(/|\\\\|~|[A-Za-z]:[\\/])")

_CPU_INFO = Path("/proc/cpuinfo")
# Of Linux, and of Windows' subsystem for Linux.
_NVIDIA_DRIVERS = (Path("/dev/nvidiactl"), Path("/usr/lib/wsl/lib/libcuda.so.1"))


def describe_code(directory: Path) -> dict[str, Any]:
    """Gives the project's ``version``, ``commit`` and, as ``clean``, whether nothing differs from that.

    The last two are None where there is no git, or ``directory`` is no part of a repository.
    """
    # A project that was unpacked within somebody's other repository has no commit of its own.
    tracked = _git(directory, "ls-files", "--error-unmatch", "pyproject.toml") is not None
    commit = _git(directory, "rev-parse", "HEAD") if tracked else None
    changes = _git(directory, "status", "--porcelain", "--", ".") if commit else None
    return {"version": __version__, "commit": commit, "clean": None if changes is None else not changes}


def describe_machine() -> dict[str, Any]:
    """Says what the machine is, not which: ``platform``, ``processor`` and ``cores`` (those it may use)."""
    cpu_info = _CPU_INFO.read_text(errors="replace") if _CPU_INFO.exists() else ""
    described = re.search(r"^model name\s*: (.*)", cpu_info, re.MULTILINE)
    return {
        "platform": platform.platform(),
        "processor": described[1] if described else platform.processor() or platform.machine(),
        "cores": joblib.cpu_count(),
    }


def describe_tensorflow() -> dict[str, Any] | None:
    """Gives TensorFlow's ``intra_op_threads`` and ``inter_op_threads`` (0: it decides) and its ``gpus``.

    ``None`` where TensorFlow was not started, which would take seconds.
    """
    eager = sys.modules.get("tensorflow.python.eager.context")
    if eager is None or eager.context_safe() is None:
        return None
    config = sys.modules["tensorflow"].config
    details = map(config.experimental.get_device_details, config.list_physical_devices("GPU"))
    return {
        "intra_op_threads": config.threading.get_intra_op_parallelism_threads(),
        "inter_op_threads": config.threading.get_inter_op_parallelism_threads(),
        "gpus": [device.get("device_name", "unknown") for device in details],
    }


def lacks_gpu() -> bool:
    """Tells whether TensorFlow finds no GPU on a machine that has an NVIDIA driver and may use it."""
    import tensorflow as tf  # only here: it takes seconds

    found = tf.config.list_physical_devices("GPU")  # in any case: what it logs of GPUs comes before all else
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES") not in ("", "-1")
    return wanted and not found and any(driver.exists() for driver in _NVIDIA_DRIVERS)


def list_packages() -> dict[str, str]:
    """The versions of Python and of all distributions that the project depends on, sorted by name."""
    found: dict[str, str] = {}
    names = [_PROJECT]
    while names:
        name = canonicalize_name(names.pop())
        if name in found:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of another platform, or an extra that nobody asked for
        found[name] = distribution.version
        names += [Requirement(line).name for line in distribution.requires or ()]
    return {"python": platform.python_version(), **dict(sorted(found.items()))}


def hide_directories(value: Any) -> Any:
    """Leaves of absolute paths the last part alone, and of a home directory nothing: they tell of users."""
    if isinstance(value, BaseModel):  # Kedro makes them of the parameters that a node takes as such
        value = value.model_dump()
    if isinstance(value, Mapping):
        return {key: hide_directories(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [hide_directories(each) for each in value]
    if isinstance(value, str) and _ABSOLUTE.match(value):
        *directories, name = re.split(r"[/\\]", value.rstrip("/\\"))
        return f"…/{name}" if directories and name != Path(os.path.expanduser("~")).name else "…"
    return value


def _git(directory: Path, *arguments: str) -> str | None:
    try:
        return subprocess.check_output(
            ["git", *arguments],
            cwd=directory,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},  # status would write the index
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=_GIT_TIMEOUT,
        ).strip()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
