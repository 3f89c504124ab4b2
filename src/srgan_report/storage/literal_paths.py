"""Paths that are no patterns, for what would take them for some."""

import glob
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def literal_path(path: Path) -> Iterator[str]:
    """Gives a path to the same file or folder that holds nothing that a glob has a meaning for.

    TensorFlow takes the paths of checkpoints and of a SavedModel's variables for patterns, and finds none
    below a folder such as ``[2026] project``.

    Args:
        path: Of a file or folder, or what the names of several begin with; its last part is kept.

    Yields:
        ``path`` itself where it may be, otherwise one through a link, until the block ends.
    """
    if not glob.has_magic(str(path)):
        yield str(path)
        return
    with TemporaryDirectory() as folder:
        link = Path(folder) / "link"
        link.symlink_to(path.parent.resolve(), target_is_directory=True)
        yield str(link / path.name)
