"""Files of the project outside of its package, which an installed wheel has elsewhere."""

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

_SHARED = "share/srgan-report"  # in the environment: pyproject.toml, data-files


def find_project_file(path: str, project: Path | None) -> str:
    """Finds a file, or a folder of files, that comes with the project.

    Returns:
        ``path`` itself in a project; otherwise that of what the wheel has installed, if it has.
    """
    if project is not None:
        return path
    try:
        installed = files("srgan-report") or []
    except PackageNotFoundError:
        installed = []
    end = f"{_SHARED}/{path}"
    for file in installed:
        place = file.as_posix()
        if place.endswith(end):
            return str(Path(str(file.locate())).resolve())
        if f"{end}/" in place:
            return str(Path(str(file.locate())).resolve().parent)
    return path
