"""``AtomicFileMixin``: files that appear whole or not at all, and errors that say what to do."""

import copy
import errno
import os
import textwrap
import uuid
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, ClassVar, Self

from fsspec.implementations.local import LocalFileSystem
from kedro.io.core import DatasetError, get_filepath_str

from srgan_report.errors import InputError

# The dataset that it goes before; a class of Kedro's would bring its own constructor along.
_Dataset: Any = object


class AtomicFileMixin(_Dataset):
    """Goes before a Kedro dataset that keeps one file, versioned or not, on a filesystem of fsspec's.

    The dataset writes into a folder beside the final path, and one rename moves the file there. Whatever
    ends a save early, SIGKILL included, leaves at most that folder: Kedro takes it for no version, and no
    later save minds it. Since each save makes a new file, none can append to an old one.

    Example:
        ```python
        class CSVDataset(AtomicFileMixin, pandas.CSVDataset):
            ...
        ```
    """

    _REMEDIES: ClassVar[dict[int | None, str]] = {
        errno.ENOSPC: "Free some space",
        errno.EDQUOT: "Free some space",
        errno.EACCES: "Change its permissions or its folder's",
        errno.EPERM: "Change its permissions or its folder's",
        errno.EROFS: "Make its disk writable",
        errno.ENOTDIR: "Move away the file that stands where a folder of this path must be",
        errno.EEXIST: "Move away the file that stands where a folder of this path must be",
        errno.EISDIR: "Move away the folder of that name",
        errno.ENOENT: "Check its path",
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Lets Kedro record the arguments of an inherited constructor by their names, for ``to_config``."""
        inherits = "__init__" not in cls.__dict__
        super().__init_subclass__(**kwargs)
        if inherits:  # around it Kedro has put a wrapper that sees no more than args and kwargs
            del cls.__init__

    def load(self) -> Any:
        """Loads the file.

        Raises:
            VersionNotFoundError: There is no version yet.
            InputError: The file can't be read, is damaged or of another kind (as the cause of Kedro's
                ``DatasetError``).
        """
        path = self._get_load_path()
        try:
            return self._read(path)
        except (DatasetError, MemoryError):
            raise
        except Exception as error:  # each format has errors of its own for what is damaged
            raise self._refuse_to_load(path, error) from error

    def save(self, data: Any) -> None:
        """Saves all of the data under the final name or, if it can't be written, nothing.

        Raises:
            DatasetError: The version exists already.
            InputError: The disk is full, or the folder can't be written to (as the cause of Kedro's
                ``DatasetError``).
        """
        path = self._get_save_path()
        # Of this save alone: another might be writing the same file. Of the same name: it tells the format.
        part = path.parent / f".{uuid.uuid4().hex}.part" / path.name
        try:
            self._write(part, data)
            self._rename(part, path)
        except OSError as error:
            raise self._refuse_to_save(path, error) from error
        finally:
            self._remove_part(part)
        self._invalidate_cache()

    def at(self, path: PurePosixPath) -> Self:
        """Returns the same dataset for the one file at ``path``, without versions."""
        dataset = copy.copy(self)
        dataset._filepath, dataset._version = path, None
        return dataset

    # What these two call is not yet wrapped by Kedro, which would make DatasetErrors of all errors.
    def _read(self, path: PurePosixPath) -> Any:
        return super().load.__wrapped__(self.at(path))

    def _write(self, path: PurePosixPath, data: Any) -> None:
        super().save.__wrapped__(self.at(path), data)

    def _rename(self, part: PurePosixPath, path: PurePosixPath) -> None:
        source, target = (get_filepath_str(each, self._protocol) for each in (part, path))
        if not isinstance(self._fs, LocalFileSystem):
            self._fs.mv(source, target)
            return
        source, target = self._fs._strip_protocol(source), self._fs._strip_protocol(target)
        with open(source, "rb+") as file:
            os.fsync(file.fileno())  # else a power cut could leave the name without its content
        os.replace(source, target)  # mv would move it into a folder of that name, or copy it

    def _remove_part(self, part: PurePosixPath) -> None:
        """Removes what a save leaves beside its file; should that fail, it does no harm there."""
        folder = get_filepath_str(part.parent, self._protocol)
        with suppress(OSError):
            self._fs.rm(folder, recursive=True)
        if self._version and isinstance(self._fs, LocalFileSystem):
            with suppress(OSError):  # not empty, unless the save has failed
                self._fs.rmdir(self._fs._parent(folder))

    def _refuse_to_load(self, path: PurePosixPath, error: Exception) -> InputError:
        remedy = self._REMEDIES.get(_errno(error), "Remove or replace it if it is damaged or of another kind")
        other = ", or choose another version with --load-versions" if self._version else ""
        return InputError(f"{path} can't be loaded: {_reason(error)}. {remedy}{other}.")

    def _refuse_to_save(self, path: PurePosixPath, error: OSError) -> InputError:
        remedy = self._REMEDIES.get(_errno(error), "Check its disk")
        return InputError(
            f"{path} can't be written: {_reason(error)}. {remedy}, or choose another data_root; "
            "what was saved before is as it was."
        )


def _errno(error: Exception) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _reason(error: Exception) -> str:
    """What the error says, in one line that is not too long."""
    number = _errno(error)
    reason = os.strerror(number) if number else f"{type(error).__name__}: {error}"
    return textwrap.shorten(reason, 200, placeholder=" …").rstrip(".")
