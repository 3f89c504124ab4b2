"""What the benchmarks' commands share: their options, and the files that they read and write."""

import json
import shutil
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, NoReturn

from benchmarks.machine import describe_machine
from srgan_report.variants import VARIANTS

_RESULTS = "data/08_reporting/benchmarks"


class Command(ArgumentParser):
    """A command line of which what is wrong is said in one line, with status 2."""

    def __init__(self, description: str | None) -> None:
        super().__init__(description=description, formatter_class=ArgumentDefaultsHelpFormatter)

    def error(self, message: str) -> NoReturn:
        """Ends the program without its usage, which would hide the message."""
        self.exit(2, f"{message}\n")


class Benchmark(Command):
    """A command that measures, and saves in the folder ``--output``."""

    def __init__(self, description: str | None) -> None:
        super().__init__(description)
        self.add_argument("--output", type=_make_folder, default=_RESULTS, help="results' folder")


def _make_folder(text: str) -> Path:
    try:
        Path(text).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentTypeError(f"must be a folder that can be written to. Received: {error}.") from error
    return Path(text)


def at_least(least: int, multiple_of: int = 1) -> Callable[[str], int]:
    """Makes the type of an option: an integer that is not below another one, perhaps a multiple of one."""
    rule = f"must be an integer, at least {least}" + (
        f" and a multiple of {multiple_of}" if multiple_of > 1 else ""
    )

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least or int(text) % multiple_of:
            raise ArgumentTypeError(f"{rule}. Received: {text}.")
        return int(text)

    return read


POSITIVE, CROP_SIZE = at_least(1), at_least(32, multiple_of=4)


def a_variant(text: str) -> str:
    """The type of an option that names a variant."""
    if text not in VARIANTS:
        raise ArgumentTypeError(f"must be among {', '.join(VARIANTS)}. Received: {text}.")
    return text


def describe(**settings: Any) -> dict[str, Any]:
    """Says with what ``settings``, on which ``machine`` and by which ``versions`` a result is measured."""
    versions = {"TensorFlow": version("tensorflow"), "Keras": version("keras"), "Python": python_version()}
    return {"settings": settings, "machine": describe_machine(), "versions": versions}


def save(folder: Path, name: str, result: Mapping[str, Any], table: str) -> None:
    """Writes a result as JSON, and its table as Markdown."""
    (folder / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
    (folder / f"{name}.md").write_text(f"{table}\n")


def copy_results(
    description: str | None, arguments: Sequence[str] | None, names: Sequence[str], destination: Path
) -> None:
    """Reads the command line of a command that publishes, and copies what the folder ``--results`` has.

    What it lacks stays as it was published last.
    """
    parser = Command(description)
    parser.add_argument("--results", type=Path, default=_RESULTS, help="folder of what was measured")
    folder = parser.parse_args(arguments).results
    # Others' results are enough: `make publish` names one folder for all that it publishes.
    if not any(folder.glob("*.json")):
        parser.error(f"--results must hold results. {folder} has none. Measure first: make benchmark")
    for name in names:
        if (folder / name).exists():
            shutil.copy(folder / name, destination)
