"""Where a scene holds data, seen from afar: enough to draw tiles, much quicker than reading all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rasterio.enums import Resampling

from s2label.raster import valid_pixels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.importers.scene import Scene
    from s2label.tiling import Tile

# A tile is looked at in 4 x 4 points, or coarser than every 16th pixel in none.
_POINTS_A_SIDE = 4
_MOST_STEP_PX = 16


def have_data(scene: Scene, tiles: Sequence[Tile]) -> NDArray[np.bool_]:
    """Tell of each tile whether it holds data; slivers narrower than a few pixels may be missed.

    JPEG2000 keeps coarser copies of itself, of which this reads one: no block is decoded whole.
    """
    side = min(min(tile.height, tile.width) for tile in tiles)
    step = max(1, min(_MOST_STEP_PX, side // _POINTS_A_SIDE))
    shape = -(-scene.grid.height // step), -(-scene.grid.width // step)
    covered = _coverage(scene, shape)
    return np.array([_is_covered(covered, tile, step) for tile in tiles], dtype=bool)


def _coverage(scene: Scene, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which points (y, x) of a coarse look at a scene hold data."""
    layers, is_averaged = [], False
    for band in scene.bands:
        with scene.context.pool.open(band.source.path) as dataset:
            is_averaged |= bool(dataset.overviews(band.index))
            layers.append(dataset.read(band.index, out_shape=shape, resampling=Resampling.nearest))
    valid = valid_pixels(np.stack(layers), [band.nodata for band in scene.bands])
    return _without_rim(valid) if is_averaged else valid


def _without_rim(valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out points beside nodata: averaging lets data reach beyond their edge."""
    from scipy.ndimage import binary_erosion

    return np.asarray(binary_erosion(valid, np.ones((3, 3)), border_value=1), dtype=bool)


def _is_covered(covered: NDArray[np.bool_], tile: Tile, step: int) -> bool:
    rows = slice(tile.rows[0] // step, -(-tile.rows[1] // step))
    columns = slice(tile.columns[0] // step, -(-tile.columns[1] // step))
    return bool(covered[rows, columns].any())
