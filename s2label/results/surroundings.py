"""What lies around an object: clouds by somebody's raster, land by the scene's own bands."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rasterio.enums import Resampling

from s2label.errors import InputError
from s2label.raster import RasterPool, open_raster, read_bands, read_on_grid, reflectance
from s2label.results.found_object import grown_window
from s2label.screening.classes import CLOUD, of_probability, of_scene_classes
from s2label.screening.cloud_rasters import SCREENING_TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from rasterio import DatasetReader
    from rasterio.windows import Window

    from s2label.grid import Grid
    from s2label.types import BandRaster

# Short-wave infrared before the near one: glint made the sea of a port 0.15 bright in B08, and
# left it below 0.115 in B11, over five ports.
_DARK_BANDS = ("B11", "B12")
_DARKEST_LAND = 0.12
_INDEX_BANDS = ("B03", "B08")
# Less is another ship, a buoy or a rock, not land.
_LEAST_LAND_PX = 50
_MARGIN_PX = 16
_SQUARE = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Clouds:
    """A raster that tells clouds, on any grid."""

    _dataset: DatasetReader
    _classes_of: Callable[[NDArray[Any]], NDArray[np.uint8]]

    def read(self, grid: Grid, window: Window) -> NDArray[np.bool_]:
        """Return where clouds are in a window of a grid, (y, x)."""
        ground = _part(grid, window)
        found = read_on_grid(self._dataset, 1, ground, Resampling.nearest)
        return np.asarray(self._classes_of(found) == CLOUD)


@contextmanager
def open_clouds(path: Path) -> Iterator[Clouds]:
    """Open a raster of clouds: scene classes, a probability, or one that screening wrote.

    Raises
    ------
    InputError
        If its name does not tell which of them it is; also for read errors inside.
    """
    with open_raster(path) as dataset:
        yield Clouds(dataset, _reading_of(path, dataset))


def _reading_of(path: Path, dataset: DatasetReader) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    if SCREENING_TAG in dataset.tags():
        return lambda classes: classes.astype(np.uint8)
    # Values do not tell: 0 to 11 may be scene classes, or a clear sky in per cent.
    if re.search(r"(?<![A-Za-z])SCL(?![A-Za-z])", path.stem, re.IGNORECASE):
        return of_scene_classes
    if re.search(r"CLD|CLOUD", path.stem, re.IGNORECASE):
        nodata = dataset.nodata
        return lambda probability: of_probability(probability, nodata)
    raise InputError(
        path,
        "a name that does not tell what its values mean",
        "SCL (scene classes) or CLD (cloud probability, per cent) in it",
        "rename it",
    )


class Coast:
    """Tells land by the bands of the scene.

    Parameters
    ----------
    bands : sequence of BandRaster
        The scene's; see `can_tell_land`.
    pool : RasterPool
        Keeps files open.
    """

    def __init__(self, bands: Sequence[BandRaster], pool: RasterPool) -> None:
        wanted = _wanted(bands)
        self._bands = [band for name in wanted for band in bands if band.name == name]
        self._pool = pool

    def is_near_land(
        self, grid: Grid, window: Window, is_own: NDArray[np.bool_], reach_px: int
    ) -> bool:
        """Tell whether land lies within some pixels of an object.

        Parameters
        ----------
        grid : Grid
            Of the result.
        window : Window
            Where the object lies.
        is_own : ndarray of bool
            (y, x) its pixels in the window.
        reach_px : int
            How near.
        """
        from scipy import ndimage

        top, left, height, width = (
            int(n) for n in (window.row_off, window.col_off, window.height, window.width)
        )
        wide = grown_window((top, left, top + height, left + width), grid.shape, _MARGIN_PX)
        own = np.zeros((int(wide.height), int(wide.width)), bool)
        y, x = top - int(wide.row_off), left - int(wide.col_off)
        own[y : y + height, x : x + width] = is_own
        # A hull is as bright as land, and spills into the pixels beside it.
        bright = self._is_bright(_part(grid, wide)) & ~ndimage.binary_dilation(own, _SQUARE)
        numbered, _ = ndimage.label(bright, _SQUARE)
        is_large = np.bincount(numbered.ravel()) >= _LEAST_LAND_PX
        is_large[0] = False
        near = ndimage.binary_dilation(own, _SQUARE, iterations=reach_px)
        return bool(is_large[numbered[near]].any())

    def _is_bright(self, ground: Grid) -> NDArray[np.bool_]:
        dn = read_bands(self._bands, ground, open_=self._pool.open)
        values = reflectance(dn, self._bands)
        if len(values) == 1:
            return np.asarray(values[0] >= _DARKEST_LAND)
        green, infrared = values
        # NDWI (McFeeters, 1996) of 0 and less; unknown ground is no land.
        return np.asarray(infrared >= green)


def can_tell_land(bands: Sequence[BandRaster]) -> bool:
    """Tell whether there are bands that tell land from water: B11, B12, or B03 and B08."""
    return bool(_wanted(bands))


def _wanted(bands: Sequence[BandRaster]) -> tuple[str, ...]:
    names = {band.name for band in bands}
    infrared = next((name for name in _DARK_BANDS if name in names), None)
    if infrared is not None:
        return (infrared,)
    return _INDEX_BANDS if names.issuperset(_INDEX_BANDS) else ()


def _part(grid: Grid, window: Window) -> Grid:
    return grid.window(
        int(window.col_off), int(window.row_off), int(window.width), int(window.height)
    )
