"""Rasters of a result on the ground of a map, piece by piece: no raster is ever held whole."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.vrt import WarpedVRT

from s2label.errors import InputError
from s2label.raster import explained, open_raster
from s2label.types import NOT_LABELLED, Lifetime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from rasterio.windows import Window

    from s2label.webmap.ground import MapGround

# What GDAL may keep of a source while it warps.
_MEMORY_MB = 64


@contextmanager
def open_classes(path: Path, ground: MapGround, lifetime: Lifetime) -> Iterator[WarpedVRT]:
    """Open a class raster on the ground of a map.

    Where several of its pixels become one, land cover takes what most of them are. What moves is
    a few pixels large and would vanish so: one pixel of it is enough, the highest class value
    where there are several.
    """
    merged = Resampling.max if lifetime is Lifetime.MOVING else Resampling.mode
    # Its overviews keep every second pixel only, whatever is between.
    with (
        explained(path),
        rasterio.open(path, OVERVIEW_LEVEL="NONE") as raster,
        _warped(
            raster,
            ground,
            merged if _shrinks(raster, ground) else Resampling.nearest,
            nodata=NOT_LABELLED,
        ) as warped,
    ):
        yield warped


@contextmanager
def open_picture(path: Path, ground: MapGround) -> Iterator[WarpedVRT]:
    """Open an RGB raster (3 x uint8, perhaps with alpha) on the ground of a map.

    Raises
    ------
    InputError
        If it is no such raster.
    """
    with open_raster(path) as raster:
        if raster.count not in (3, 4) or set(raster.dtypes) != {"uint8"}:
            found = f"{raster.count} bands of {raster.dtypes[0]}"
            raise InputError(path, found, "an RGB raster: 3 bands of uint8, perhaps with alpha")
        has_alpha = ColorInterp.alpha in raster.colorinterp
        options: dict[str, Any] = {} if has_alpha else {"add_alpha": True}
        resampling = Resampling.average if _shrinks(raster, ground) else Resampling.bilinear
        with _warped(raster, ground, resampling, **options) as warped:
            yield warped


def _shrinks(raster: rasterio.DatasetReader, ground: MapGround) -> bool:
    return bool(raster.width > 1.2 * ground.width)


def _warped(
    raster: rasterio.DatasetReader, ground: MapGround, resampling: Resampling, **options: Any
) -> WarpedVRT:
    return WarpedVRT(
        raster,
        src_crs=_crs_of(raster),
        crs=ground.crs,
        transform=ground.transform,
        width=ground.width,
        height=ground.height,
        resampling=resampling,
        warp_mem_limit=_MEMORY_MB,
        # A tenth of the pixel of a map; half of one would be seen.
        tolerance=0.1,
        **options,
    )


def _crs_of(raster: rasterio.DatasetReader) -> CRS:
    """Return the CRS of a raster; of one in degrees that go on beyond 180, one that does, too."""
    left, _, right, _ = raster.bounds
    if not raster.crs.is_geographic or max(-left, right) <= 180:
        return raster.crs
    return CRS.from_string(f"{raster.crs.to_proj4()} +lon_wrap={(left + right) / 2:.6f}")


def read_picture(warped: WarpedVRT, window: Window) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Read a piece of what `open_picture` opened: uint8 (3, y, x) and where there is ground."""
    bands = warped.read(window=window)
    return bands[:3], bands[3] > 127
