"""Where files are: results, in a folder or a bucket that fsspec reaches, and what comes with the project."""

import glob
import os
import re
import sysconfig
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import fsspec

from srgan_report.errors import InputError

# How a data_root that is no folder may begin, and which of this project's extras it needs. Not memory://: the
# report is made by another process, which could not read it.
_EXTRAS = {"s3": "s3", "gs": "gcs"}
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[/:]|.*://", re.DOTALL)  # a second colon chains protocols

_SHARED = "share/srgan-report"  # in the environment: pyproject.toml, data-files


def is_url(data_root: str) -> bool:
    """Tells a URL from a folder."""
    return bool(_URL.match(data_root))


def expand_home(data_root: str) -> str:
    """Replaces ``~`` and ``~USER`` at the beginning of a folder by the home directory; URLs stay."""
    return data_root if is_url(data_root) else os.path.expanduser(data_root)


def check_data_root(data_root: str) -> None:
    """Raises an ``InputError`` unless it is a folder, or a URL of a bucket whose package is installed.

    A URL must not hold credentials, which would be recorded with the results. No network is asked.
    """
    if set("{}") & set(data_root):
        raise InputError(
            "data_root must not contain { or }, which Kedro's catalog reads as parts of a dataset's name. "
            f"Received: {_hide_credentials(data_root)}."
        )
    if not is_url(data_root):
        if expand_home(data_root).startswith("~"):
            raise InputError(
                f"data_root must begin with an existing user's home directory. Received: {data_root}. For a "
                f"folder of that name: ./{data_root}"
            )
        return
    protocol, _, path = data_root.partition("://")
    bucket = path.partition("/")[0]
    if protocol not in _EXTRAS or not bucket or ":" in bucket or set("@?#") & set(path):
        raise InputError(
            "data_root must be a folder, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX, without credentials in "
            f"it. Received: {_hide_credentials(data_root)}."
        )
    try:
        fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        raise InputError(
            f"data_root={data_root} needs a package that can't be imported: {describe_error(error)}. "
            f"Install it with: pip install -e '.[{_EXTRAS[protocol]}]'"
        ) from error


def _hide_credentials(url: str) -> str:
    """Leaves out what may be a secret: before the last @, of a query, of KEY:SECRET."""
    for secret, shown in ((r"://.*@", "://…@"), (r"[?#].*", "?…"), (r"://[^/]*:[^/]*", "://…")):
        url = re.sub(secret, shown, url, count=1, flags=re.DOTALL)
    return url


def require_access(data_root: str) -> None:
    """Raises an ``InputError`` if a bucket is not there, may not be listed, or can't be reached."""
    if not is_url(data_root):
        return
    protocol, _, path = data_root.partition("://")
    bucket = path.partition("/")[0]
    try:
        files = fsspec.filesystem(protocol)
        try:
            files.ls(path)
        except FileNotFoundError:
            if not files.exists(bucket):  # else nothing is saved yet below this prefix
                raise
    except Exception as error:  # each service has errors of its own
        missing = f"there is no bucket {bucket}, or none for these credentials"
        reason = missing if isinstance(error, FileNotFoundError) else describe_error(error)
        raise InputError(
            f"data_root={data_root} can't be used: {reason}. Check bucket, credentials and network, or "
            "choose another data_root."
        ) from error


def local_root(data_root: str) -> str:
    """Gives the folder for what needs a local disk: checkpoints, which are locked, and TensorBoard's events.

    Of ``s3://BUCKET/PREFIX`` it is ``data/s3/BUCKET/PREFIX``, meant from the project's folder.
    """
    if not is_url(data_root):
        return data_root
    protocol, _, path = data_root.partition("://")
    return f"data/{protocol}/{path.strip('/')}"


def checkpoints_folder(local: Path, variant: str) -> Path:
    """Gives the folder of all checkpoints of a variant, below ``local_root``."""
    return local / "06_models" / variant / "checkpoints"


def events_folder(local: Path, variant: str) -> Path:
    """Gives the folder of all TensorBoard events of a variant, below ``local_root``."""
    return local / "08_reporting" / "tensorboard" / variant


def upload_folder(folder: Path, url: str, *, last: str) -> None:
    """Puts a folder's files in a bucket, in place of those at this URL: where ``last`` is, all others are.

    What is there stays until its successor has arrived, or all have.
    """
    files, place = fsspec.url_to_fs(url)
    paths = [path for path in folder.rglob("*") if path.is_file()]
    targets = {f"{place}/{path.relative_to(folder).as_posix()}": path for path in paths}
    final = f"{place}/{last}"
    try:
        earlier = set(files.find(place))
        if final in earlier:
            files.rm_file(final)
        for target in sorted(targets, key=lambda target: (target == final, target)):
            files.put_file(str(targets[target]), target)
        for target in earlier - targets.keys():
            files.rm_file(target)
    except Exception as error:  # each service has errors of its own
        raise InputError(
            f"{url} can't be written: {describe_error(error)}. Check bucket, credentials and network."
        ) from error


def describe_error(error: Exception) -> str:
    """Says what an error of a disk or a service says, in one line that is not too long."""
    number = error.errno if isinstance(error, OSError) else None
    reason = os.strerror(number) if number else f"{type(error).__name__}: {error}"
    return textwrap.shorten(reason, 200, placeholder=" …").rstrip(".")


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
