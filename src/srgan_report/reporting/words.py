"""Numbers, lists and parameters as sentences and tables say them."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd


def as_text(named: str) -> str:
    """What a user named something, with all that Markdown or HTML could take for markup as entities."""
    return "".join(sign if sign.isalnum() or sign in " /.-" else f"&#{ord(sign)};" for sign in named)


def as_code(named: str) -> str:
    """The same as code. Between backticks, entities would not count, and another backtick would end it."""
    return f"<code>{as_text(named)}</code>"


def count(number: int, noun: str) -> str:
    """``1 crop``, ``1,200 crops``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def part_of(part: int, whole: int) -> str:
    """``2 of 6``, ``all 6``."""
    return f"all {whole}" if part == whole else f"{part} of {whole}"


def join(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def span(low: int, high: int) -> str:
    """``160``, ``160 to 1,200``."""
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def sides(sizes: Collection[int]) -> str:
    """Sides of squares: ``{64}`` as 64 by 64, with a multiplication sign."""
    return " and ".join(f"{size} \N{MULTIPLICATION SIGN} {size}" for size in sorted(sizes))


def duration(seconds: float) -> str:
    """Seconds as a person says them: ``48 s``, ``3 min 20 s``, ``2 h 5 min``. No line breaks within."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def flatten(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Nested parameters by their dotted names, values as YAML and the command line write them.

    What is None at the top, as the group of a network that a variant lacks, is left out.
    """
    return {
        str(name): value if isinstance(value, str) else json.dumps(value)
        for name, value in pd.json_normalize(dict(parameters)).to_dict("records")[0].items()
        if value is not None or "." in str(name)
    }
