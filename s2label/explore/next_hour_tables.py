"""The numbers of the next hour as CSV, as `tables` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.explore.tables import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.explore.exploration import Exploration
    from s2label.explore.intervals import Interval

_WORK = (
    *("work", "who", "done", "timed", "breaks", "undone", "hours"),
    *("median_seconds", "median_low", "median_high"),
    *("mean_seconds", "mean_low", "mean_high", "drawn"),
)
_LEARNING = (
    *("model", "created_at", "recipe", "chips", "pixels", "checked_pixels"),
    *("held_out_places", "score", "low", "high", "not_compared"),
)
_GAIN = (
    *("more_chips", "labelled_chips", "gain", "gain_low", "gain_high"),
    *("hours", "hours_low", "hours_high", "is_far"),
)


def work_table(found: Exploration) -> bytes:
    """Return how long each kind of work takes, by person where there are several."""
    rows = (
        (
            *(row.what, row.who, row.done, row.timed, row.breaks, row.undone, row.seconds / 3600),
            *_three(row.median),
            *_three(row.mean),
            row.drawn,
        )
        for row in found.next_hour.ledger.rows
    )
    return write_table(_WORK, rows)


def days_table(found: Exploration) -> bytes:
    """Return hours, chips and pace of each day."""
    rows = (
        (day.day, day.seconds / 3600, day.chips, _or_nothing(day.chips_per_hour))
        for day in found.next_hour.ledger.days
    )
    return write_table(("day_utc", "hours", "chips", "chips_per_hour"), rows)


def learning_table(found: Exploration) -> bytes:
    """Return every round of training, with why it is not on the curve where it is not."""
    compared = found.next_hour.compared
    whys = {each.round.id: each.why for each in compared.left_out}
    rounds = (*compared.rounds, *(each.round for each in compared.left_out))
    rows = (
        (
            *(each.id, each.created_at, each.recipe, each.chips, each.pixels, each.checked_pixels),
            len(each.validation_places),
            *map(_or_nothing, (each.score, each.low, each.high)),
            whys.get(each.id, ""),
        )
        for each in sorted(rounds, key=lambda each: (each.created_at, each.id))
    )
    return write_table(_LEARNING, rows)


def gain_table(found: Exploration) -> bytes:
    """Return what more labelled chips would bring, and the hours for that."""
    return write_table(_GAIN, _gain_rows(found))


def _gain_rows(found: Exploration) -> Iterator[tuple[object, ...]]:
    for each in found.next_hour.prospects:
        yield (each.chips, each.labelled, *_three(each.gain), *_three(each.hours), each.is_far)


def _three(interval: Interval | None) -> tuple[object, ...]:
    return ("", "", "") if interval is None else (interval.value, interval.low, interval.high)


def _or_nothing(number: float | None) -> float | str:
    return "" if number is None else number
