"""Chips by cloud and by month, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from s2label.explore.figures.drawing import Drawing, Target
from s2label.explore.figures.looks import EDGE, new_figure, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from s2label.explore.chip_counts import ChipBin
    from s2label.explore.exploration import Exploration

# Okabe and Ito, "Color Universal Design" (2008).
_COLOUR = "#56b4e9"
_MOST_NAMES = 16


def draw_clouds(found: Exploration) -> Drawing:
    """Draw how many chips have how much cloud."""
    unknown = _left_out(found.unscreened, "chips of which nobody knows")
    drawing, axes = _draw_bins(found, "Cloud of the chips", found.clouds, "with cloud of", unknown)
    count = len(found.clouds)
    edges = range(0, count + 1, count // 10)
    axes.set_xticks([n - 0.5 for n in edges], [f"{round(100 * n / count)}" for n in edges])
    axes.set_xlabel("share of the valid pixels under cloud (%)")
    return drawing


def draw_dates(found: Exploration) -> Drawing:
    """Draw how many chips are of which month, or year."""
    unknown = _left_out(found.undated, "chips without a date")
    drawing, axes = _draw_bins(found, "Dates of the chips", found.dates, "of", unknown)
    step = -(-len(found.dates) // _MOST_NAMES) or 1
    shown = range(0, len(found.dates), step)
    axes.set_xticks(list(shown), [found.dates[n].name for n in shown], rotation=45, ha="right")
    axes.set_xlabel("year" if len(found.dates[:1] and found.dates[0].name) == 4 else "month")
    return drawing


def _left_out(chips: Sequence[int], what: str) -> str:
    return f"\n{len(chips):,} {what} are not in it" if chips else ""


def _draw_bins(
    found: Exploration, title: str, bins: Sequence[ChipBin], words: str, unknown: str
) -> tuple[Drawing, Axes]:
    figure = new_figure(title, found.query_words + unknown, 7.0, 3.8)
    axes = figure.subplots()
    _draw_bars(axes, bins)
    # All of the column: a bar of few chips could hardly be hit.
    targets = [
        Target(axes, (number - 0.5, number + 0.5), None, f"{words} {each.name}", each.chips)
        for number, each in enumerate(bins)
    ]
    return Drawing(figure, targets), axes


def _draw_bars(axes: Axes, bins: Sequence[ChipBin]) -> None:
    heights = [len(each.chips) for each in bins]
    width = 1.0 if len(bins) > 1 else 0.4
    axes.bar(range(len(bins)), heights, width, color=_COLOUR, edgecolor=EDGE, linewidth=0.6)
    axes.set_xlim(-0.6, max(len(bins), 1) - 0.4)
    axes.set_ylim(0, max([*heights, 1]) * 1.08)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("chips")
    tidy(axes, grid="y")
