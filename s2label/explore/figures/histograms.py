"""Histograms of each measure, the classes in one panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.lines import Line2D

from s2label.explore.distributions import bin_pixels, shown_range
from s2label.explore.figures.drawing import Drawing, Target
from s2label.explore.figures.looks import (
    legend,
    looks_of,
    new_figure,
    panels,
    size_of_panels,
    tidy,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from s2label.explore.distributions import Distribution, Histogram
    from s2label.explore.exploration import Exploration
    from s2label.explore.measures import Measure

_ACROSS, _EACH_IN = 3, (3.0, 1.9)
_NEAR_PX = 8.0


def draw_histograms(found: Exploration) -> Drawing:
    """Draw which share of each class's pixels lies where, for each measure."""
    size = size_of_panels(len(found.measures), _ACROSS, _EACH_IN)
    caption = f"{found.sample_words}\n{found.query_words}"
    figure = new_figure("", caption, *size)
    targets: list[Target] = []
    axes_of = panels(figure, len(found.measures), _ACROSS)
    for axes, measure in zip(axes_of, found.measures, strict=True):
        targets += _draw_panel(axes, found, measure)
    for axes in axes_of[::_ACROSS]:
        axes.set_ylabel("% of the class")
    drawn = found.sample.count_by_class()
    looks = looks_of(found.classes)
    shown = [value for value in looks if value in drawn]
    names = [f"{looks[value].name}, {drawn[value]:,} px" for value in shown]
    lines = [Line2D([], [], **looks[value].line) for value in shown]
    legend(figure, "Histograms of each class", lines, names)
    return Drawing(figure, targets)


def _draw_panel(axes: Axes, found: Exploration, measure: Measure) -> list[Target]:
    distributions = found.distributions[measure.name]
    limits = shown_range(distributions)
    looks = looks_of(found.classes)
    targets: list[Target] = []
    # The rarest first: where curves meet, a click means what is harder to find.
    for value in sorted(distributions, key=lambda value: distributions[value].size):
        histogram = bin_pixels(distributions[value], limits)
        axes.stairs(100 * histogram.shares, histogram.edges, **looks[value].line)
        words = f"with {looks[value].name} of {measure.name}"
        targets += _targets(axes, histogram, distributions[value], words)
    axes.set_xlim(*limits)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(measure.words)
    tidy(axes, grid="y")
    return targets


def _targets(
    axes: Axes, histogram: Histogram, distribution: Distribution, words: str
) -> list[Target]:
    targets = []
    edges = [float(edge) for edge in histogram.edges]
    bins = zip(edges[:-1], edges[1:], histogram.shares, strict=True)
    for number, (low, high, share) in enumerate(bins, start=1):
        is_last = number == len(histogram.pixels)
        chips = distribution.chips_between(low, high, with_high=is_last)
        said = f"{words} {low:.3g} to {high:.3g}"
        height = (100 * float(share), 100 * float(share))
        targets.append(Target(axes, (low, high), height, said, chips, _NEAR_PX))
    return targets
