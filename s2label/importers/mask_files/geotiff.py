"""Class masks as GeoTIFF (or JPEG2000), matched by the ground they cover."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from rasterio.enums import Resampling

from s2label.errors import InputError
from s2label.grid import aligned_window
from s2label.importers.mask_files.found_mask import FoundMask, NoMaskError, Rank, size_words
from s2label.importers.mask_files.ground import covers
from s2label.importers.mask_files.header import open_mask
from s2label.importers.mask_files.values import (
    known_values,
    stored_values,
    warnings_of_values,
)
from s2label.raster import read_on_grid, source_of

if TYPE_CHECKING:
    from pathlib import Path

    import rasterio
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.importers.mask_files.found_mask import Scene, Shape
    from s2label.importers.mask_files.header import Header
    from s2label.types import ClassTable

_MAX_BANDS = 2


class GeoTiffFile:
    """A raster of one or two bands that may be a class mask."""

    def __init__(self, header: Header) -> None:
        self._header = header

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._header.path

    @property
    def grid(self) -> Grid | None:
        """Where it lies on the ground, None when it does not say."""
        return self._header.grid

    @property
    def names(self) -> frozenset[str]:
        """Its stem."""
        return frozenset((self.path.stem,))

    @property
    def shapes(self) -> frozenset[Shape]:
        """Its size (height, width) where size has to do; empty for a georeferenced raster."""
        return frozenset(() if self.grid else (self._header.shape,))

    def rank(self, scene: Scene) -> Rank | None:
        """Tell how it matches: on the ground where it has one, else by stem or size."""
        has_name = scene.name == self.path.stem
        if self.grid is None:
            by_size = Rank.SIZE if scene.grid.shape == self._header.shape else None
            return Rank.NAME if has_name else by_size
        if not covers(self.grid, scene.grid):
            return None
        other = Rank.SAME_GRID if self.grid.is_same_as(scene.grid) else Rank.GROUND
        return Rank.NAME if has_name else other

    def read(self, scene: Scene, table: ClassTable) -> FoundMask:
        """Read the class band, and the provenance of our own masks, on the scene's grid.

        Raises
        ------
        NoMaskError
            If its numbers are those of an image.
        InputError
            If it has the scene's name, no georeference and another size.
        """
        with open_mask(self.path) as dataset:
            raw = self._read_band(dataset, 1, scene)
            own = self._read_band(dataset, 2, scene) if self._header.is_own_mask else None
        if own is not None:
            # In our own files 0 is background that somebody may have verified, unless they say so.
            table = replace(table, source_void=self._header.own_void)
        stored = self._stored(raw, table)
        kind = "s2label mask" if own is not None else "GeoTIFF"
        warnings = self._warnings(scene, table) + warnings_of_values(stored, self.path)
        sources = (source_of(self.path),)
        return FoundMask(stored, sources, f"{kind} {self.path.name}", warnings, own)

    def _read_band(self, dataset: rasterio.DatasetReader, index: int, scene: Scene) -> NDArray[Any]:
        if self.grid is not None:
            return read_on_grid(dataset, index, scene.grid, Resampling.nearest)
        if self._header.shape != scene.grid.shape:
            found = f"{size_words(self._header.shape)} without georeference"
            raise InputError(self.path, found, f"{size_words(scene.grid.shape)} as {scene.name}")
        return np.asarray(dataset.read(index))

    def _stored(self, raw: NDArray[Any], table: ClassTable) -> NDArray[np.uint8]:
        void = void_pixels(raw, self._header.nodata, table)
        if np.issubdtype(raw.dtype, np.floating):
            raw = whole_numbers(raw, void, self.path)
        return stored_values(raw, table, self.path, void)

    def _warnings(self, scene: Scene, table: ClassTable) -> tuple[str, ...]:
        lines = []
        name, nodata = self.path.name, self._header.nodata
        if nodata is not None and nodata in table.values:
            lines.append(f"{name}: the nodata tag {nodata:g} is a class value and is not applied")
        if self.grid is not None and self.grid.crs != scene.grid.crs:
            lines.append(f"{name}: reprojected (nearest) to {scene.grid.crs[:40]}")
        elif self.grid is not None and aligned_window(self.grid, scene.grid) is None:
            lines.append(f"{name}: its pixels are not the scene's; resampled (nearest)")
        return tuple(lines)


def refuse_bands(header: Header) -> None:
    """Raise NoMaskError for a raster whose bands cannot be a mask's."""
    if len(header.dtypes) > _MAX_BANDS:
        found = f"{len(header.dtypes)} bands"
        raise NoMaskError(header.path, found, "a mask of one band, or of class and provenance")
    if header.dtypes[0].startswith("complex"):
        raise NoMaskError(header.path, "complex numbers", "whole numbers")


def void_pixels(
    raw: NDArray[Any], nodata: float | None, table: ClassTable
) -> NDArray[np.bool_] | None:
    """Return the pixels that a nodata tag takes out; None where it is one of the mask's values.

    A tag of 0 stands on many masks in which 0 is a class, and 255 is ignore with or without tag.
    """
    if nodata is None or nodata in known_values(table):
        return None
    return np.asarray(np.isnan(raw) if math.isnan(nodata) else raw == nodata)


def whole_numbers(
    raw: NDArray[Any], void: NDArray[np.bool_] | None, where: Path
) -> NDArray[np.int64]:
    """Turn floats (height, width) into integers; void pixels become 0.

    Raises
    ------
    NoMaskError
        If a value is not whole or no number: class values are counted, not measured.
    """
    numbers = raw.astype(np.float64)
    if void is not None:
        numbers[void] = 0
    # Beyond 2**53 floats skip whole numbers; no class is anywhere near.
    wrong = ~(np.isfinite(numbers) & (np.abs(numbers) < 2**53) & (numbers == np.floor(numbers)))
    if wrong.any():
        found = f"{raw.dtype} numbers such as {raw[wrong][0]:g} in {int(wrong.sum())} px"
        raise NoMaskError(where, found, "whole numbers, one for each class")
    return numbers.astype(np.int64)
