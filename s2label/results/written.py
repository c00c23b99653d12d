"""Strips written to a raster and read back: GDAL keeps quiet about a full disk."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import rasterio
from rasterio.errors import RasterioError
from rasterio.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from rasterio.io import DatasetWriter

    Written = tuple[Window, int]


def write_strips(dataset: DatasetWriter, strips: Iterable[NDArray[np.uint8]]) -> list[Written]:
    """Write strips from top to bottom and return which rows they are, with their checksums.

    Raises
    ------
    ValueError
        If they are not as many rows as the raster has.
    """
    first, written = 0, []
    for strip in strips:
        window = Window(0, first, dataset.width, strip.shape[1])
        dataset.write(strip, window=window)
        written.append((window, zlib.crc32(strip.tobytes())))
        first += strip.shape[1]
    if first != dataset.height:
        raise ValueError(f"strips of {first} rows for a raster of {dataset.height}")
    return written


def require_written(path: Path, written: list[Written]) -> None:
    """Read a raster once, with its overviews.

    Raises
    ------
    RasterioError
        If it cannot be read, or its pixels are not those that were written.
    """
    with rasterio.open(path) as dataset:
        is_same = all(
            zlib.crc32(dataset.read(window=window).tobytes()) == checksum
            for window, checksum in written
        )
        levels = range(len(dataset.overviews(1)))
    if not is_same:
        raise RasterioError("other pixels are in it than were written")
    for level in levels:
        with rasterio.open(path, OVERVIEW_LEVEL=level) as dataset:
            for _, window in dataset.block_windows(1):
                dataset.read(window=window)
