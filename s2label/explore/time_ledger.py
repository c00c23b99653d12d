"""The time ledger: how long each kind of work takes, what suggestions save, hours by day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from s2label.explore.drawn_objects import count_drawn
from s2label.explore.intervals import LEAST, Interval, draw_medians, percentile_interval
from s2label.explore.pieces import CHIP_DONE, LABELLING, Piece, WorkKind
from s2label.explore.pieces_of_log import find_pieces
from s2label.explore.time_per_piece import (
    EVERYBODY,
    TimePerPiece,
    ratio_of,
    time_per_chip,
    time_per_object,
    units_of,
)
from s2label.types import Lifetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from s2label.catalog.work_log import LoggedStroke
    from s2label.project import Project

_PAINTING = (WorkKind.PAINTED, WorkKind.SUGGESTED)


@dataclass(frozen=True)
class DayOfWork:
    """What was done on a day (UTC): active seconds, and chips done, each once a day."""

    day: str
    seconds: float
    chips: int
    images: tuple[str, ...]

    @property
    def chips_per_hour(self) -> float | None:
        """Chips in an hour of active time; None where no time is known."""
        return 3600 * self.chips / self.seconds if self.seconds else None


@dataclass(frozen=True)
class TimeLedger:
    """Where the time went, of the whole log.

    Parameters
    ----------
    rows : tuple of TimePerPiece
        Each kind of work, then by person where there are several.
    days : tuple of DayOfWork
        By day, the first first.
    ratio : Interval or None
        Median time of a painted mask with a suggestion, divided by that without, of masks that
        are a result; None where either has fewer than `LEAST`.
    cost : Interval or None
        Seconds per labelled chip: all time, also of rejections, breaks and undone work, divided by
        the chips whose mask was accepted or painted; None of fewer than `LEAST`.
    labelled : int
        How many these are.
    untimed : int
        Pieces whose time nobody knows, such as decisions by the command line.
    """

    rows: tuple[TimePerPiece, ...] = ()
    days: tuple[DayOfWork, ...] = ()
    ratio: Interval | None = None
    cost: Interval | None = None
    labelled: int = 0
    untimed: int = 0

    @property
    def has_time(self) -> bool:
        """Whether anybody's time is known."""
        return any(row.timed for row in self.rows)

    def row(self, kind: WorkKind) -> TimePerPiece | None:
        """Return the row of a kind of work by everybody."""
        found = (row for row in self.rows if (row.what, row.who) == (kind, EVERYBODY))
        return next(found, None)


def read_ledger(project: Project) -> TimeLedger:
    """Return the time ledger of a project, of all that is in its log.

    Raises
    ------
    PaintingError
        If a stroke in the log is damaged.
    """
    catalog = project.catalog
    is_moving = project.classes.lifetime is Lifetime.MOVING
    with catalog.snapshot():
        acts = catalog.work_log(with_pixels=is_moving)
        images, masks, places = catalog.images_of_masks(), catalog.list_masks(), catalog.places()
    grids = {row["id"]: places[row["place"]].grid for row in masks}
    shapes = {id_: (grid.height, grid.width) for id_, grid in grids.items()}
    count = partial(count_drawn, shapes=shapes) if is_moving else _no_objects
    return make_ledger(find_pieces(acts, images, count))


def _no_objects(_: Sequence[LoggedStroke]) -> int:
    return 0


def make_ledger(pieces: Sequence[Piece]) -> TimeLedger:
    """Return the ledger of pieces of work."""
    timed = [piece for piece in pieces if piece.spells]
    labels = _labels(timed)
    return TimeLedger(
        rows=tuple(_rows(pieces)),
        days=tuple(_days(timed)),
        ratio=_ratio(timed),
        cost=_cost(timed, labels) if sum(labels) >= LEAST else None,
        labelled=sum(labels),
        untimed=len(pieces) - len(timed),
    )


def _rows(pieces: Sequence[Piece]) -> Iterable[TimePerPiece]:
    people = sorted({piece.who for piece in pieces})
    for kind in WorkKind:
        of_kind = [piece for piece in pieces if piece.kind is kind]
        if of_kind:
            yield time_per_chip(kind, EVERYBODY, of_kind)
        for who in people if len(people) > 1 else ():
            own = [piece for piece in of_kind if piece.who == who]
            if own:
                yield time_per_chip(kind, who, own)
    with_objects = [piece for piece in pieces if piece.kind in _PAINTING and piece.objects]
    if with_objects:
        yield time_per_object(with_objects)


def _ratio(pieces: Sequence[Piece]) -> Interval | None:
    kept = [piece for piece in pieces if piece.is_result]
    without, with_ = ([piece for piece in kept if piece.kind is kind] for kind in _PAINTING)
    if min(len(without), len(with_)) < LEAST:
        return None
    seconds = [[piece.seconds for piece in each] for each in (with_, without)]
    if not median(seconds[1]):
        return None
    over = draw_medians(seconds[0], units_of(with_), seed=0)
    under = draw_medians(seconds[1], units_of(without), seed=1)
    is_known = under > 0
    ratio = median(seconds[0]) / median(seconds[1])
    return percentile_interval(ratio, over[is_known] / under[is_known])


def _labels(pieces: Sequence[Piece]) -> list[int]:
    """Return for each piece whether a chip got labels by it: 1 for the first of a chip, else 0."""
    found, seen = [], set()
    for piece in pieces:
        is_new = piece.is_result and piece.kind in LABELLING and piece.images not in seen
        found.append(int(is_new))
        if is_new:
            seen.add(piece.images)
    return found


def _cost(pieces: Sequence[Piece], labels: Sequence[int]) -> Interval:
    return ratio_of([piece.seconds for piece in pieces], labels, pieces)


def _days(pieces: Sequence[Piece]) -> Iterable[DayOfWork]:
    seconds: dict[str, float] = defaultdict(float)
    done: dict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
    for piece in pieces:
        for spell in piece.spells:
            seconds[spell.day] += spell.seconds
        if piece.is_result and piece.kind in CHIP_DONE:
            done[piece.day][piece.images] = None
    for day in sorted({*seconds, *done}):
        images = dict.fromkeys(id_ for chip in done[day] for id_ in chip)
        yield DayOfWork(day, seconds.get(day, 0.0), len(done[day]), tuple(images))
