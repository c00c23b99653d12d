"""Which chips are read, and how many pixels each class gives: by chance, and the same every time.

Each chip and each pixel has a random number of its own, which hangs on the seed and on nothing
else. Of each class the chips with the lowest numbers are read, and of their pixels those with the
lowest numbers are kept: a simple random sample without replacement (permanent random numbers,
Ohlsson 1995, "Coordination of samples using permanent random numbers"), whatever the order of
reading, and for all classes from nearly the same chips.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s2label.explore.chips import ExploredChip


def choose_chips(chips: Sequence[ExploredChip], most: int, seed: int) -> dict[int, frozenset[int]]:
    """Return chip number -> the classes whose pixels it gives.

    Parameters
    ----------
    chips : sequence of ExploredChip
        All chips that are explored.
    most : int
        How many give pixels of one class at most.
    seed : int
        Another seed takes other chips.
    """
    numbers = sorted(range(len(chips)), key=lambda n: draw_number(seed, chips[n].image_id))
    taken: Counter[int] = Counter()
    chosen: dict[int, set[int]] = defaultdict(set)
    for number in numbers:
        for value in chips[number].class_counts:
            if taken[value] < most:
                taken[value] += 1
                chosen[number].add(value)
    return {number: frozenset(values) for number, values in sorted(chosen.items())}


def draw_number(seed: int, image_id: str) -> bytes:
    """Return the random number of an image, 32 bytes: the same for the same seed, for ever."""
    return hashlib.sha256(f"{seed}|{image_id}".encode()).digest()


def share_out(total: int, available: Mapping[int, int]) -> dict[int, int]:
    """Share a number out evenly; who has less gives all, and the others share what is left.

    Parameters
    ----------
    total : int
        What is wanted of all together.
    available : mapping
        Class value -> how many there are.

    Returns
    -------
    dict of int to int
        Class value -> how many to take; together `total`, or all there are.
    """
    shares: dict[int, int] = {}
    by_size = sorted(available, key=lambda value: (available[value], value))
    for number, value in enumerate(by_size):
        share = -(-(total - sum(shares.values())) // (len(by_size) - number))
        shares[value] = min(share, available[value])
    return shares
