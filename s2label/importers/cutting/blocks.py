"""Blocks of a raster, and which of them the windows of a scene need."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rasterio.windows import Window

from s2label.grid import aligned_window
from s2label.raster import grid_of, open_raster

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2label.grid import Grid
    from s2label.types import BandRaster

# Row and column of a block, in blocks.
Block = tuple[int, int]
# Columns, then rows of pixels: first ones, and those after the last.
Window4 = tuple[int, int, int, int]

# Smaller blocks are read several at once.
_LEAST_PX = 1024
# Bilinear resampling looks a pixel further.
_MARGIN_PX = 2
# What rounding may do to a corner.
_SAME_PX = 1e-3


def block_shape_of(shape: tuple[int, int]) -> tuple[int, int]:
    """Return (height, width) of the pieces in which a raster with such blocks is read."""
    height, width = (side * max(1, -(-_LEAST_PX // side)) for side in shape)
    return height, width


def block_window(block: Block, shape: tuple[int, int], raster: tuple[int, int]) -> Window:
    """Return the window of a block of a raster (height, width), cut off at its edges."""
    height, width = block_shape_of(shape)
    y, x = block[0] * height, block[1] * width
    return Window(x, y, min(width, raster[1] - x), min(height, raster[0] - y))


def needed_blocks(band: BandRaster, grid: Grid, windows: Iterable[Window4]) -> tuple[Block, ...]:
    """Return the blocks of a band that windows of a scene's grid need, row by row."""
    with open_raster(band.source.path) as dataset:
        own = grid_of(dataset)
        height, width = block_shape_of(dataset.block_shapes[band.index - 1])
    found: set[Block] = set()
    for window in windows:
        left, top, right, bottom = _on_grid(window, grid, own)
        rows = range(top // height, -(-bottom // height))
        columns = range(left // width, -(-right // width))
        found |= {(row, column) for row in rows for column in columns}
    return tuple(sorted(found))


def _on_grid(window: Window4, grid: Grid, own: Grid) -> Window4:
    """Return the pixels of a band's own grid under a window of the scene's, with a margin."""
    left, top, right, bottom = window
    corners = [grid.affine @ (x, y) for x in (left, right) for y in (top, bottom)]
    pixels = [~own.affine @ corner for corner in corners]
    columns, rows = [p[0] for p in pixels], [p[1] for p in pixels]
    margin = 0 if aligned_window(own, grid) else _margin(grid, own)
    return (
        _clipped(math.floor(min(columns) + _SAME_PX) - margin, own.width),
        _clipped(math.floor(min(rows) + _SAME_PX) - margin, own.height),
        _clipped(math.ceil(max(columns) - _SAME_PX) + margin, own.width),
        _clipped(math.ceil(max(rows) - _SAME_PX) + margin, own.height),
    )


def _margin(grid: Grid, own: Grid) -> int:
    """Return how many pixels of its own around a window a band is resampled from."""
    return math.ceil(_MARGIN_PX * max(1.0, max(grid.gsd) / min(own.gsd)))


def _clipped(value: int, limit: int) -> int:
    return max(0, min(value, limit))
