"""The grid of a map: a scene's ground in Web Mercator, fine enough to see and small enough to send.

Web Mercator's metres are longer than the ground's, by 1 / cos(latitude) or so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affine import Affine
from pyproj import Geod, Transformer
from pyproj.exceptions import ProjError
from rasterio.errors import CRSError, RasterioError
from rasterio.warp import calculate_default_transform

from s2label.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.grid import Grid

WEB_MERCATOR = "EPSG:3857"
WGS84 = "EPSG:4326"
# A whole tile of 110 km has 31 million pixels of 20 m, one of 60 km as many of 10 m.
MOST_PX = 38_000_000
_RADIUS_M = 6378137.0
# Web Mercator whose x goes on where that of EPSG:3857 ends, at 180 degrees.
_SHIFTED = (
    "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0={lon} +x_0={x} +y_0=0 +k=1 +units=m "
    "+nadgrids=@null +wktext +no_defs"
)
# Turned by the convergence of meridians, up to 5 degrees, each pixel of the raster then still has
# the middle of one of the map's in it: no vessel of one pixel gets lost.
_DENSER = 0.9
_STEPS = 20


@dataclass(frozen=True)
class MapGround:
    """Pixels of a map.

    Parameters
    ----------
    crs : str
        Web Mercator; where the ground crosses 180 degrees, one whose x goes on to the east of it.
    transform : Affine
        Pixel corners to metres of that CRS, north up.
    width, height : int
        Size in pixels.
    pixel_m : float
        Side of a pixel in true metres, in the middle of the map.
    """

    crs: str
    transform: Affine
    width: int
    height: int
    pixel_m: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top in metres of the CRS."""
        left, top = self.transform @ (0, 0)
        right, bottom = self.transform @ (self.width, self.height)
        return left, bottom, right, top

    def scaled(self, factor: float) -> MapGround:
        """Return the same ground in pixels of so many times the side."""
        return MapGround(
            self.crs,
            self.transform @ Affine.scale(factor),
            math.ceil(self.width / factor),
            math.ceil(self.height / factor),
            self.pixel_m * factor,
        )


def plan_ground(path: Path, grid: Grid, most_px: int = MOST_PX) -> MapGround:
    """Return the grid of the map of a raster: its own pixels, or 2, 3, … of them a side as one.

    Parameters
    ----------
    path : Path
        The raster, to name in an error.
    grid : Grid
        Where its pixels lie.
    most_px : int
        How many pixels the map may have.

    Raises
    ------
    InputError
        If the ground cannot be shown in Web Mercator, which ends near the poles.
    """
    try:
        crs = map_crs(grid)
        transform, width, height = calculate_default_transform(
            grid.crs, crs, grid.width, grid.height, *grid.bounds
        )
    except (CRSError, ProjError, RasterioError, ValueError) as error:
        raise _off_the_map(path) from error
    if not all(map(math.isfinite, tuple(transform)[:6])) or not width or not height:
        raise _off_the_map(path)
    pixel = Affine(*tuple(transform)[:6])
    middle = (2 * pixel.f + height * pixel.e) / 2
    native = MapGround(crs, pixel, width, height, pixel.a * metres_per_unit(middle))
    if grid.crs != crs:
        native = native.scaled(_DENSER)
    return native.scaled(_factor(native, most_px, pixel.a))


def _factor(native: MapGround, most_px: int, side: float) -> float:
    """Return by how much to enlarge pixels: 1, or what makes them 2, 3, … of the raster's."""
    if native.width * native.height <= most_px:
        return 1
    denser = native.transform.a / side
    times = math.ceil(math.sqrt(native.width * native.height / most_px) * denser)
    return max(times, 2) / denser


def map_crs(grid: Grid) -> str:
    """Return EPSG:3857, or one that goes on beyond 180 degrees where the ground does."""
    longitudes, _ = _outline_lonlat(grid)
    if max(longitudes) - min(longitudes) <= 180:
        return WEB_MERCATOR
    return _SHIFTED.format(lon=180, x=math.pi * _RADIUS_M)


def _outline_lonlat(grid: Grid) -> tuple[list[float], list[float]]:
    shares = [i / _STEPS for i in range(_STEPS + 1)]
    corners = [(s, e) for s in shares for e in (0, 1)] + [(e, s) for s in shares for e in (0, 1)]
    points = [grid.affine @ (x * grid.width, y * grid.height) for x, y in corners]
    to_lonlat = Transformer.from_crs(grid.crs, WGS84, always_xy=True)
    xs, ys = zip(*points, strict=True)
    longitudes, latitudes = to_lonlat.transform(xs, ys)
    if not all(map(math.isfinite, (*longitudes, *latitudes))) or max(map(abs, latitudes)) > 85:
        raise ValueError("no ground of the map")
    # Grids in degrees may go on beyond 180.
    return [(each + 180) % 360 - 180 for each in longitudes], list(latitudes)


def _off_the_map(path: Path) -> InputError:
    return InputError(
        path, "ground that Web Mercator cannot show", "ground between 85° S and 85° N"
    )


def metres_per_unit(y: float) -> float:
    """Return the true metres, along the parallel, of one metre of Web Mercator at a northing.

    That is N cos(latitude) / a, with the ellipsoid's radius N of the prime vertical; along the
    meridian it is up to 0.7 % less.
    """
    latitude = math.atan(math.sinh(y / _RADIUS_M))
    flattening = Geod(ellps="WGS84").es
    return math.cos(latitude) / math.sqrt(1 - flattening * math.sin(latitude) ** 2)
