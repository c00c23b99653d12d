"""Tiles centred on points, moved at random where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rasterio._err import CPLE_BaseError
from rasterio.errors import CRSError, RasterioError
from rasterio.warp import transform

from s2label.errors import InputError
from s2label.importers.cutting.points import read_points
from s2label.tiling import Edge, Tile

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.importers.options import ImportOptions

_LONLAT = "EPSG:4326"


def tiles_around(
    path: Path, grid: Grid, chip_px: int, options: ImportOptions
) -> tuple[list[Tile], list[str]]:
    """Return a tile for each point of a file that lies in a scene, and what was left out, in words.

    Two points in one pixel give one tile. The random shift of a point depends on the seed and its
    number in the file, so that all dates of a place are shifted alike.

    Parameters
    ----------
    path : Path
        GeoJSON or CSV, see `read_points`.
    grid : Grid
        The scene.
    chip_px : int
        Side of the tiles.
    options : ImportOptions
        ``jitter`` in pixels, ``seed``, and ``edge`` for tiles that reach beyond the scene.

    Raises
    ------
    InputError
        If the file is wrong.
    """
    centres = _pixels_of(path, grid)
    inside = ((centres >= 0) & (centres < (grid.width, grid.height))).all(axis=1)
    shift = _shifts(len(centres), options.jitter, options.seed)
    origins = np.floor(centres[inside]).astype(int) - chip_px // 2 + shift[inside]
    last = np.array([grid.width, grid.height]) - chip_px
    if options.edge is Edge.SHIFT and (last >= 0).all():
        origins = np.clip(origins, 0, last)
    fits = ((origins >= 0) & (origins <= last)).all(axis=1) | (options.edge is Edge.PAD)
    notes = _in_words(path, len(centres), int((~inside).sum()), int((~fits).sum()))
    wanted = dict.fromkeys((int(y), int(x)) for x, y in origins[fits])
    tiles = [
        Tile(row, 0, y, x, chip_px, chip_px, is_free=True)
        for row, (y, x) in enumerate(sorted(wanted))
    ]
    return tiles, notes


def _pixels_of(path: Path, grid: Grid) -> NDArray[np.float64]:
    """Return the points of a file as (point, column and row) of a grid, not finite far away."""
    lon, lat = read_points(path).T
    try:
        xs, ys = transform(_LONLAT, grid.crs, lon.tolist(), lat.tolist())[:2]
    except (RasterioError, CRSError, CPLE_BaseError) as error:
        found = f"cannot be turned from degrees into {grid.crs[:40]}"
        raise InputError(path, found, "points near the scene") from error
    columns, rows = ~grid.affine @ (np.asarray(xs), np.asarray(ys))
    pixels = np.stack([columns, rows], axis=1)
    return np.where(np.isfinite(pixels), pixels, -1.0)


def _shifts(count: int, jitter_px: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(-jitter_px, jitter_px + 1, size=(count, 2))


def _in_words(path: Path, points: int, outside: int, near_edge: int) -> list[str]:
    notes = []
    if outside:
        notes.append(f"{outside} of {points} points of {path.name} lie outside")
    if near_edge:
        notes.append(
            f"{near_edge} of {points} points of {path.name} lie too near the edge; "
            "--edge shift or pad takes them"
        )
    return notes
