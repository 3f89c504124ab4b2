"""Paths that are no patterns, and of files that come with the project."""

import glob
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_SHARED = "share/srgan-report"  # in the environment: pyproject.toml, data-files


@contextmanager
def literal_path(path: Path) -> Iterator[str]:
    """Gives a path to the same file or folder that holds nothing that a glob has a meaning for.

    TensorFlow takes the paths of checkpoints and of a SavedModel's variables for patterns, and finds none
    below a folder such as ``[2026] project``. Of those it is a path through a link, until the block ends; its
    last part, perhaps only what the names of several files begin with, is kept.
    """
    if not glob.has_magic(str(path)):
        yield str(path)
        return
    with TemporaryDirectory() as folder:
        link = Path(folder) / "link"
        link.symlink_to(path.parent.resolve(), target_is_directory=True)
        yield str(link / path.name)


def find_project_file(path: str, project: Path | None) -> str:
    """Finds a file or folder outside of the package: in the project, or where a wheel has installed it."""
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    installed = [Path(sysconfig.get_path("data", scheme), _SHARED, path) for scheme in schemes]
    found = [place for place in installed if project is None and place.exists()]
    return str(found[0]) if found else path
