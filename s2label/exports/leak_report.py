"""What a check for leaks found: of each kind how many, and the first of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

# So many of each kind are listed, and of their members; all are counted.
MOST_LISTED = 1000
MOST_MEMBERS = 20


class LeakKind(StrEnum):
    """How two splits can share something."""

    GROUP = "group"
    DATES = "dates"
    GROUND = "ground"
    SCENE = "scene"
    COPY = "copy"
    NEAR_COPY = "near copy"


WORDS = {
    LeakKind.GROUP: "groups of ground in several splits",
    LeakKind.DATES: "places with dates in several splits",
    LeakKind.GROUND: "pairs of overlapping places in different splits",
    LeakKind.SCENE: "scenes with images in several splits",
    LeakKind.COPY: "sets of images with the same pixels in several splits",
    LeakKind.NEAR_COPY: "pairs of nearly the same images in different splits",
}


class Leak(NamedTuple):
    """One thing that is shared: which splits, what it is, and by whom.

    `name` is a group, place or scene, or empty; `members` are places or images; `measure` is
    metres of overlap, or likeness 0..1.
    """

    splits: tuple[str, ...]
    name: str
    members: tuple[str, ...]
    measure: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the leak as JSON types, without what it has not."""
        row = {
            "splits": list(self.splits),
            "name": self.name,
            "count": len(self.members),
            "members": list(self.members[:MOST_MEMBERS]),
            "measure": self.measure,
        }
        return {key: value for key, value in row.items() if value not in ("", None)}


@dataclass
class LeakReport:
    """What a check for leaks found.

    Parameters
    ----------
    pairs, places : int
        How many were looked at.
    unchecked : dict
        Kind -> pairs of which nothing is known that it needs; they could not be checked for it.
    counts : dict
        Kind -> leaks.
    found : dict
        Kind -> the first of them, `MOST_LISTED` at most.
    warnings : list of str
        What the user should know of the splits that were judged.
    """

    pairs: int
    places: int
    unchecked: dict[LeakKind, int] = field(default_factory=dict)
    counts: dict[LeakKind, int] = field(default_factory=dict)
    found: dict[LeakKind, list[Leak]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many there are, of all kinds."""
        return sum(self.counts.values())

    def add(self, kind: LeakKind, leaks: Iterable[Leak], count: int | None = None) -> None:
        """Count the leaks of a kind, and keep the first; `count` where these are not all."""
        ordered = sorted(leaks, key=lambda leak: (leak.name, leak.members))
        self.counts[kind] = len(ordered) if count is None else count
        self.found[kind] = ordered[:MOST_LISTED]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return {
            "pairs": self.pairs,
            "places": self.places,
            "unchecked": {str(kind): pairs for kind, pairs in self.unchecked.items()},
            "warnings": list(self.warnings),
            "leaks": {
                str(kind): {
                    "what": WORDS[kind],
                    "count": self.counts[kind],
                    "first": [leak.as_dict() for leak in self.found[kind]],
                }
                for kind in self.counts
            },
        }

    def lines(self) -> list[str]:
        """Return what leaks, a line per kind that does."""
        return [f"{n} {_words(kind, n)}" for kind, n in self.counts.items() if n]

    def unchecked_lines(self) -> list[str]:
        """Return what could not be checked everywhere, a line per kind."""
        return [
            f"{count} of {self.pairs} pairs have no {kind} and were not checked for it"
            for kind, count in self.unchecked.items()
        ]


def _words(kind: LeakKind, count: int) -> str:
    noun, _, rest = WORDS[kind].partition(" ")
    return f"{noun.removesuffix('s') if count == 1 else noun} {rest}"
