"""Leaks: what training and test share, though they should share nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from s2label.exports.leak_report import MOST_LISTED, Leak, LeakKind, LeakReport
from s2label.exports.leaks_ground import overlapping_places
from s2label.exports.leaks_pixels import near_copies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from s2label.exports.leaks_pixels import NearCopies
    from s2label.exports.sketches import Sketch
    from s2label.grid import Grid


class Member(NamedTuple):
    """An image-mask pair as a check for leaks sees it; empty text is not known."""

    image: str
    place: str
    group: str
    scene: str
    split: str


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
        Of all kinds; pairs whose group or scene is not known are passed over there, and counted.
    """
    report = LeakReport(len(members), len({member.place for member in members}))
    lacking = {
        LeakKind.GROUP: sum(not member.group for member in members),
        LeakKind.SCENE: sum(not member.scene for member in members),
    }
    report.unchecked = {kind: pairs for kind, pairs in lacking.items() if pairs}
    report.add(LeakKind.GROUP, _shared((m.group, m.place, m.split) for m in members))
    report.add(LeakKind.DATES, _shared((m.place, m.image, m.split) for m in members))
    report.add(LeakKind.GROUND, _overlaps(members, grids))
    report.add(LeakKind.SCENE, _shared((m.scene, m.image, m.split) for m in members))
    report.add(LeakKind.COPY, _copies(members, sketches))
    near = near_copies({m.image: m.split for m in members}, sketches, MOST_LISTED)
    report.add(LeakKind.NEAR_COPY, _near_leaks(members, near), near.total)
    return report


def _shared(rows: Iterable[tuple[str, str, str]]) -> Iterator[Leak]:
    """Yield a leak for each name of (name, member, split) that several splits have.

    An empty name is not known, and shared by nobody.
    """
    splits, members = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for name, member, split in (row for row in rows if row[0]):
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
    for leak in _shared(rows):
        yield leak._replace(name="")


def _near_leaks(members: Sequence[Member], near: NearCopies) -> Iterator[Leak]:
    split_of = {member.image: member.split for member in members}
    for first, second, likeness in near.first:
        splits = tuple(sorted({split_of[first], split_of[second]}))
        yield Leak(splits, "", (first, second), likeness)
