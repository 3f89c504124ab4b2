"""Writes what the benchmarks measured into the documents that quote it.

Copies the results to ``docs/speed/``, and renews in docs/speed.md whatever stands between
``<!-- benchmark: NAME -->`` and ``<!-- end -->``: no number there is typed in.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import growth, input_pipeline, upscaling
from benchmarks.command import copy_results
from benchmarks.publishing.markdown_tables import renew_tables
from benchmarks.training_step import profile, tables

PROJECT = Path(__file__).parents[2]
RESULTS = PROJECT / "docs" / "speed"
DOCUMENTS = (PROJECT / "docs" / "speed.md",)

_TABLES = {
    "training_step": tables.to_markdown,
    "training_step, short": tables.to_short_markdown,
    "training_step_gpu": tables.to_markdown,
    "profile": profile.to_markdown,
    "input_pipeline": input_pipeline.to_markdown,
    "upscaling": upscaling.to_markdown,
    "growth": growth.to_markdown,
}


def renew(document: str, results: Path) -> str:
    """Renews the tables in a Markdown document.

    Args:
        document: Its text.
        results: The folder of the benchmarks' JSON files.
    """
    return renew_tables(document, "benchmark", lambda name: _TABLES[name](_read(results, name)))


def _read(results: Path, name: str) -> dict[str, Any]:
    return json.loads((results / f"{name.partition(',')[0]}.json").read_text())


def main(arguments: Sequence[str] | None = None) -> None:
    """Copies the results and renews the documents."""
    names = [*dict.fromkeys(f"{name.partition(',')[0]}.json" for name in _TABLES), "growth.png"]
    copy_results(__doc__, arguments, names, RESULTS)
    for document in DOCUMENTS:
        document.write_text(renew(document.read_text(), RESULTS))


if __name__ == "__main__":
    main()
