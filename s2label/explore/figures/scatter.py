"""Two measures against each other, a point per pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.explore.figures.drawing import Drawing, Target, cell_targets
from s2label.explore.figures.looks import (
    EDGE,
    looks_of,
    new_figure,
    panels,
    size_of_panels,
    tidy,
    write_title,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from s2label.explore.exploration import Exploration
    from s2label.explore.measures import Measure

    Floats = NDArray[np.float32]

_ACROSS, _EACH_IN = 2, (3.6, 3.2)
_SIZE_PT = 6.0
_SHOWN = (0.002, 0.998)


def draw_scatter(found: Exploration, across: Measure, up: Measure) -> Drawing:
    """Draw two measures of the pixels that were drawn: a panel per class, the others in grey."""
    values = sorted(found.sample.count_by_class())
    caption = (
        f"{found.sample_words}\n{found.query_words}\n"
        "Grey: the other classes. Axes end where 0.2 % of all points drawn lie outside."
    )
    size = size_of_panels(len(values), _ACROSS, _EACH_IN)
    figure = new_figure(f"{up.name} against {across.name}", caption, *size)
    x, y = (each.evaluate(found.sample.by_name) for each in (across, up))
    axes_of = panels(figure, len(values), _ACROSS, sharex=True, sharey=True)
    _frame(axes_of, x, y)
    targets: list[Target] = []
    for axes, value in zip(axes_of, values, strict=True):
        targets += _draw_panel(axes, found, x, y, value, (across.name, up.name))
    for axes in axes_of[-_ACROSS:]:
        axes.set_xlabel(across.words)
        axes.tick_params(labelbottom=True)
    for axes in axes_of[::_ACROSS]:
        axes.set_ylabel(up.words)
    return Drawing(figure, targets)


def _draw_panel(
    axes: Axes, found: Exploration, x: Floats, y: Floats, value: int, names: tuple[str, str]
) -> list[Target]:
    look, is_it = looks_of(found.classes)[value], found.sample.classes == value
    # As pictures: twenty thousand shapes make an SVG that nothing opens.
    axes.plot(x[~is_it], y[~is_it], ",", color="#b4b8be", rasterized=True)
    axes.scatter(
        x[is_it],
        y[is_it],
        s=_SIZE_PT,
        c=look.colour,
        marker=look.marker,
        edgecolors=EDGE,
        linewidths=0.2,
        zorder=2,
        rasterized=True,
    )
    count = int((np.isfinite(x) & np.isfinite(y) & is_it).sum())
    write_title(axes, f"{look.name}, {count:,} px")
    tidy(axes)
    chips = [(number,) for number in found.sample.chips[is_it].tolist()]

    def words(across: str, up: str) -> str:
        return f"with {look.name} of {names[0]} {across} and {names[1]} {up}"

    return cell_targets(axes, x[is_it], y[is_it], chips, words)


def _frame(axes_of: Sequence[Axes], x: Floats, y: Floats) -> None:
    is_there = np.isfinite(x) & np.isfinite(y)
    for axes in axes_of:
        if is_there.any():
            axes.set_xlim(*_limits(x[is_there]))
            axes.set_ylim(*_limits(y[is_there]))
        axes.set_autoscale_on(False)


def _limits(values: Floats) -> tuple[float, float]:
    low, high = (float(v) for v in np.quantile(values, _SHOWN))
    margin = max(0.03 * (high - low), 1e-3)
    return low - margin, high + margin
