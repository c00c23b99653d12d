"""Pixels of a grid on the ground: degrees, and what a step of one pixel is in geodesic metres."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Geod, Transformer
from pyproj.exceptions import ProjError

from s2label.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.grid import Grid

    Floats = NDArray[np.float64]

_GEOD = Geod(ellps="WGS84")
# The steps on which a pixel's size is measured: long enough for the digits of degrees.
_REACH_PX = 5.0


@lru_cache(maxsize=8)
def _to_degrees(crs: str) -> Transformer:
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def lonlat_of(grid: Grid, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Return longitude (-180..180) and latitude, in degrees, of points of a grid.

    Parameters
    ----------
    grid : Grid
        The grid.
    columns, rows : ndarray of float64
        Pixels from its corner; (0.5, 0.5) is the centre of the first one.
    """
    a, b, c, d, e, f = grid.transform
    xs, ys = a * columns + b * rows + c, d * columns + e * rows + f
    lon, lat = _to_degrees(grid.crs).transform(xs, ys)
    lon, lat = np.asarray(lon), np.asarray(lat)
    # Grids in degrees may go on beyond 180.
    return np.where(np.abs(lon) > 180, (lon + 180) % 360 - 180, lon), lat


def require_degrees(path: Path, grid: Grid) -> None:
    """Raise `InputError` if nobody knows where on Earth the pixels of a raster lie."""
    middle = np.array([grid.width / 2]), np.array([grid.height / 2])
    try:
        is_known = bool(np.isfinite(lonlat_of(grid, *middle)).all())
    except ProjError:
        is_known = False
    if not is_known:
        found = f"a CRS without longitude and latitude ({grid.crs.split(',')[0][:80]})"
        raise InputError(path, found, "a georeferenced scene")


def metres_per_pixel(grid: Grid, column: float, row: float) -> Floats:
    """Return the geodesic metres (east and north) of one pixel's step, at a point of a grid.

    A map's own units will not do: those of EPSG:3857 are stretched by 1 / cos(latitude), those of
    UTM by 0.9996 to 1.001, and a map's north is not the true one.

    Returns
    -------
    ndarray of float64
        (2, 2): east and north of a step along the columns, in the first column, and along the rows.
    """
    steps = np.array([[-1, 1, 0, 0], [0, 0, -1, 1]]) * _REACH_PX
    lon, lat = lonlat_of(grid, column + steps[0], row + steps[1])
    azimuth_deg, _, metres = _GEOD.inv(lon[[0, 2]], lat[[0, 2]], lon[[1, 3]], lat[[1, 3]])
    # Azimuths at the first end of a step of 100 m differ from those in its middle by 1e-4 degrees.
    azimuth = np.radians(azimuth_deg)
    ahead = np.stack([np.sin(azimuth), np.cos(azimuth)]) * metres
    return np.asarray(ahead / (2 * _REACH_PX))
