"""Leaks: what training and test share, though they should share nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from s2label.exports.leaks_ground import overlapping_places
from s2label.exports.leaks_pixels import near_copies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from s2label.exports.sketches import Sketch
    from s2label.grid import Grid

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


class Member(NamedTuple):
    """An image-mask pair as a check for leaks sees it; empty text is not known."""

    image: str
    place: str
    group: str
    scene: str
    split: str


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
    unchecked : tuple of LeakKind
        What could not be checked, because nothing is known of it.
    counts : dict
        Kind -> leaks.
    found : dict
        Kind -> the first of them, `MOST_LISTED` at most.
    """

    pairs: int
    places: int
    unchecked: tuple[LeakKind, ...] = ()
    counts: dict[LeakKind, int] = field(default_factory=dict)
    found: dict[LeakKind, list[Leak]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many there are, of all kinds."""
        return sum(self.counts.values())

    def add(self, kind: LeakKind, leaks: Iterable[Leak]) -> None:
        """Count the leaks of a kind, and keep the first."""
        ordered = sorted(leaks, key=lambda leak: (leak.name, leak.members))
        self.counts[kind] = len(ordered)
        self.found[kind] = ordered[:MOST_LISTED]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return {
            "pairs": self.pairs,
            "places": self.places,
            "unchecked": [str(kind) for kind in self.unchecked],
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
        return [f"{n} {WORDS[kind]}" for kind, n in self.counts.items() if n]


def find_leaks(
    members: Sequence[Member], grids: Mapping[str, Grid], sketches: Mapping[str, Sketch]
) -> LeakReport:
    """Find what splits share.

    Parameters
    ----------
    members : sequence of Member
        All pairs.
    grids : mapping
        Place -> its ground.
    sketches : mapping
        Image -> its sketch.

    Returns
    -------
    LeakReport
        Of all kinds; of groups and scenes only where they are known.
    """
    report = LeakReport(len(members), len({member.place for member in members}))
    knows = {
        LeakKind.GROUP: all(member.group for member in members),
        LeakKind.SCENE: all(member.scene for member in members),
    }
    report.unchecked = tuple(kind for kind, known in knows.items() if not known)
    if knows[LeakKind.GROUP]:
        report.add(LeakKind.GROUP, _shared((m.group, m.place, m.split) for m in members))
    report.add(LeakKind.DATES, _shared((m.place, m.image, m.split) for m in members))
    report.add(LeakKind.GROUND, _overlaps(members, grids))
    if knows[LeakKind.SCENE]:
        report.add(LeakKind.SCENE, _shared((m.scene, m.image, m.split) for m in members))
    report.add(LeakKind.COPY, _copies(members, sketches))
    report.add(LeakKind.NEAR_COPY, _near_copies(members, sketches))
    return report


def _shared(rows: Iterable[tuple[str, str, str]]) -> Iterator[Leak]:
    """Yield a leak for each name of (name, member, split) that several splits have."""
    splits, members = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for name, member, split in rows:
        splits[name].add(split)
        members[name].add(member)
    for name, sides in splits.items():
        if len(sides) > 1:
            yield Leak(tuple(sorted(sides)), name, tuple(sorted(members[name])))


def _overlaps(members: Sequence[Member], grids: Mapping[str, Grid]) -> Iterator[Leak]:
    sides = defaultdict[str, set[str]](set)
    for member in members:
        sides[member.place].add(member.split)
    for first, second, depth_m in overlapping_places(grids, sides):
        splits = tuple(sorted(sides[first] | sides[second]))
        yield Leak(splits, "", (first, second), round(depth_m, 1))


def _copies(members: Sequence[Member], sketches: Mapping[str, Sketch]) -> Iterator[Leak]:
    rows = ((sketches[m.image].content.hex(), m.image, m.split) for m in members)
    for leak in _shared(row for row in rows if row[0]):
        yield leak._replace(name="")


def _near_copies(members: Sequence[Member], sketches: Mapping[str, Sketch]) -> Iterator[Leak]:
    split_of = {member.image: member.split for member in members}
    for first, second, likeness in near_copies(split_of, sketches):
        splits = tuple(sorted({split_of[first], split_of[second]}))
        yield Leak(splits, "", (first, second), likeness)
