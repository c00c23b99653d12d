"""How long a kind of work takes: median, and mean without breaks, with how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median as median_of
from typing import TYPE_CHECKING

from s2label.explore.intervals import (
    LEAST,
    Interval,
    draw_medians,
    draw_ratios,
    percentile_interval,
)
from s2label.explore.pieces import Piece, WorkKind

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_UNITS = 2000
EVERYBODY, AN_OBJECT = "everybody", "an object"


@dataclass(frozen=True)
class TimePerPiece:
    """How long a kind of work takes.

    Parameters
    ----------
    what, who : str
        The work, and who did it.
    done : int
        Pieces (chips, or objects) that are a result: not taken back, not overruled.
    timed, breaks, undone : int
        Chips whose time is known; those of them that are nothing but a break; those of which
        nothing stands any more.
    seconds : float
        All time that went into it, undone work included.
    median, mean : Interval or None
        Seconds per chip (or object): the median of those that are a result, and the mean without
        breaks, in which undone work counts as time but not as a result; None of fewer than
        `LEAST`.
    drawn : str
        What was drawn for the intervals, ``chips`` or ``days``; empty without one.
    pieces : tuple of Piece
        All of them.
    """

    what: str
    who: str
    done: int
    timed: int
    breaks: int
    undone: int
    seconds: float
    median: Interval | None
    mean: Interval | None
    drawn: str
    pieces: tuple[Piece, ...]


def time_per_chip(kind: WorkKind, who: str, pieces: Sequence[Piece]) -> TimePerPiece:
    """Return how long a kind of work takes for a chip; `pieces` are all of that kind."""
    counts = [int(piece.is_result) for piece in pieces]
    is_told = kind not in (WorkKind.TOGETHER, WorkKind.OTHER)
    return _time_per(kind, who, pieces, counts, is_told=is_told)


def time_per_object(pieces: Sequence[Piece]) -> TimePerPiece:
    """Return how long it takes to draw an object; `pieces` are masks on which some were."""
    counts = [piece.objects if piece.is_result else 0 for piece in pieces]
    return _time_per(AN_OBJECT, EVERYBODY, pieces, counts, is_told=True)


def _time_per(
    what: str,
    who: str,
    pieces: Sequence[Piece],
    counts: Sequence[int],
    *,
    is_told: bool,
) -> TimePerPiece:
    """Return how long something takes of which each piece brought so many."""
    held = [(piece, n) for piece, n in zip(pieces, counts, strict=True) if piece.spells]
    results = [(piece, n) for piece, n in held if n]
    median = mean = None
    if is_told and sum(not piece.is_break for piece, _ in results) >= LEAST:
        median, mean = _median(results), _mean(held)
    return TimePerPiece(
        what=what,
        who=who,
        done=sum(counts),
        timed=len(held),
        breaks=sum(piece.is_break for piece, _ in held),
        undone=sum(not piece.is_result for piece in pieces),
        seconds=sum(piece.seconds for piece in pieces),
        median=median,
        mean=mean,
        drawn=_drawn([piece for piece, _ in results]) if median else "",
        pieces=tuple(pieces),
    )


def _drawn(pieces: Sequence[Piece]) -> str:
    return "days" if len({piece.day for piece in pieces}) >= LEAST else "chips"


def units_of(pieces: Sequence[Piece]) -> list[int]:
    """Return what is drawn together: work of one day, or where these are few each chip alone.

    Of very many chips, runs of neighbours are drawn: each alone would take minutes.
    """
    count = len(pieces)
    if _drawn(pieces) == "chips":
        return [number * min(count, _MOST_UNITS) // count for number in range(count)]
    days = {day: number for number, day in enumerate(sorted({piece.day for piece in pieces}))}
    return [days[piece.day] for piece in pieces]


def _median(results: Sequence[tuple[Piece, int]]) -> Interval:
    seconds = [piece.seconds / n for piece, n in results]
    draws = draw_medians(seconds, units_of([piece for piece, _ in results]))
    return percentile_interval(median_of(seconds), draws)


def _mean(held: Sequence[tuple[Piece, int]]) -> Interval:
    working = [(piece, n) for piece, n in held if not piece.is_break]
    pieces = [piece for piece, _ in working]
    return ratio_of([piece.worked_seconds for piece in pieces], [n for _, n in working], pieces)


def ratio_of(over: Sequence[float], under: Sequence[float], pieces: Sequence[Piece]) -> Interval:
    """Return the sum of `over` divided by that of `under`, both a number for each piece."""
    draws = draw_ratios(over, under, units_of(pieces))
    return percentile_interval(sum(over) / sum(under), draws)
