"""Length, width and heading of small things, from how strongly each of their pixels is theirs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.results.ground import metres_per_pixel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.grid import Grid

# Second moment of a pixel about its own centre, in px²: a lone pixel is as long as a pixel.
_OF_A_PIXEL = 1 / 12
# Hulls end in points: by their moments they seem 5 % shorter than they are (the planted fleet of
# `samples.fleet`, tankers, bulkers, ferries and boats alike; docs/scene-objects.md has the table).
_HULL = 1.05
# Below these a heading says nothing: in hard masks of planted boats it was wrong by up to 33
# degrees at 1.4 times as long as wide, and by 90 for two pixels.
_LEAST_ELONGATION = 1.45
_LEAST_HEADED_PX = 3


@dataclass(frozen=True)
class Moments:
    """Where something lies and how it spreads, in pixels.

    Parameters
    ----------
    column, row : float
        Its centre; (0.5, 0.5) is the centre of the first pixel.
    spread : ndarray of float64
        (2, 2) second moments about the centre, columns first.
    """

    column: float
    row: float
    spread: NDArray[np.float64]


@dataclass(frozen=True)
class Size:
    """A thing on the ground: geodesic metres, and degrees from true north (0..180).

    ``heading_deg`` is None where it is as wide as long, or too small to tell.
    """

    length_m: float
    width_m: float
    heading_deg: float | None


def moments_of(weights: NDArray[np.float64], row: int, column: int) -> Moments:
    """Return the moments of weights (y, x) of 0..1, whose corner is a pixel of a grid."""
    rows, columns = np.nonzero(weights)
    shares = weights[rows, columns]
    points = np.stack([columns + column + 0.5, rows + row + 0.5])
    total = shares.sum()
    centre = points @ shares / total
    away = points - centre[:, None]
    return Moments(float(centre[0]), float(centre[1]), (away * shares) @ away.T / total)


def moments_of_sums(pixels: int, sums: NDArray[np.float64]) -> Moments:
    """Return the moments of a `Component`, every pixel of which counts as one."""
    _, rows, columns, rows2, mixed, columns2 = sums / pixels
    covariance = mixed - rows * columns
    spread = np.array([[columns2 - columns**2, covariance], [covariance, rows2 - rows**2]])
    return Moments(float(columns) + 0.5, float(rows) + 0.5, spread)


def measure(moments: Moments, pixels: int, grid: Grid) -> Size:
    """Return how large a thing is and where its axis points.

    Its length is that of a hull with the same second moment along the axis; its width what the area
    of its pixels leaves. The moment across would be widened by every blur, and a sum of
    probabilities would make doubtful things narrow.

    Parameters
    ----------
    moments : Moments
        In pixels of the grid.
    pixels : int
        How many pixels were called its own.
    grid : Grid
        The grid.
    """
    metres = metres_per_pixel(grid, moments.column, moments.row)
    spread = metres @ (moments.spread + _OF_A_PIXEL * np.eye(2)) @ metres.T
    (across, along), axes = np.linalg.eigh(spread)
    straight_m = math.sqrt(12 * along)
    width_m = pixels * abs(float(np.linalg.det(metres))) / straight_m
    length_m = _HULL * straight_m if pixels >= _LEAST_HEADED_PX else straight_m
    east, north = axes[:, 1]
    heading_deg = math.degrees(math.atan2(east, north)) % 180
    has_axis = pixels >= _LEAST_HEADED_PX and along >= across * _LEAST_ELONGATION**2
    return Size(length_m, min(width_m, length_m), heading_deg if has_axis else None)
