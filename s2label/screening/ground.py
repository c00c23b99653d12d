"""The pixels under a patch of images: each raster is read once, with what lies around the images.

A tile of 64 px is too small to judge alone. Images cut from one scene that lie near each other are
read as one patch with a margin, from the scene itself or, where chips are stored, from the chips.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rasterio.enums import Resampling

from s2label.errors import InputError
from s2label.grid import Grid, aligned_window
from s2label.raster import grid_of, reflectance, valid_pixels
from s2label.resampling import Layer, read_layer, stack_layers

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.raster import RasterPool
    from s2label.types import BandRaster, ImageRecord

# Pixels of less than this are measured in degrees, not in metres.
_LARGEST_DEGREES = 0.1
_PIXEL_M = 10.0


@dataclass(frozen=True)
class Target:
    """An image to be screened: its ground, and the file of its mask, if something is labelled."""

    image: ImageRecord
    grid: Grid
    mask: Path | None = None

    @property
    def rasters(self) -> dict[str, BandRaster]:
        """All its rasters by name, bands and others."""
        return {r.name: r for r in (*self.image.rasters, *self.image.bands)}


@dataclass(frozen=True)
class Patch:
    """Images of one scene and their neighbours, on a grid that holds the images and a margin.

    ``neighbours`` are images that reach into the margin; they matter where each chip is a file of
    its own.
    """

    targets: tuple[Target, ...]
    grid: Grid
    neighbours: tuple[Target, ...] = ()

    @property
    def image(self) -> ImageRecord:
        """One of its images: all of them have the same rasters, read by the same scale."""
        return self.targets[0].image

    def part_of(self, target: Target) -> tuple[slice, slice]:
        """Return where an image lies in the patch, as slices of (y, x)."""
        window = aligned_window(self.grid, target.grid)
        if window is None:
            raise ValueError(f"{target.image.id} does not lie on the pixels of its patch")
        rows = slice(window.row_off, window.row_off + window.height)
        return rows, slice(window.col_off, window.col_off + window.width)


class Ground:
    """Reads a patch; what was read once is kept.

    Parameters
    ----------
    patch : Patch
        What to read.
    pool : RasterPool
        Keeps files open.
    """

    def __init__(self, patch: Patch, pool: RasterPool) -> None:
        self.patch = patch
        self._pool = pool
        self._bands: NDArray[Any] | None = None

    @property
    def image(self) -> ImageRecord:
        """One of the images: they differ in ground only."""
        return self.patch.image

    @property
    def grid(self) -> Grid:
        """Ground of all images with the margin."""
        return self.patch.grid

    @property
    def pixel_m(self) -> float:
        """Side of a pixel; on a grid of degrees nobody knows metres, and Sentinel-2 has 10."""
        width, height = self.grid.gsd
        return (width * height) ** 0.5 if width > _LARGEST_DEGREES else _PIXEL_M

    def dn(self) -> NDArray[Any]:
        """Return the images' own bands as they are stored, (band, y, x)."""
        if self._bands is None:
            bands = self.image.bands
            layers = [self._layer(band.name, Resampling.bilinear) for band in bands]
            self._bands = stack_layers(layers, bands)
        return self._bands

    def has_data(self) -> NDArray[np.bool_]:
        """Return where the images' own bands hold data, (y, x)."""
        return valid_pixels(self.dn(), [band.nodata for band in self.image.bands])

    def reflectance(self, names: tuple[str, ...]) -> dict[str, NDArray[np.float32]]:
        """Return bands by name as reflectance (y, x), NaN at nodata; those not there are left out.

        Also bands that were not imported, where their product is at hand.
        """
        own = {band.name: n for n, band in enumerate(self.image.bands)}
        values = reflectance(self.dn(), self.image.bands)
        found = {name: values[own[name]] for name in names if name in own}
        others = {r.name: r for r in self.image.rasters if r.name not in own}
        for name in names:
            record = others.get(name)
            if record is not None and record.quantification:
                found[name] = self._other(record)
        return found

    def _other(self, record: BandRaster) -> NDArray[np.float32]:
        """Return a band that is not the images' own; where it is 0, they tell whether that is data.

        B10 is 0 over most ground, and other bands are over dark water.
        """
        layer = self._layer(record.name, Resampling.bilinear)
        is_missing = ~self.has_data()
        if layer.is_outside is not None:
            is_missing |= layer.is_outside
        if record.nodata is not None:
            is_missing |= layer.pixels == record.nodata
        values = (layer.pixels.astype(np.float32) + record.offset_dn) / record.quantification
        values[is_missing] = np.nan
        return np.asarray(values, np.float32)

    def layer(self, name: str, index: int | None = None) -> Layer:
        """Return a raster of classes or probabilities, nearest pixels.

        Parameters
        ----------
        name : str
            Name of the raster.
        index : int, optional
            Another band of the same file.
        """
        return self._layer(name, Resampling.nearest, index)

    def _layer(self, name: str, resampling: Resampling, index: int | None = None) -> Layer:
        members = (*self.patch.targets, *self.patch.neighbours)
        files = {t.rasters[name].source.path: t for t in reversed(members) if name in t.rasters}
        if len(files) == 1:
            return self._read(self.patch.targets[0].rasters[name], self.grid, resampling, index)
        return self._pasted(name, list(files.values()), index)

    def _read(
        self, raster: BandRaster, grid: Grid, resampling: Resampling, index: int | None
    ) -> Layer:
        number = index or raster.index
        with self._pool.open(raster.source.path) as dataset:
            if number > dataset.count:
                found, expected = f"{dataset.count} bands", f"at least {number}"
                raise InputError(raster.source.path, found, expected, "download it anew")
            source = grid_of(dataset)
            return read_layer(dataset, source, number, grid, resampling, raster.nodata)

    def _pasted(self, name: str, members: list[Target], index: int | None) -> Layer:
        """Put a raster together that lies in many files, one an image."""
        pixels: NDArray[Any] | None = None
        is_outside = np.ones(self.grid.shape, np.bool_)
        for member in members:
            rows, columns = self._inside(member)
            ground = _window_of(self.grid, rows, columns)
            layer = self._read(member.rasters[name], ground, Resampling.nearest, index)
            if pixels is None:
                fill = member.rasters[name].nodata or 0
                pixels = np.full(self.grid.shape, fill, layer.pixels.dtype)
            pixels[rows, columns] = layer.pixels
            is_outside[rows, columns] = False
        assert pixels is not None
        has_tag = members[0].rasters[name].nodata is not None
        return Layer(pixels, None if has_tag else is_outside)

    def _inside(self, member: Target) -> tuple[slice, slice]:
        rows, columns = self.patch.part_of(member)
        height, width = self.grid.shape
        return (
            slice(max(0, rows.start), min(height, rows.stop)),
            slice(max(0, columns.start), min(width, columns.stop)),
        )


def _window_of(grid: Grid, rows: slice, columns: slice) -> Grid:
    height, width = rows.stop - rows.start, columns.stop - columns.start
    return grid.window(columns.start, rows.start, width, height)
