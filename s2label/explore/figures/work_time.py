"""Where the time went: seconds for each kind of work, and hours by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from s2label.explore.figures.drawing import Drawing, Target
from s2label.explore.figures.looks import EDGE, new_figure, tidy
from s2label.explore.intervals import LEAST
from s2label.explore.time_per_piece import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

    from s2label.explore.exploration import Exploration
    from s2label.explore.time_ledger import DayOfWork
    from s2label.explore.time_per_piece import TimePerPiece

# Okabe and Ito, "Color Universal Design" (2008).
_MEDIAN, _MEAN, _HOURS = "#0072b2", "#e69f00", "#56b4e9"
_HALF_ROW = 0.4
_APART = 0.14
_MOST_NAMES = 16
_SMALL_PT = 7


def draw_work(found: Exploration) -> Drawing:
    """Draw median and mean seconds of each kind of work, with how sure they are."""
    rows = [row for row in found.next_hour.ledger.rows if row.timed]
    drawn = " and ".join(sorted({row.drawn for row in rows if row.drawn})) or "nothing"
    caption = (
        f"the whole log, all images; bars: 95 % of 1,000 draws ({drawn} drawn)\n"
        "breaks: the clock stops after 20 s without anything done; the mean is without them\n"
        "undone work counts as time in the mean; (n): done, and still standing"
    )
    figure = new_figure("Time of each kind of work", caption, 8.0, 1.8 + 0.36 * len(rows))
    axes = figure.subplots()
    for number, row in enumerate(rows):
        _draw_row(axes, number, row)
    axes.set_yticks(range(len(rows)), [_name(row) for row in rows])
    axes.invert_yaxis()
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds for each chip (or object)")
    axes.plot([], [], "o", color=_MEDIAN, markeredgecolor=EDGE, label="median")
    axes.plot([], [], "D", color=_MEAN, markeredgecolor=EDGE, label="mean without breaks")
    axes.legend(fontsize=_SMALL_PT, frameon=False, loc="best")
    tidy(axes, grid="x")
    targets = [
        Target(
            axes,
            None,
            (number - _HALF_ROW, number + _HALF_ROW),
            _words(row),
            _chips(found, (id_ for piece in row.pieces for id_ in piece.images)),
        )
        for number, row in enumerate(rows)
    ]
    return Drawing(figure, targets)


def _name(row: TimePerPiece) -> str:
    who = "" if row.who == EVERYBODY else f", {row.who}"
    return f"{row.what}{who} ({row.done:,})"


def _words(row: TimePerPiece) -> str:
    return f"({row.what})" if row.who == EVERYBODY else f"({row.what} by {row.who})"


def _draw_row(axes: Axes, number: int, row: TimePerPiece) -> None:
    if row.median is None or row.mean is None:
        words = f"fewer than {LEAST}: too few to say" if row.done < LEAST else "no time of each"
        axes.annotate(words, (0, number), (4, 0), textcoords="offset points", va="center",
                      fontsize=_SMALL_PT)  # fmt: skip
        return
    looks = ((row.median, _MEDIAN, "o", -_APART), (row.mean, _MEAN, "D", _APART))
    for interval, colour, marker, above in looks:
        axes.plot([interval.low, interval.high], [number + above] * 2, color=colour, linewidth=2)
        axes.plot(interval.value, number + above, marker, color=colour, markeredgecolor=EDGE,
                  markersize=5)  # fmt: skip


def draw_days(found: Exploration) -> Drawing:
    """Draw hours worked and chips done on each day."""
    days = found.next_hour.ledger.days
    caption = "the whole log, all images; active time, a break counts 20 s; days are UTC"
    figure = new_figure("Hours by day", caption, 7.0, 4.6)
    upper, lower = figure.subplots(2, 1, sharex=True)
    _draw_bars(upper, [day.seconds / 3600 for day in days], "hours")
    _draw_bars(lower, [day.chips for day in days], "chips done")
    _write_pace(lower, days)
    lower.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    lower.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    shown = range(0, len(days), -(-len(days) // _MOST_NAMES))
    lower.set_xticks(list(shown), [days[n].day for n in shown], rotation=45, ha="right")
    lower.set_xlim(-0.6, len(days) - 0.4)
    targets = [
        Target(axes, (n - 0.5, n + 0.5), None, f"done on {day.day}", _chips(found, day.images))
        for n, day in enumerate(days)
        for axes in (upper, lower)
    ]
    return Drawing(figure, targets)


def _draw_bars(axes: Axes, heights: Sequence[float], words: str) -> None:
    width = 0.8 if len(heights) > 1 else 0.3
    axes.bar(range(len(heights)), heights, width, color=_HOURS, edgecolor=EDGE, linewidth=0.6)
    axes.set_ylim(0, max([*heights, 0.01]) * 1.18)
    axes.set_ylabel(words)
    tidy(axes, grid="y")


def _write_pace(axes: Axes, days: Sequence[DayOfWork]) -> None:
    for number, day in enumerate(days if len(days) <= _MOST_NAMES else ()):
        if day.chips_per_hour is not None:
            axes.annotate(f"{day.chips_per_hour:,.0f} / h", (number, day.chips), (0, 2),
                          textcoords="offset points", ha="center", fontsize=6)  # fmt: skip


def _chips(found: Exploration, image_ids: Iterable[str]) -> tuple[int, ...]:
    """Return the numbers of those images that are explored."""
    numbers = found.chip_numbers
    return tuple(sorted({numbers[id_] for id_ in image_ids if id_ in numbers}))
