"""Cheapest ways over an image: what lies far from a start, or is unlike it, costs more to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP_COST = 0.1
# Vessels are long: steps along the axis are shorter, steps across it longer, by this factor.
_STRETCH = 1.6
_AXIS_PX = 7
_ANGLES = 16


def cheapest_ways(
    unlike: NDArray[np.float32], passable: NDArray[np.bool_], start: tuple[int, int]
) -> NDArray[np.float32]:
    """Return what the cheapest way from a start to each pixel costs, inf where none leads.

    Parameters
    ----------
    unlike : ndarray
        float32 (y, x): how unlike the start each pixel is, 0..1.
    passable : ndarray
        bool (y, x): where ways may lead, the start included.
    start : tuple of int
        (x, y) where all ways begin.
    """
    number = np.arange(passable.size).reshape(passable.shape)
    axis = _find_axis(np.where(passable, unlike, 1), start)
    starts, ends, costs = [], [], []
    for x, y in ((1, 0), (0, 1), (1, 1), (-1, 1)):
        here, there = _neighbours(x, y)
        both = passable[here] & passable[there]
        starts.append(number[here][both])
        ends.append(number[there][both])
        between = (unlike[here] + unlike[there])[both] / 2
        costs.append(_length(x, y, axis) * (_STEP_COST + between))
    steps = (np.concatenate(costs), (np.concatenate(starts), np.concatenate(ends)))
    graph = csr_array(steps, shape=(passable.size, passable.size))
    ways = dijkstra(graph, directed=False, indices=number[start[1], start[0]])
    return np.asarray(ways, np.float32).reshape(passable.shape)


def _find_axis(unlike: NDArray[np.float32], start: tuple[int, int]) -> tuple[float, float]:
    """Return the direction (x, y), of length 1, in which the ground stays most like the start."""
    angles = np.arange(_ANGLES) * np.pi / _ANGLES
    steps = np.arange(-_AXIS_PX, _AXIS_PX + 1)
    columns = np.rint(start[0] + np.outer(np.cos(angles), steps)).astype(int)
    rows = np.rint(start[1] + np.outer(np.sin(angles), steps)).astype(int)
    height, width = unlike.shape
    lines = unlike[rows.clip(0, height - 1), columns.clip(0, width - 1)]
    best = angles[lines.mean(axis=1).argmin()]
    return float(np.cos(best)), float(np.sin(best))


def _neighbours(x: int, y: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return slices of all pixels that have a neighbour at (x, y), y 0 or 1, and of those."""
    rows, rows_there = slice(None, -y or None), slice(y, None)
    columns, columns_there = (
        slice(max(0, -x), -max(0, x) or None),
        slice(max(0, x), min(0, x) or None),
    )
    return (rows, columns), (rows_there, columns_there)


def _length(x: int, y: int, axis: tuple[float, float]) -> float:
    """Return how long a step is: shorter along the axis, longer across it."""
    along, across = x * axis[0] + y * axis[1], y * axis[0] - x * axis[1]
    return float(np.hypot(along / _STRETCH, across * _STRETCH))
