"""Outlines of pixels as polygons after RFC 7946: degrees, right-hand rule, antimeridian."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.results.ground import lonlat_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.grid import Grid

Ring = tuple[tuple[float, float], ...]
Polygon = tuple[Ring, ...]
"""An outer ring, counterclockwise, and its holes, clockwise; each closed, (longitude, latitude)."""

# 1e-7 degrees are 11 mm.
_DECIMALS = 7


def outline_pixels(is_own: NDArray[np.bool_], grid: Grid) -> tuple[Polygon, ...]:
    """Return polygons that follow the sides of pixels.

    Pixels that touch at a corner alone lie in different polygons: a ring that touches itself is no
    valid one.

    Parameters
    ----------
    is_own : ndarray of bool
        (y, x) the pixels.
    grid : Grid
        Their grid, of the same shape.
    """
    rings = _trace(is_own, grid)
    lon = np.concatenate([ring[0] for rings_ in rings for ring in rings_])
    if np.ptp(lon) <= 180:
        return tuple(_oriented(polygon) for polygon in rings)
    return _outline_halves(is_own, grid)


def outline_bounds(bounds: tuple[int, int, int, int], grid: Grid) -> tuple[Polygon, ...]:
    """Return the box in degrees around a window, given as (top, left, bottom, right) in pixels.

    It is two boxes where it crosses the antimeridian.
    """
    top, left, bottom, right = bounds
    along = np.linspace(0, 1, 33)
    columns, rows = left + (right - left) * along, top + (bottom - top) * along
    ends = np.ones_like(along)
    x = np.concatenate([columns, columns, left * ends, right * ends])
    y = np.concatenate([top * ends, bottom * ends, rows, rows])
    lon, lat = lonlat_of(grid, x, y)
    south, north = float(lat.min()), float(lat.max())
    if np.ptp(lon) <= 180:
        return (_box(float(lon.min()), south, float(lon.max()), north),)
    return (
        _box(float(lon[lon > 0].min()), south, 180.0, north),
        _box(-180.0, south, float(lon[lon < 0].max()), north),
    )


def geometry_of(polygons: tuple[Polygon, ...]) -> dict[str, Any]:
    """Return polygons as a GeoJSON geometry: Polygon, or MultiPolygon if there are several."""
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


_Line = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def _trace(is_own: NDArray[np.bool_], grid: Grid) -> list[list[_Line]]:
    """Return polygons as rings of longitudes and latitudes."""
    from rasterio.features import shapes

    found = shapes(is_own.astype(np.uint8), mask=is_own, connectivity=4)
    return [
        [lonlat_of(grid, *np.asarray(ring, np.float64).T) for ring in shape["coordinates"]]
        for shape, _ in found
    ]


def _outline_halves(is_own: NDArray[np.bool_], grid: Grid) -> tuple[Polygon, ...]:
    """Outline the pixels on each side of the antimeridian, cut off along it (RFC 7946, 3.1.9)."""
    columns, rows = np.meshgrid(np.arange(grid.width + 1.0), np.arange(grid.height + 1.0))
    lon = lonlat_of(grid, columns.ravel(), rows.ravel())[0].reshape(columns.shape)
    halves = ((is_own & _has_corner(lon > 0), 180.0), (is_own & _has_corner(lon < 0), -180.0))
    cut = [
        [line for line in (_cut(ring, limit) for ring in polygon) if _doubled_area(line)]
        for half, limit in halves
        for polygon in _trace(half, grid)
    ]
    return tuple(_oriented(polygon) for polygon in cut if polygon)


def _has_corner(corners: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which pixels (y, x) have a corner that is true, of (y + 1, x + 1) corners."""
    return corners[:-1, :-1] | corners[1:, :-1] | corners[:-1, 1:] | corners[1:, 1:]


def _cut(ring: _Line, limit: float) -> _Line:
    """Move what lies beyond the antimeridian onto it, and keep only the ends of each run there."""
    lon, lat = ring
    beyond = lon * limit < 0
    if not beyond.any():
        return ring
    # The ring is begun where it is not beyond; its last point only repeats the first.
    turn = -int(np.argmin(beyond))
    lon, lat = np.roll(lon[:-1], turn), np.roll(lat[:-1], turn)
    beyond = np.roll(beyond[:-1], turn)
    is_inner = beyond & np.roll(beyond, 1) & np.roll(beyond, -1)
    lon = np.where(beyond, limit, lon)[~is_inner]
    lat = lat[~is_inner]
    return np.append(lon, lon[0]), np.append(lat, lat[0])


def _oriented(polygon: list[_Line]) -> Polygon:
    return tuple(
        _closed(ring, is_counterclockwise=number == 0) for number, ring in enumerate(polygon)
    )


def _closed(ring: _Line, is_counterclockwise: bool) -> Ring:
    lon, lat = ring
    step = 1 if (_doubled_area(ring) > 0) == is_counterclockwise else -1
    points = zip(lon[::step].tolist(), lat[::step].tolist(), strict=True)
    return tuple((round(a, _DECIMALS), round(b, _DECIMALS)) for a, b in points)


def _doubled_area(ring: _Line) -> float:
    """Return twice the area in square degrees, positive where it runs counterclockwise."""
    # About its own first point: products of degrees would lose the digits of metres.
    x, y = ring[0] - ring[0][0], ring[1] - ring[1][0]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def _box(west: float, south: float, east: float, north: float) -> Polygon:
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return (tuple((round(a, _DECIMALS), round(b, _DECIMALS)) for a, b in corners),)
