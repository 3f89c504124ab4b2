"""How tests read what a run wrote."""

import re

_TENSORFLOW = re.compile(r"[IE]\d{4} .*|WARNING: All log messages before absl::InitializeLog.*")


def own_lines(stderr: str) -> list[str]:
    """The lines that are not TensorFlow's, which its libraries write as they are loaded."""
    return [line for line in stderr.splitlines() if not _TENSORFLOW.fullmatch(line)]
