"""How a run came about: the project's code, its packages, the machine, and what it did when."""

import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from srgan_report import __version__
from srgan_report.provenance.machine import describe_machine, describe_tensorflow

_PROJECT = "srgan-report"
_GIT_TIMEOUT = 10  # seconds for each of its commands; on a slow network drive it may take long

# Absolute paths, a home directory's included, with or without file: in front; on Windows too.
_ABSOLUTE = re.compile(r"(file:)?(/|\\\\|~|[A-Za-z]:[\\/])")


class RunRecord:
    """What is known of one run, noted while it runs.

    Attributes:
        data_sha256: The fingerprint of its photographs; None until a split was seen.
        versions: Of each dataset that was ``loaded``, and that was ``saved``.
    """

    def __init__(self, directory: Path, **facts: Any) -> None:
        """Begins with the run: files may change while it runs. Hides directories in the ``facts`` of it."""
        self._began = time.perf_counter()
        self._facts = {
            "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **hide_directories(facts),
            "code": describe_code(directory),
            "machine": describe_machine(),
            "packages": list_packages(),
        }
        self._starts: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._error: dict[str, str | None] | None = None
        self.versions: dict[Literal["loaded", "saved"], dict[str, str]] = {"loaded": {}, "saved": {}}
        self.data_sha256: str | None = None

    def start_node(self, node: str) -> None:
        """Starts the clock of a node."""
        self._starts[node] = time.perf_counter()

    def stop_node(self, node: str) -> None:
        """Stops the clock of a node."""
        self._seconds[node] = round(time.perf_counter() - self._starts[node], 3)

    def note_error(self, error: Exception, node: str | None = None) -> None:
        """Notes by which type of error the run failed, and in which node; the first one counts."""
        self._error = self._error or {"type": type(error).__name__, "node": node}

    def complete(self, status: str) -> dict[str, Any]:
        """Returns the whole record up to now, as JSON knows it."""
        return {
            "status": status,
            **self._facts,
            "tensorflow": describe_tensorflow(),
            "data_sha256": self.data_sha256,
            "error": self._error,
            "total_seconds": round(time.perf_counter() - self._began, 3),
            "seconds": self._seconds,
            **self.versions,
        }


def describe_code(directory: Path) -> dict[str, Any]:
    """Gives the project's ``version``, ``commit`` and, as ``clean``, whether nothing differs from that.

    The last two are None where there is no git, or ``directory`` is no part of a repository.
    """
    # A project that was unpacked within somebody's other repository has no commit of its own.
    tracked = _git(directory, "ls-files", "--error-unmatch", "pyproject.toml") is not None
    commit = _git(directory, "rev-parse", "HEAD") if tracked else None
    changes = _git(directory, "status", "--porcelain", "--", ".") if commit else None
    return {"version": __version__, "commit": commit, "clean": None if changes is None else not changes}


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
