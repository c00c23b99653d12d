"""Violins of each measure, a row per class."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from s2label.explore.distributions import shown_range
from s2label.explore.figures.drawing import Drawing, Target
from s2label.explore.figures.looks import (
    EDGE,
    looks_of,
    new_figure,
    panels,
    size_of_panels,
    tidy,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from s2label.explore.distributions import Distribution
    from s2label.explore.exploration import Exploration
    from s2label.explore.measures import Measure

_ACROSS, _WIDTH_IN, _ROW_IN = 3, 3.0, 0.36
_STEPS = 24
_QUARTILES = (0.25, 0.5, 0.75)


def draw_violins(found: Exploration) -> Drawing:
    """Draw how each measure is spread in each class: violin, quartiles and median."""
    drawn = found.sample.count_by_class()
    shown = [each for each in found.classes if drawn.get(each.value)]
    each_in = (_WIDTH_IN, 0.75 + _ROW_IN * len(shown))
    size = size_of_panels(len(found.measures), _ACROSS, each_in)
    caption = (
        f"{found.sample_words}\n{found.query_words}\n"
        "Bar: the middle half; dot: median. Axes end where 0.5 % of a class lie outside."
    )
    figure = new_figure("Violins of each class", caption, *size)
    targets: list[Target] = []
    axes_of = panels(figure, len(found.measures), _ACROSS, sharey=True)
    for axes, measure in zip(axes_of, found.measures, strict=True):
        targets += _draw_panel(axes, found, measure)
    if axes_of:
        names = [f"{each.name}\n{drawn[each.value]:,} px" for each in shown]
        axes_of[0].set_yticks(range(len(shown)), names)
    return Drawing(figure, targets)


def _draw_panel(axes: Axes, found: Exploration, measure: Measure) -> list[Target]:
    drawn = found.sample.count_by_class()
    values = [each.value for each in found.classes if drawn.get(each.value)]
    distributions = found.distributions[measure.name]
    limits = shown_range(distributions)
    targets: list[Target] = []
    for row, value in enumerate(values):
        if value in distributions and distributions[value].size:
            _draw_violin(axes, found, distributions, value, row, limits)
            words = f"with {looks_of(found.classes)[value].name} of {measure.name}"
            targets += _targets(axes, distributions[value], limits, row, words)
    axes.set_xlim(*limits)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xlabel(measure.words)
    tidy(axes, grid="x")
    return targets


def _draw_violin(
    axes: Axes,
    found: Exploration,
    distributions: Mapping[int, Distribution],
    value: int,
    row: int,
    limits: tuple[float, float],
) -> None:
    distribution, look = distributions[value], looks_of(found.classes)[value]
    # What lies outside of the axes would widen the kernel, and is not seen.
    inside = distribution.values[
        (distribution.values >= limits[0]) & (distribution.values <= limits[1])
    ]
    if np.ptp(inside) > 0 if inside.size > 1 else False:
        parts = axes.violinplot(
            [inside], [row], orientation="horizontal", widths=0.85, showextrema=False, points=120
        )
        for body in parts["bodies"]:  # type: ignore[attr-defined]
            body.set(**look.face, alpha=1)
    low, median, high = distribution.quantiles(_QUARTILES)
    axes.plot([low, high], [row, row], color=EDGE, linewidth=3, solid_capstyle="butt")
    axes.plot([median], [row], "o", color="white", markeredgecolor=EDGE, markersize=4)


def _targets(
    axes: Axes, distribution: Distribution, limits: tuple[float, float], row: int, words: str
) -> list[Target]:
    """Return targets along a violin: most wanted are its ends."""
    edges = [float(edge) for edge in np.linspace(*limits, _STEPS + 1)]
    targets = []
    for low, high in pairwise(edges):
        said = f"{words} {low:.3g} to {high:.3g}"
        chips = distribution.chips_between(low, high)
        targets.append(Target(axes, (low, high), (row - 0.45, row + 0.45), said, chips))
    return targets
