"""Numbers and lists as sentences say them."""

from collections.abc import Collection, Sequence


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
