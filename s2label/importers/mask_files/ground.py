"""Which masks lie on the ground of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rasterio._err import CPLE_BaseError
from rasterio.errors import CRSError, RasterioError
from rasterio.warp import transform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.importers.mask_files.geotiff import GeoTiffFile

# The sides of a scene are curved in another CRS: this many points follow them.
_POINTS_PER_SIDE = 21
_SLACK_PX = 1e-3


def covers(mask: Grid, scene: Grid) -> bool:
    """Tell whether every pixel centre of a scene lies in a mask, in whatever CRS."""
    points = _side_points(scene, mask.crs)
    if points is None:
        return False
    columns, rows = ~mask.affine @ (points[0], points[1])
    inside_x = (columns >= -_SLACK_PX) & (columns <= mask.width + _SLACK_PX)
    inside_y = (rows >= -_SLACK_PX) & (rows <= mask.height + _SLACK_PX)
    return bool(np.all(inside_x & inside_y))


def _side_points(scene: Grid, crs: str) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    share = np.linspace(0, 1, _POINTS_PER_SIDE)
    zero, one = np.zeros_like(share), np.ones_like(share)
    columns = np.concatenate([share, share, zero, one]) * (scene.width - 1) + 0.5
    rows = np.concatenate([zero, one, share, share]) * (scene.height - 1) + 0.5
    xs, ys = scene.affine @ (columns, rows)
    if crs == scene.crs:
        return xs, ys
    try:
        moved = transform(scene.crs, crs, xs.tolist(), ys.tolist())
    except (RasterioError, CRSError, CPLE_BaseError):
        return None
    return np.asarray(moved[0]), np.asarray(moved[1])


class GroundIndex:
    """Georeferenced masks by CRS, so that a scene asks thousands of them at once."""

    def __init__(self, files: Sequence[GeoTiffFile]) -> None:
        self._files: dict[str, list[GeoTiffFile]] = {}
        for file in files:
            if file.grid is not None:
                self._files.setdefault(file.grid.crs, []).append(file)
        self._bounds = {
            crs: np.array([f.grid.bounds for f in group if f.grid is not None])
            for crs, group in self._files.items()
        }

    def covering(self, scene: Grid) -> list[GeoTiffFile]:
        """Return the masks that cover a scene."""
        found = []
        for crs, group in self._files.items():
            points = _side_points(scene, crs)
            if points is None:
                continue
            left, bottom, right, top = self._bounds[crs].T
            (xs, ys) = points
            near = (left < xs.max()) & (right > xs.min()) & (bottom < ys.max()) & (top > ys.min())
            hits = [group[i] for i in np.flatnonzero(near)]
            found += [f for f in hits if f.grid is not None and covers(f.grid, scene)]
        return found
