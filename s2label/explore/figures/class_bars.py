"""Pixels and chips of each class, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import EngFormatter, StrMethodFormatter

from s2label.explore.figures.drawing import Drawing, Target
from s2label.explore.figures.looks import looks_of, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from s2label.explore.exploration import Exploration

# Where one class has so many times the pixels of another, that one would be no bar any more.
_LOGARITHMIC_FROM = 100
_HALF_BAR = 0.4


def draw_counts(found: Exploration) -> Drawing:
    """Draw how many pixels and how many chips each class has."""
    height = 1.5 + 0.34 * len(found.counts)
    figure = new_figure("Pixels and chips of each class", _caption(found), 8.0, height)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    pixels = [count.pixels for count in found.counts]
    chips = [len(count.chips) for count in found.counts]
    marks = ["" if count.is_exact else "≤ " for count in found.counts]
    _draw_bars(left, found, pixels, [f"{m}{n:,}" for m, n in zip(marks, pixels, strict=True)])
    _draw_bars(right, found, chips, [f"{number:,}" for number in chips])
    left.set_xlabel("pixels" + _scale(left, pixels))
    right.set_xlabel("chips" + _scale(right, chips))
    left.set_yticks(range(len(found.counts)), [each.name for each in found.classes])
    left.invert_yaxis()
    targets = []
    for row, count in enumerate(found.counts):
        words = f"with {count.label_class.name}"
        # All of the row: a bar of few chips could hardly be hit.
        targets += [
            Target(axes, None, (row - _HALF_BAR, row + _HALF_BAR), words, count.chips)
            for axes in (left, right)
        ]
    return Drawing(figure, targets)


def _draw_bars(axes: Axes, found: Exploration, numbers: list[int], words: list[str]) -> None:
    looks = looks_of(found.classes)
    for row, (each, number, said) in enumerate(zip(found.classes, numbers, words, strict=True)):
        axes.barh(row, number, 2 * _HALF_BAR, **looks[each.value].face)
        axes.annotate(
            said, (number, row), (3, 0), textcoords="offset points", va="center", fontsize=7
        )
    tidy(axes, grid="x")


def _scale(axes: Axes, numbers: list[int]) -> str:
    """Choose the scale of an axis so that every class can be seen; return it in words."""
    least, most = min((n for n in numbers if n), default=1), max([*numbers, 1])
    if most < _LOGARITHMIC_FROM * least:
        axes.set_xlim(0, most * 1.35)
        axes.locator_params(axis="x", nbins=4)
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        return ""
    axes.set_xscale("log")
    # In plain words, 10 k: the usual 10^4 is mathematics, which the text of these figures is not.
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.set_xlim(max(0.5, least / 5), most * 12)
    return " (logarithmic)"


def _caption(found: Exploration) -> str:
    if found.is_exact:
        return found.query_words
    lines = "≤: some chips were not read, whose pixels may lack data, be ignored or not be trusted"
    return f"{found.query_words}\n{lines}"
