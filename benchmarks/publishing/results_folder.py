"""The folders that benchmarks are given on the command line: a wrong one is one line and status 2."""

import shutil
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path


def make_folder(parser: ArgumentParser, folder: Path) -> None:
    """Makes the folder that ``--output`` names."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.exit(2, f"--output must be a folder that can be written to. Received: {error}.\n")


def copy_results(parser: ArgumentParser, folder: Path, names: Sequence[str], destination: Path) -> None:
    """Copies those of the files that the folder of ``--results`` has; what it lacks stays as it was."""
    # Others' results are enough: `make publish` names one folder for all that it publishes.
    if not any(folder.glob("*.json")):
        parser.exit(2, f"--results must hold results. {folder} has none. Measure first: make benchmark\n")
    for name in names:
        if (folder / name).exists():
            shutil.copy(folder / name, destination)
