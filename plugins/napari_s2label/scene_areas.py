"""How much ground each class of a result covers, counted row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio.windows import Window

from s2label.raster import grid_of, open_raster
from s2label.results.ground import metres_per_pixel

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.grid import Grid

# A block of the raster is decoded once; few rows at a time are counted, since the window waits.
_BLOCK_ROWS, _ROWS = 512, 64
_CACHE_BYTES = 32 * 2**20
_KM2 = 1e-6


@dataclass(frozen=True)
class SceneFacts:
    """What was found in a scene.

    Parameters
    ----------
    areas : dict
        Class value, 0 for background and 254 for no data -> geodesic km2, those that are there.
    objects : int or None
        How many, where they were looked for.
    """

    areas: dict[int, float] = field(default_factory=dict)
    objects: int | None = None


def measure_areas(path: Path) -> dict[int, float]:
    """Return the geodesic km2 of each value of a class raster.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    areas = np.zeros(256)
    with rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES), open_raster(path) as dataset:
        grid = grid_of(dataset)
        for top in range(0, grid.height, _BLOCK_ROWS):
            rows = min(_BLOCK_ROWS, grid.height - top)
            block = dataset.read(1, window=Window(0, top, grid.width, rows))
            for first in range(0, rows, _ROWS):
                counts = np.bincount(block[first : first + _ROWS].ravel(), minlength=256)
                areas += counts * _pixel_km2(grid, top + first + _ROWS / 2)
    return {int(value): float(areas[value]) for value in np.flatnonzero(areas)}


def _pixel_km2(grid: Grid, row: float) -> float:
    steps = metres_per_pixel(grid, grid.width / 2, min(row, grid.height))
    return float(abs(np.linalg.det(steps))) * _KM2
