"""Footprints of places on the ground, and the distances between them, whatever their CRS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Transformer
from scipy.spatial import cKDTree

from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from s2label.grid import Grid

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

_EARTH_RADIUS_M = 6_371_000.0
# Bounds the memory for candidate pairs; chips of 64 px have some 90 neighbours each.
_PLACES_AT_ONCE = 1000


@dataclass(frozen=True, eq=False)
class Footprints:
    """Footprints in geocentric metres: corners (place, 4, 3) in turn, centres (place, 3).

    `outer_m` and `inner_m` are the radii of the circles around and in a footprint; `slack_m`
    bounds how far its edges bend away from straight lines (sagitta, doubled for parallels).
    """

    corners: Floats
    centres: Floats
    outer_m: Floats
    inner_m: Floats
    slack_m: Floats


def locate(grids: Sequence[Grid]) -> Footprints:
    """Return the footprints of grids.

    Raises
    ------
    InputError
        If one lies nowhere on Earth.
    """
    numbers = np.array([(*g.transform, g.width, g.height) for g in grids], dtype=float)
    a, b, c, d, e, f, width, height = numbers.T[..., None]
    column, row = width * np.array([0, 1, 1, 0]), height * np.array([0, 0, 1, 1])
    x, y = a * column + b * row + c, d * column + e * row + f
    corners = np.empty((len(grids), 4, 3))
    names = np.array([g.crs for g in grids], dtype=object)
    for crs in sorted(set(names)):
        here = names == crs
        corners[here] = _geocentric(crs, x[here], y[here])
    centres = corners.mean(axis=1)
    outer_m = np.linalg.norm(corners - centres[:, None], axis=2).max(axis=1)
    along, down = corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0]
    sides = np.stack([np.linalg.norm(along, axis=1), np.linalg.norm(down, axis=1)])
    inner_m = np.linalg.norm(np.cross(along, down), axis=1) / sides.max(axis=0) / 2
    return Footprints(corners, centres, outer_m, inner_m, (2 * outer_m) ** 2 / 4 / _EARTH_RADIUS_M)


def _geocentric(crs: str, x: Floats, y: Floats) -> Floats:
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    to_earth = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    points = np.stack(to_earth.transform(lon, lat, np.zeros_like(lon)), axis=-1)
    if not np.isfinite(points).all():
        advice = "check CRS and geotransform of the source"
        raise InputError(crs, "a place that lies nowhere on Earth", advice=advice)
    return points


def candidates(
    footprints: Footprints, some: Indices, others: Indices, limit_m: float
) -> Iterator[tuple[Indices, Indices, Floats]]:
    """Yield pairs whose outer circles are near enough, with the distance of their centres."""
    outer_m, centres = footprints.outer_m, footprints.centres
    # By powers of two of size, lest one whole scene make every chip a candidate of every other.
    size = np.ceil(np.log2(outer_m + 1))
    for larger in np.unique(size[others]):
        among = others[size[others] == larger]
        tree = cKDTree(centres[among])
        for smaller in np.unique(size[some]):
            of = some[size[some] == smaller]
            reach_m = outer_m[of].max() + outer_m[among].max() + max(limit_m, 0) * 1.01 + 1
            for start in range(0, len(of), _PLACES_AT_ONCE):
                part = of[start : start + _PLACES_AT_ONCE]
                near = cKDTree(centres[part]).sparse_distance_matrix(
                    tree, reach_m, output_type="ndarray"
                )
                yield part[near["i"]], among[near["j"]], near["v"]


def gap_m(footprints: Footprints, first: Indices, second: Indices) -> Floats:
    """Return the distance of convex footprints, negative by how deep they overlap.

    By the separating axis theorem: the greatest gap between the shadows of two convex shapes
    on any line is their distance; the line is square to an edge or runs from corner to corner.
    """
    a, b = _on_plane(footprints, first, second)
    edges = np.concatenate([np.roll(a, -1, axis=1) - a, np.roll(b, -1, axis=1) - b], axis=1)
    square = np.stack([-edges[..., 1], edges[..., 0]], axis=-1)
    across = (b[:, None] - a[:, :, None]).reshape(len(a), 16, 2)
    axes = np.concatenate([square, across], axis=1)
    length = np.linalg.norm(axes, axis=2)
    axes /= np.maximum(length, 1e-9)[..., None]
    on_a, on_b = axes @ a.swapaxes(1, 2), axes @ b.swapaxes(1, 2)
    gaps = np.maximum(on_b.min(axis=2) - on_a.max(axis=2), on_a.min(axis=2) - on_b.max(axis=2))
    # Corners that coincide give no direction, and a gap of 0 that means nothing.
    return np.asarray(np.where(length > 1e-6, gaps, -np.inf).max(axis=1, initial=-np.inf))


def _on_plane(footprints: Footprints, first: Indices, second: Indices) -> tuple[Floats, Floats]:
    """Return corners (pair, 4, 2) in metres on the plane that touches Earth between a pair."""
    middle = (footprints.centres[first] + footprints.centres[second]) / 2
    up = middle / np.linalg.norm(middle, axis=1, keepdims=True)
    # Any direction but up will do, at the poles too: the axis that is least like it.
    aside = np.eye(3)[np.abs(up).argmin(axis=1)]
    east = np.cross(aside, up)
    east /= np.linalg.norm(east, axis=1, keepdims=True)
    plane = np.stack([east, np.cross(up, east)], axis=2)
    a, b = (footprints.corners[side] - middle[:, None] for side in (first, second))
    return a @ plane, b @ plane
