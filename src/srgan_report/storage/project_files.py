"""Files of the project outside of its package, which an installed wheel has elsewhere."""

import sysconfig
from pathlib import Path

_SHARED = "share/srgan-report"  # in the environment: pyproject.toml, data-files


def find_project_file(path: str, project: Path | None) -> str:
    """Finds a file, or a folder of files, that comes with the project.

    Returns:
        ``path`` itself in a project; otherwise that of what the wheel has installed, if it has.
    """
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    installed = [Path(sysconfig.get_path("data", scheme), _SHARED, path) for scheme in schemes]
    found = [place for place in installed if project is None and place.exists()]
    return str(found[0]) if found else path
