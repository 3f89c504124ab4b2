"""Writes tables, and what was measured on which machine, into Markdown documents."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def to_table(rows: Sequence[Mapping[str, str]], *, left: int = 1) -> str:
    """Writes a table of texts by column; a column that is empty throughout is left out.

    Args:
        rows: Texts by column, of the same columns in each.
        left: How many columns are names, aligned to the left.
    """
    columns = [column for column in rows[0] if any(row[column] for row in rows)]
    lines = [columns, ["---"] * left + ["---:"] * (len(columns) - left)]
    lines += [[row[column] for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def to_digits(number: float) -> str:
    """Writes a positive number with the three digits that matter, and all of those before the point."""
    rounded = float(f"{number:.2e}")  # 9.999 is 10.0
    return f"{number:,.{max(0, 2 - math.floor(math.log10(rounded)))}f}"


def to_notes(result: Mapping[str, Any]) -> str:
    """Writes how and on what a result was measured, a line for each fact."""
    facts = result["settings"] | result["machine"] | result["versions"]
    return "\n".join(f"- {name.replace('_', ' ')}: {fact}" for name, fact in facts.items())


def renew_tables(document: str, kind: str, write: Callable[[str], str | None]) -> str:
    """Renews whatever stands between ``<!-- KIND: NAME -->`` and ``<!-- end -->`` in a document.

    Args:
        document: Its text.
        kind: Such as ``results``.
        write: Writes the table of a name; None leaves what stands there.
    """

    def renew(block: re.Match[str]) -> str:
        begin, name, end = block.groups()
        table = write(name)
        return block[0] if table is None else f"{begin}{table}\n{end}"

    return re.sub(
        rf"(<!-- {re.escape(kind)}: (.+?) -->\n).*?(<!-- end -->)", renew, document, flags=re.DOTALL
    )
