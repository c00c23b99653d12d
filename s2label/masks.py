"""Mask files: band 1 class, band 2 provenance, both uint8, with CRS and transform.

Classes: 0 background, 1..253 as in the class table, 254 not labelled, 255 ignore.
Provenance: see `s2label.types.Provenance`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rasterio.io import MemoryFile

from s2label.durable import write_whole
from s2label.errors import InputError
from s2label.raster import grid_of, open_raster, tiled_geotiff
from s2label.types import IGNORE, NOT_LABELLED, Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.grid import Grid

BAND_NAMES = ("class", "provenance")


@dataclass(frozen=True, eq=False)
class Mask:
    """Classes and provenance, both (y, x) uint8, on a grid."""

    classes: NDArray[np.uint8]
    provenance: NDArray[np.uint8]
    grid: Grid

    def __post_init__(self) -> None:
        for array in (self.classes, self.provenance):
            if array.shape != self.grid.shape or array.dtype != np.uint8:
                raise ValueError(f"{array.dtype} {array.shape} is no mask of {self.grid.shape}")

    @property
    def class_counts(self) -> dict[int, int]:
        """Stored value -> number of pixels, only values that occur."""
        counts = np.bincount(self.classes.ravel(), minlength=256)
        return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}

    @property
    def content(self) -> str:
        """SHA-256 of the pixels and the shape, independent of how a file encodes them."""
        digest = hashlib.sha256(f"{self.grid.key}".encode())
        digest.update(np.ascontiguousarray(self.classes).tobytes())
        digest.update(np.ascontiguousarray(self.provenance).tobytes())
        return digest.hexdigest()


def imported_mask(classes: NDArray[np.uint8], grid: Grid) -> Mask:
    """Return a mask whose labelled pixels all came from a source."""
    provenance = np.where(classes == NOT_LABELLED, Provenance.NOBODY, Provenance.IMPORTED)
    return Mask(classes, provenance.astype(np.uint8), grid)


def with_ignored(mask: Mask, ignore: Mask) -> Mask:
    """Return a mask in which is "ignore" what an ignore raster of the same shape says so."""
    hidden = ignore.classes == IGNORE
    return Mask(
        np.where(hidden, np.uint8(IGNORE), mask.classes),
        np.where(hidden, ignore.provenance, mask.provenance),
        mask.grid,
    )


def write_mask(path: Path, mask: Mask) -> None:
    """Write a mask file, whole or not at all, and durably."""
    write_whole(path, encode_mask(mask))


def encode_mask(mask: Mask) -> bytes:
    """Return what a mask file holds.

    It is made in memory, since GDAL keeps quiet about a full disk.
    """
    grid = mask.grid
    with MemoryFile() as memory:
        with memory.open(**tiled_geotiff(grid, 2, "uint8")) as dataset:
            dataset.write(mask.classes, 1)
            dataset.write(mask.provenance, 2)
            dataset.descriptions = BAND_NAMES
        return bytes(memory.getbuffer())


def read_mask(path: Path) -> Mask:
    """Read a mask file.

    Raises
    ------
    InputError
        If it is damaged or no mask file.
    """
    with open_raster(path) as dataset:
        if dataset.count != len(BAND_NAMES) or set(dataset.dtypes) != {"uint8"}:
            raise InputError(
                path, f"{dataset.count} bands of {dataset.dtypes[0]}", "two bands of uint8"
            )
        classes, provenance = dataset.read()
        return Mask(classes, provenance, grid_of(dataset))
