"""Seeds for every purpose, derived from the one that the parameters give."""

import hashlib
import json


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Derives the seed of one purpose from the seed of the run.

    Each purpose (initial weights, training crops, ...) gets a seed of its own, so that adding a draw to one
    of them changes nothing in another. A seed depends on its purpose alone, never on the order of the calls
    and, as long as callers leave the variant's name out of the purpose, never on the variant: all six
    variants start from the same weights and see the same crops.

    Args:
        seed: The run's seed, ``params:seed``.
        *purpose: What the seed is for, in words and numbers.

    Returns:
        An integer in [0, 2**31), the same in every process and on every machine.
    """
    # JSON keeps ("a", "b") apart from ("ab",) and 1 apart from "1". Python's hash() differs by process.
    digest = hashlib.sha256(json.dumps([seed, *purpose]).encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF
