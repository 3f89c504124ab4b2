"""``RunVersionMixin``: which version of a dataset a run loads."""

import copy
from typing import Any, Self

from kedro.io.core import Version, VersionNotFoundError

# The dataset that it goes before; a class of Kedro's would bring its own constructor along.
_Dataset: Any = object


class RunVersionMixin(_Dataset):
    """Makes a run load what it saved itself, and otherwise the latest version from before its start.

    Kedro would load the latest version whoever saved it. Versions are named after the start of the run that
    saves them, so that they are compared by name.
    """

    _version: Any
    _cached_load_version: str | None

    def resolve_load_version(self) -> str | None:
        """Returns the version to load, if the dataset has versions."""
        if not self._version:
            return None
        if self._cached_load_version is None:
            self._cached_load_version = self._choose_version()
        return self._cached_load_version

    def of(self, version: str) -> Self:
        """Returns the same dataset with this version to load."""
        dataset = copy.copy(self)
        dataset.read_from(version)
        return dataset

    def read_from(self, version: str) -> None:
        """Sets the version to load, until the run has saved its own."""
        self._version = Version(version, self._version.save)
        self._cached_load_version = None

    def _choose_version(self) -> str:
        asked, own = self._version.load, self._version.save or self._cached_save_version
        if asked and not (own and self._exists_function(str(self._get_versioned_path(own)))):
            return str(asked)
        saved = self.list_versions(full_path=False)
        for version in saved:  # the latest first
            if own in (None, version) or (self._version.save and version < own):
                return str(version)
        later = f"; those that are there are later than {own}: {', '.join(saved)}" if saved else ""
        raise VersionNotFoundError(f"Did not find any versions for {self}{later}")

    def _get_versions(self) -> list[str]:
        """All versions, the latest first. Kedro's would take the path for a pattern: ``[2026] project``."""
        try:
            folders = self._fs.ls(str(self._filepath), detail=False)
        except FileNotFoundError:
            return []
        except Exception as error:  # each service has errors of its own
            raise VersionNotFoundError(f"Did not find any versions for {self}: {error}") from error
        names = sorted((folder.rstrip("/").rpartition("/")[2] for folder in folders), reverse=True)
        paths = [str(self._get_versioned_path(name)) for name in names]
        return [path for path in paths if self._exists_function(path)]
