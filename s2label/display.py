"""What a chip looks like: named band combinations, drawn as 8-bit RGB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.raster import open_raster, read_bands, reflectance
from s2label.stretch import apply_stretch, compute_stretch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    import rasterio
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.stretch import Stretch
    from s2label.types import ImageRecord

_LOCAL_PERCENTILES = (1.0, 99.0)


@dataclass(frozen=True)
class BandCombination:
    """Three bands shown as red, green and blue, under a name that people use."""

    name: str
    bands: tuple[str, str, str]


COMBINATIONS = (
    BandCombination("true colour", ("B04", "B03", "B02")),
    BandCombination("false colour", ("B08", "B04", "B03")),
    BandCombination("short-wave infrared", ("B12", "B8A", "B04")),
    BandCombination("short-wave infrared", ("B11", "B08", "B04")),
)


def combinations_for(names: Sequence[str]) -> list[BandCombination]:
    """Return the combinations that an image with these bands can show, each name once.

    An image with other bands shows its first one in grey.
    """
    found: dict[str, BandCombination] = {}
    for combination in COMBINATIONS:
        if set(combination.bands) <= set(names):
            found.setdefault(combination.name, combination)
    if not found and names:
        return [BandCombination(names[0], (names[0], names[0], names[0]))]
    return list(found.values())


def draw_image(
    image: ImageRecord,
    grid: Grid,
    combination: BandCombination,
    stretch: Stretch,
    *,
    is_local: bool = False,
    open_: Callable[[str], AbstractContextManager[rasterio.DatasetReader]] = open_raster,
) -> NDArray[np.uint8]:
    """Read an image and draw it as (y, x, 3) uint8; nodata is black.

    Parameters
    ----------
    image, grid
        What to draw, and where.
    combination : BandCombination
        Which bands.
    stretch : Stretch
        Limits of the data set.
    is_local : bool
        Take the limits from this image alone, to look into shadow or haze.
    open_ : callable
        Opens rasters; `RasterPool.open` where many images of few files are drawn.

    Raises
    ------
    InputError
        If a source cannot be read.
    """
    by_name = {band.name: band for band in image.bands}
    bands = [by_name[name] for name in combination.bands]
    values = reflectance(read_bands(bands, grid, open_=open_), bands)
    if is_local or not set(combination.bands) <= set(stretch.limits):
        stretch = compute_stretch([(combination.bands, values)], _LOCAL_PERCENTILES)
    if not set(combination.bands) <= set(stretch.limits):  # no valid pixel at all
        return np.zeros((*grid.shape, 3), dtype=np.uint8)
    shown = apply_stretch(values, combination.bands, stretch)
    return np.ascontiguousarray(np.moveaxis(shown, 0, -1))
