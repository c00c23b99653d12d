"""A figure that is drawn, and what lies where in it: what a click on a bar or a point means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Target:
    """A part of axes behind which there are chips.

    Parameters
    ----------
    axes : Axes
        Where it is.
    across, up : tuple of float, optional
        From where to where, in numbers of the axes; None: all of them.
    words : str
        What these chips have in common.
    chips : tuple of int
        Their numbers.
    margin_px : float
        How far beside it a click still means it.
    """

    axes: Axes
    across: tuple[float, float] | None
    up: tuple[float, float] | None
    words: str
    chips: tuple[int, ...]
    margin_px: float = 0.0


@dataclass(frozen=True)
class Region:
    """A target as shares of the picture: left, top, right, bottom, 0..1 from its upper left."""

    box: tuple[float, float, float, float]
    words: str
    chips: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure and what one can click on in it; small targets go before large ones."""

    figure: Figure
    targets: list[Target] = field(default_factory=list)

    def regions(self) -> list[Region]:
        """Return where the targets are; the figure is laid out for that, and stays so."""
        self.figure.draw_without_rendering()
        # Else every drawing would find the same room anew; and while there is an engine, even one
        # that does nothing ("none"), saving draws twice.
        self.figure.set_layout_engine(None)
        found = [self._region(target) for target in self.targets if target.chips]
        return [region for region in found if region is not None]

    def _region(self, target: Target) -> Region | None:
        axes = target.axes
        across = target.across or axes.get_xlim()
        up = target.up or axes.get_ylim()
        corners = axes.transData.transform([(across[0], up[0]), (across[1], up[1])])
        low = np.maximum(corners.min(axis=0) - target.margin_px, axes.bbox.min)
        high = np.minimum(corners.max(axis=0) + target.margin_px, axes.bbox.max)
        if not (high > low).all():  # outside of what is shown
            return None
        (left, bottom), (right, top) = low / self.figure.bbox.size, high / self.figure.bbox.size
        box = (float(left), float(1 - top), float(right), float(1 - bottom))
        return Region(box, target.words, target.chips)


def cell_targets(
    axes: Axes,
    x: NDArray[np.floating],
    y: NDArray[np.floating],
    chips: Sequence[Iterable[int]],
    words: Callable[[str, str], str],
    cells: tuple[int, int] = (100, 70),
) -> list[Target]:
    """Return a target for each cell of a grid over axes that holds points.

    Parameters
    ----------
    axes : Axes
        Whose limits are set.
    x, y : ndarray
        (point,) where points are.
    chips : sequence of iterable of int
        Chips of each point.
    words : callable
        Says what they have in common, given x and y of the middle of the cell.
    cells : tuple of int
        How many cells across and up.
    """
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    columns = np.floor((x - left) / (right - left) * cells[0])
    rows = np.floor((y - bottom) / (top - bottom) * cells[1])
    of_cell: dict[tuple[int, int], set[int]] = {}
    is_in = (columns >= 0) & (columns < cells[0]) & (rows >= 0) & (rows < cells[1])
    for point in np.flatnonzero(is_in).tolist():
        key = (int(columns[point]), int(rows[point]))
        of_cell.setdefault(key, set()).update(chips[point])
    width, height = (right - left) / cells[0], (top - bottom) / cells[1]
    targets = []
    for (column, row), numbers in of_cell.items():
        begin = (left + column * width, bottom + row * height)
        middle = (begin[0] + width / 2, begin[1] + height / 2)
        across, up = (begin[0], begin[0] + width), (begin[1], begin[1] + height)
        said = words(*(f"{number:.3g}" for number in middle))
        targets.append(Target(axes, across, up, said, tuple(sorted(numbers)), margin_px=2))
    return targets
