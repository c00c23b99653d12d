"""A look at a whole scene at low resolution, before the work: scale, colours, where water is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import S2LabelError
from s2label.importers.value_counts import count_values
from s2label.importers.values import check_values as check_scale
from s2label.raster import grid_of, open_raster, reflectance, valid_pixels
from s2label.stretch import Stretch, compute_stretch
from s2label_training.suitability import check_values
from s2label_training.water import DARKEST_LAND, can_tell_water, infrared_band

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor
    from typing import Any

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.types import BandRaster
    from s2label_training.bundle import ModelRecord

LOOK_GSD_M = 80.0
# Products hold coarser versions of each band, each half as fine.
_MOST_TIMES = 8
# Pixels of less than this are measured in degrees, not in metres.
_LARGEST_DEGREES = 0.1


@dataclass(frozen=True, eq=False)
class Look:
    """A scene at low resolution.

    Parameters
    ----------
    names : tuple of str
        Bands.
    values : ndarray
        (band, y, x) float32 reflectance, NaN at nodata.
    times : int
        How many pixels of the scene a pixel of the look is wide.
    """

    names: tuple[str, ...]
    values: NDArray[np.float32]
    times: int

    def of(self, names: Sequence[str]) -> NDArray[np.float32]:
        """Return bands by name, (band, y, x)."""
        return self.values[[self.names.index(name) for name in names]]

    def water(self) -> NDArray[np.bool_]:
        """Return which pixels (y, x) may be water: dark in short-wave infrared, else by NDWI.

        NDWI is (B03 - B08) / (B03 + B08) > 0 (McFeeters 1996, International Journal of Remote
        Sensing 17:1425).
        """
        if can_tell_water(self.names):
            return np.asarray(self.of([infrared_band(self.names)])[0] < DARKEST_LAND)
        green, infrared = self.of(["B03", "B08"])
        return np.asarray(green > infrared)

    def can_tell_water(self) -> bool:
        """Tell whether its bands tell water from land."""
        return can_tell_water(self.names) or {"B03", "B08"} <= set(self.names)


def look_times(grid: Grid) -> int:
    """Return how many pixels of a scene a pixel of the look is wide, 1 to 8."""
    gsd = float(np.mean(grid.gsd))
    return int(np.clip(LOOK_GSD_M // gsd, 1, _MOST_TIMES)) if gsd > _LARGEST_DEGREES else 1


def take_look(grid: Grid, bands: Sequence[BandRaster], executor: Executor) -> LookNumbers:
    """Read a scene at low resolution, from the coarser versions that its files hold.

    Parameters
    ----------
    grid : Grid
        Of the scene.
    bands : sequence of BandRaster
        What to read.
    executor : Executor
        Whose threads read.
    """
    times = look_times(grid)
    layers = executor.map(lambda band: _read_coarse(band, grid, times), bands)
    return LookNumbers(tuple(bands), np.stack(list(layers)), times)


@dataclass(frozen=True, eq=False)
class LookNumbers:
    """What a look read: DN (band, y, x), before anybody believes that they are reflectance."""

    bands: tuple[BandRaster, ...]
    dn: NDArray[Any]
    times: int

    def of(self, bands: Sequence[BandRaster]) -> LookNumbers:
        """Return some of the bands."""
        chosen = [self.bands.index(band) for band in bands]
        return LookNumbers(tuple(bands), self.dn[chosen], self.times)

    def as_look(self) -> Look:
        """Return them as reflectance."""
        names = tuple(band.name for band in self.bands)
        return Look(names, reflectance(self.dn, self.bands), self.times)

    def check(self, scene: str, record: ModelRecord, *, any_values: bool) -> Look:
        """Return them as reflectance that a model can take.

        Raises
        ------
        S2LabelError
            If there is no data at all, or the numbers do not lie where reflectance does.
        """
        valid = valid_pixels(self.dn, [band.nodata for band in self.bands])
        if not valid.any():
            raise S2LabelError(f"{scene}: no pixel with data, as far as its coarse version tells")
        if not any_values:
            check_scale(count_values(scene, self.dn, self.bands, valid=valid), scene)
        look = self.as_look()
        reason = check_values(record, look.of(record.bands))
        if reason:
            told = reason.replace("import it again with", "give")
            raise S2LabelError(f"{scene}: {told}")
        return look


def _read_coarse(band: BandRaster, grid: Grid, times: int) -> NDArray[Any]:
    """Return a band at the centres of coarse pixels of a grid, (y, x); nodata or 0 outside."""
    with open_raster(band.source.path) as dataset:
        source = grid_of(dataset)
        its_times = max(1, round(times * grid.gsd[0] / source.gsd[0]))
        shape = tuple(-(-side // its_times) for side in source.shape)
        pixels = np.asarray(dataset.read(band.index, out_shape=shape))
    step = [side / found for side, found in zip(source.shape, shape, strict=True)]
    columns, rows = np.meshgrid(*(_centres(side, times) for side in (grid.width, grid.height)))
    xs, ys = ~source.affine @ grid.affine @ (columns, rows)
    indices = np.floor(ys / step[0]).astype(int), np.floor(xs / step[1]).astype(int)
    is_inside = np.ones(columns.shape, bool)
    for index, length in zip(indices, shape, strict=True):
        is_inside &= (index >= 0) & (index < length)
    last = [length - 1 for length in shape]
    nearest = tuple(np.clip(index, 0, most) for index, most in zip(indices, last, strict=True))
    taken: NDArray[Any] = pixels[nearest]
    taken[~is_inside] = 0 if band.nodata is None else band.nodata
    return taken


def _centres(length_px: int, times: int) -> NDArray[np.float64]:
    """Return the middles of coarse pixels along an axis, in pixels, of as much as is inside."""
    starts = np.arange(0, length_px, times)
    return np.asarray((starts + np.minimum(starts + times, length_px)) / 2)


def colour_limits(look: Look, names: Sequence[str]) -> Stretch:
    """Return the limits between which bands become colours: percentiles of the look."""
    return compute_stretch([(tuple(names), look.of(names))])
