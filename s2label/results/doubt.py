"""What is doubtful in a result: one record a place, and which of many places are shown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class DoubtKind(StrEnum):
    """Why somebody should look."""

    THRESHOLD = "near the threshold"
    CLOUD = "on cloud"
    QUAY = "at the quay"
    MODELS = "models differ"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Doubt:
    """A place where somebody should look.

    Parameters
    ----------
    longitude, latitude : float
        Centre of a chip that holds it, in degrees.
    x, y : float
        The same in the scene's CRS.
    kind : DoubtKind
        Why.
    words : str
        Why, in a sentence.
    score : float
        0..1, the more, the more doubtful; comparable within a kind only.
    """

    longitude: float
    latitude: float
    x: float
    y: float
    kind: DoubtKind
    words: str
    score: float


@dataclass(frozen=True)
class Candidate:
    """A place that may be shown: where it is in pixels, and why."""

    column: float
    row: float
    kind: DoubtKind
    words: str
    score: float


def choose_fairly(
    candidates: Iterable[Candidate],
    shape: tuple[int, int],
    chip_px: int,
    most: int,
    seed: int,
    foremost: DoubtKind | None = None,
) -> list[Candidate]:
    """Return the most doubtful of each kind in turn, such that their chips do not overlap.

    They are moved so that a chip around them lies inside the scene, where it is large enough; the
    pixel in their middle is then the one from which an import with ``--points`` cuts.

    Parameters
    ----------
    candidates : iterable of Candidate
        In any order.
    shape : tuple of int
        (height, width) of the scene in pixels.
    chip_px : int
        Side of a chip.
    most : int
        How many are chosen.
    seed : int
        Decides between equal scores.
    foremost : DoubtKind, optional
        A kind that comes before all others, and takes up to half of the places before they do.
    """
    moved = [_moved(each, shape, chip_px) for each in candidates]
    waiting = _by_kind(_without_ground_of_others(moved, chip_px), seed)
    taken: dict[tuple[int, int], tuple[int, int]] = {}
    chosen: list[Candidate] = []
    while waiting and len(chosen) < most:
        is_first = foremost in waiting and len(chosen) < most / 2
        for kind in [foremost] if is_first and foremost else list(waiting):
            found = next((c for c in waiting[kind] if _take(taken, c, chip_px)), None)
            if found is None:
                del waiting[kind]
            elif len(chosen) < most:
                chosen.append(found)
    return sorted(chosen, key=lambda each: each.kind is not foremost)


def _by_kind(candidates: Iterable[Candidate], seed: int) -> dict[DoubtKind, Iterator[Candidate]]:
    listed: dict[DoubtKind, list[Candidate]] = defaultdict(list)
    for each in candidates:
        listed[each.kind].append(each)
    rng = np.random.default_rng(seed)
    found = {}
    for kind in (kind for kind in DoubtKind if kind in listed):
        shuffled = [listed[kind][number] for number in rng.permutation(len(listed[kind]))]
        found[kind] = iter(sorted(shuffled, key=lambda each: -each.score))
    return found


def _take(
    taken: dict[tuple[int, int], tuple[int, int]],
    candidate: Candidate,
    chip_px: int,
) -> bool:
    """Take the chip of a candidate unless it overlaps one that is taken; tell whether it was.

    Taken chips are kept by the cell of the chip's size in which their middle lies: there is at most
    one in each.
    """
    column, row = int(candidate.column), int(candidate.row)
    cell = _cell_of(candidate, chip_px)
    beside = (taken.get(each) for each in _cells_around(cell))
    if any(
        other is not None and max(abs(other[0] - column), abs(other[1] - row)) < chip_px
        for other in beside
    ):
        return False
    taken[cell] = (column, row)
    return True


def _without_ground_of_others(candidates: list[Candidate], chip_px: int) -> list[Candidate]:
    """Leave out uncertain ground whose chip would lie over that of another candidate.

    The pixels of a doubtful object make their ground uncertain, and the object says more.
    """
    others: dict[tuple[int, int], list[Candidate]] = defaultdict(list)
    for each in candidates:
        if each.kind is not DoubtKind.UNCERTAIN:
            others[_cell_of(each, chip_px)].append(each)

    def is_alone(ground: Candidate) -> bool:
        near = chain.from_iterable(
            others.get(cell, ()) for cell in _cells_around(_cell_of(ground, chip_px))
        )
        return all(
            max(abs(each.column - ground.column), abs(each.row - ground.row)) >= chip_px
            for each in near
        )

    return [c for c in candidates if c.kind is not DoubtKind.UNCERTAIN or is_alone(c)]


def _cell_of(candidate: Candidate, chip_px: int) -> tuple[int, int]:
    return int(candidate.column) // chip_px, int(candidate.row) // chip_px


def _cells_around(cell: tuple[int, int]) -> list[tuple[int, int]]:
    return [(cell[0] + i, cell[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]


def _moved(candidate: Candidate, shape: tuple[int, int], chip_px: int) -> Candidate:
    """Return a candidate in the middle of a pixel around which a chip lies inside the scene."""
    column, row = (
        _kept_inside(int(at), side, chip_px) + 0.5
        for at, side in zip((candidate.column, candidate.row), shape[::-1], strict=True)
    )
    return Candidate(column, row, candidate.kind, candidate.words, candidate.score)


def _kept_inside(at: int, side: int, chip_px: int) -> int:
    half = chip_px // 2
    if side < chip_px:
        return at
    return min(max(at, half), side - chip_px + half)
