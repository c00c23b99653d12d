"""Bands on another grid: copied where pixels agree, else resampled by transform; nodata first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window, intersect

from s2label.grid import Grid, aligned_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from rasterio import DatasetReader

    from s2label.types import BandRaster


@dataclass(frozen=True)
class Layer:
    """One band on a grid: ``pixels`` (y, x) in the raster's dtype, and what ground it covers.

    ``is_outside`` (y, x) tells where the raster does not reach; None if it reaches everywhere, or
    has a nodata value, which stands there.
    """

    pixels: NDArray[Any]
    is_outside: NDArray[np.bool_] | None = None


def read_layer(
    dataset: DatasetReader,
    source: Grid,
    index: int,
    target: Grid,
    resampling: Resampling = Resampling.bilinear,
    nodata: float | None = None,
) -> Layer:
    """Read one band of an open raster on another grid, and tell what ground lies outside it.

    Parameters
    ----------
    dataset, source, index : DatasetReader, Grid, int
        An open raster, its grid, and the band in it (from 1).
    target : Grid
        What is read; pixels of it that are pixels of the raster are copied.
    resampling : Resampling
        How everything else is made, by transform.
    nodata : float or None
        The nodata value where something besides the raster tells it.
    """
    nodata = dataset.nodata if nodata is None else nodata
    window = aligned_window(source, target)
    if window is not None:
        return _read_window(dataset, index, window, nodata)
    if nodata is not None:
        return Layer(_warped(dataset, index, target, resampling, nodata))
    return _resample_untagged(dataset, index, target, resampling)


def _read_window(dataset: DatasetReader, index: int, window: Window, nodata: float | None) -> Layer:
    """Read a window that may reach beyond the raster; what lies outside is nodata, or 0.

    rasterio's own boundless reading moves pixels of turned rasters.
    """
    whole = Window(0, 0, dataset.width, dataset.height)
    if not intersect(window, whole):
        inside = None
    else:
        inside = window.intersection(whole)
        if inside == window:
            return Layer(np.asarray(dataset.read(index, window=window)))
    shape = (window.height, window.width)
    pixels = np.full(shape, 0 if nodata is None else nodata, dtype=dataset.dtypes[index - 1])
    is_outside = np.ones(shape, dtype=bool)
    if inside is not None:
        y, x = inside.row_off - window.row_off, inside.col_off - window.col_off
        part = dataset.read(index, window=inside)
        pixels[y : y + part.shape[0], x : x + part.shape[1]] = part
        is_outside[y : y + part.shape[0], x : x + part.shape[1]] = False
    return Layer(pixels, is_outside if nodata is None else None)


def _resample_untagged(
    dataset: DatasetReader, index: int, target: Grid, resampling: Resampling
) -> Layer:
    """Resample a raster without a nodata value: 0 may be one, and never mixes with its neighbours.

    Whether 0 is a value is told by all bands together (`valid_pixels`): it has to stay 0.
    """
    size = {"height": target.height, "width": target.width}
    options = {"crs": target.crs, "transform": target.affine, "resampling": Resampling.nearest}
    with WarpedVRT(dataset, add_alpha=True, **options, **size) as warped:
        nearest, alpha = warped.read([index, warped.count])
    if resampling is Resampling.nearest:
        return Layer(nearest, alpha == 0)
    pixels = _warped(dataset, index, target, resampling, 0)
    pixels[nearest == 0] = 0
    return Layer(pixels, alpha == 0)


def _warped(
    dataset: DatasetReader,
    index: int,
    target: Grid,
    resampling: Resampling,
    nodata: float,
) -> NDArray[Any]:
    options = {"crs": target.crs, "transform": target.affine, "resampling": resampling}
    size = {"height": target.height, "width": target.width}
    with WarpedVRT(dataset, src_nodata=nodata, nodata=nodata, **options, **size) as warped:
        return np.asarray(warped.read(index))


def stack_layers(layers: Sequence[Layer], bands: Sequence[BandRaster]) -> NDArray[Any]:
    """Return bands that were read apart as one array, (band, y, x), as `read_bands` does."""
    outside = [layer.is_outside for layer in layers if layer.is_outside is not None]
    if outside:
        is_outside = np.logical_or.reduce(outside)
        for layer, band in zip(layers, bands, strict=True):
            layer.pixels[is_outside] = 0 if band.nodata is None else band.nodata
    return np.stack([layer.pixels for layer in layers])
