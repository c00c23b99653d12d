"""Strips of a scene, read by threads ahead of the network; each block is decoded once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import rasterio

from s2label.raster import RasterPool, grid_of, open_raster
from s2label.resampling import read_layer, stack_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor, Future
    from typing import Any

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.resampling import Layer
    from s2label.types import BandRaster

_MIB = 2**20
_LEAST_CACHE, _MOST_CACHE = 64 * _MIB, 640 * _MIB


@dataclass
class _OpenFile:
    """A file that stays open, with its bands; one thread at a time reads it, mostly forwards."""

    bands: tuple[BandRaster, ...]
    pool: RasterPool = field(default_factory=lambda: RasterPool(1))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, grid: Grid) -> list[Layer]:
        path = self.bands[0].source.path
        # In a thread rasterio would make and unmake its settings for every call.
        with self.lock, rasterio.Env(), self.pool.open(path) as dataset:
            source = grid_of(dataset)
            return [
                read_layer(dataset, source, band.index, grid, nodata=band.nodata)
                for band in self.bands
            ]


class StripReader:
    """Reads rows of a scene as raw numbers, exactly as a chip of the same ground is read.

    Threads: GDAL decodes without holding the interpreter. No file is read by two at once, so that
    what lies compressed in a zip is unpacked once, from its beginning to its end.

    Parameters
    ----------
    grid : Grid
        Of the scene.
    bands : sequence of BandRaster
        What is read, in this order.
    executor : Executor
        Whose threads read.
    """

    def __init__(self, grid: Grid, bands: Sequence[BandRaster], executor: Executor) -> None:
        self._grid = grid
        self._bands = tuple(bands)
        self._executor = executor
        by_path = sorted(self._bands, key=lambda band: band.source.path)
        groups = groupby(by_path, key=lambda band: band.source.path)
        self._files = [_OpenFile(tuple(group)) for _, group in groups]

    def ask(self, first: int, end: int) -> Callable[[], NDArray[Any]]:
        """Begin to read rows; the answer waits for them: DN (band, y, x) in their common dtype.

        Raises
        ------
        InputError
            By the answer, if a block is damaged.
        """
        grid = self._grid.window(0, first, self._grid.width, end - first)
        asked = [(file, self._executor.submit(file.read, grid)) for file in self._files]

        def answer() -> NDArray[Any]:
            return self._put_together(asked)

        return answer

    def _put_together(self, asked: Sequence[tuple[_OpenFile, Future[list[Layer]]]]) -> NDArray[Any]:
        layers = {
            (band.source.path, band.index): layer
            for file, future in asked
            for band, layer in zip(file.bands, future.result(), strict=True)
        }
        ordered = [layers[band.source.path, band.index] for band in self._bands]
        return stack_layers(ordered, self._bands)

    def close(self) -> None:
        """Close the files, when nothing is being read any more."""
        for file in self._files:
            with file.lock:
                file.pool.__exit__()


def cache_bytes(bands: Sequence[BandRaster]) -> int:
    """Return how much GDAL has to keep so that neighbouring strips decode no block twice.

    Two rows of blocks of every band: one that the next strip goes on in, one that it begins.
    """
    needed = 0
    for band in bands:
        with open_raster(band.source.path) as dataset:
            height = min(dataset.block_shapes[band.index - 1][0], dataset.height)
            itemsize = np.dtype(dataset.dtypes[band.index - 1]).itemsize
            needed += 2 * height * dataset.width * itemsize
    return int(np.clip(needed + 32 * _MIB, _LEAST_CACHE, _MOST_CACHE))
