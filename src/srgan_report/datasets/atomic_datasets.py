"""``AtomicFileMixin``: files that appear whole or not at all, and errors that say what to do."""

import copy
import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Literal, Self

import numpy as np
from fsspec.implementations.local import LocalFileSystem
from kedro.io.core import DatasetError, get_filepath_str
from kedro_datasets import json as json_datasets
from kedro_datasets import pandas, text

from srgan_report.datasets.complete_runs import RunVersionMixin
from srgan_report.errors import InputError
from srgan_report.storage.atomic import whole_file, written_in
from srgan_report.storage.paths import describe_error

# kedro-datasets would write and read in the locale's encoding, which may lack what a report holds.
_UTF_8: dict[str, Any] = {
    "open_args_save": {"mode": "w", "encoding": "utf-8"},
    "open_args_load": {"mode": "r", "encoding": "utf-8"},
}

# By the number of an error of a local disk.
_REMEDIES: dict[int | None, str] = {
    errno.ENOSPC: "Free some space",
    errno.EDQUOT: "Free some space",
    errno.EACCES: "Change its permissions or its folder's",
    errno.EPERM: "Change its permissions or its folder's",
    errno.EROFS: "Make its disk writable",
    errno.ENOTDIR: "Move away the file that is in place of a folder",
    errno.EEXIST: "Move away the file that is in place of a folder",
    errno.EISDIR: "Move away the folder of that name",
    errno.ENOENT: "Check its path",
}

Arrays = dict[str, np.ndarray]


class AtomicFileMixin(RunVersionMixin):
    """Goes before a Kedro dataset that keeps one file, versioned or not, on a filesystem of fsspec's.

    The dataset writes into a hidden folder next to the final path, and one rename moves the file there:
    whatever ends a save early, SIGKILL included, leaves no version. For a bucket it writes into a temporary
    folder, from which the whole file is uploaded: an object exists only once all of it has arrived.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Lets Kedro record the arguments of an inherited constructor by their names, for ``to_config``."""
        inherits = "__init__" not in cls.__dict__
        super().__init_subclass__(**kwargs)
        if inherits:  # around it Kedro has put a wrapper that sees no more than args and kwargs
            del cls.__init__

    def load(self) -> Any:
        """Loads the file; a damaged one is an ``InputError``, as the cause of Kedro's ``DatasetError``."""
        path = self._get_load_path()
        with self._clear_errors(path, "loaded"):
            return self.at(path)._read()

    def save(self, data: Any) -> None:
        """Saves all of the data under the final name or, if it can't be written, nothing."""
        with self._clear_errors(self._filepath, "written"):  # of a service, asked whether the version exists
            path = self._get_save_path()
        with self._clear_errors(path, "written", OSError), self._stage(path) as dataset:
            dataset._write(data)
        self._invalidate_cache()

    def locate(self) -> str:
        """Returns the path, or the URL, of the file that would be loaded."""
        return self._name(self._get_load_path())

    def at(self, path: PurePosixPath) -> Self:
        """Returns the same dataset for the one file at ``path``, without versions."""
        dataset = copy.copy(self)
        dataset._filepath, dataset._version = path, None
        return dataset

    # These two are called of a dataset of one file. What they call is not yet wrapped by Kedro, which would
    # make DatasetErrors of all errors.
    def _read(self) -> Any:
        return super().load.__wrapped__(self)

    def _write(self, data: Any) -> None:
        super().save.__wrapped__(self, data)

    @property
    def _is_local(self) -> bool:
        return isinstance(self._fs, LocalFileSystem)

    @contextmanager
    def _clear_errors(
        self, path: PurePosixPath, done: Literal["loaded", "written"], of: type[Exception] = Exception
    ) -> Iterator[None]:
        """Makes one-line ``InputError``s of errors, of which each service and each format has its own."""
        try:
            yield
        except (DatasetError, InputError, MemoryError):
            raise
        except of as error:
            number = error.errno if isinstance(error, OSError) else None
            remedy = _REMEDIES.get(number)
            if number in (errno.ENOSPC, errno.EDQUOT) and not (self._is_local and done == "written"):
                remedy = "Free some space in the temporary folder (TMPDIR)"
            elif not self._is_local and (done == "written" or isinstance(error, OSError)):
                remedy = "Check bucket, credentials and network"
            if done == "loaded":
                remedy = remedy or "Remove or replace it if it is damaged or of another kind"
                remedy += ", or choose another version with --load-versions" if self._version else ""
            else:
                remedy = remedy or "Check its disk"
                remedy += ", or choose another data_root; earlier results are unchanged"
            reason = describe_error(error)
            raise InputError(f"{self._name(path)} can't be {done}: {reason}. {remedy}.") from error

    @contextmanager
    def _stage(self, path: PurePosixPath) -> Iterator[Self]:
        """Gives a dataset of a local file of the same name, which tells the format, and then publishes it."""
        if self._is_local:
            with whole_file(Path(self._fs._strip_protocol(str(path)))) as part:
                yield self.at(PurePosixPath(part))
            return
        with TemporaryDirectory() as temporary:
            dataset = self.at(PurePosixPath(temporary, path.name))
            dataset._fs, dataset._protocol = LocalFileSystem(), "file"
            yield dataset
            for file in written_in(Path(temporary), last=path.name):
                target = path.with_name(file.name)
                with self._clear_errors(target, "written"):
                    self._fs.put_file(str(file), get_filepath_str(target, self._protocol))

    def _name(self, path: PurePosixPath) -> str:
        return str(path) if self._is_local else self._fs.unstrip_protocol(str(path))


class CSVDataset(AtomicFileMixin, pandas.CSVDataset):
    """Saves and loads a table as ``pandas.CSVDataset`` does."""

    DEFAULT_FS_ARGS = _UTF_8


class JSONDataset(AtomicFileMixin, json_datasets.JSONDataset):
    """Saves and loads JSON as ``json.JSONDataset`` does; NaN and infinity, which JSON lacks, become null."""

    DEFAULT_FS_ARGS = _UTF_8

    def _write(self, data: Any) -> None:
        super()._write(json.loads(json.dumps(data), parse_constant=lambda constant: None))


class TextDataset(AtomicFileMixin, text.TextDataset):
    """Saves and loads text as ``text.TextDataset`` does."""

    DEFAULT_FS_ARGS = _UTF_8


class NpzDataset(AtomicFileMixin, text.TextDataset):
    """Saves and loads a dictionary of arrays, none of which is pickled: a stranger's file can't run code."""

    def _read(self) -> Arrays:
        with (
            self._fs.open(get_filepath_str(self._filepath, self._protocol), "rb") as file,
            np.lib.npyio.NpzFile(file, allow_pickle=False) as archive,
        ):
            arrays = dict(archive)
        for key, array in arrays.items():
            if not isinstance(array, np.ndarray):
                raise ValueError(f"{key} in it is not an array")
        return arrays

    def _write(self, data: Arrays) -> None:
        with self._fs.open(str(self._filepath), "wb") as file:
            np.savez_compressed(file, allow_pickle=False, **data)
