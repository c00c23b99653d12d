"""What an image looks like: a view of it, drawn as 8-bit RGB."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from s2label.raster import open_raster, read_bands, reflectance
from s2label.stretch import Stretch, apply_stretch, compute_stretch
from s2label.views import views_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import rasterio
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.types import ImageRecord
    from s2label.views import Limits, View

_LOCAL_PERCENTILES = (1.0, 99.0)

combinations_for = views_for


def draw_image(
    image: ImageRecord,
    grid: Grid,
    view: View,
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
    view : View
        How; only the bands it needs are read.
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
    values = read_values(image, grid, view, open_=open_)
    limits = choose_limits(view, values, {} if is_local else fixed_limits(view, stretch))
    return draw_values(view, values, limits)


def read_values(
    image: ImageRecord,
    grid: Grid,
    view: View,
    *,
    open_: Callable[[str], AbstractContextManager[rasterio.DatasetReader]] = open_raster,
) -> NDArray[np.float32]:
    """Read and compute what a view shows, as (expression, y, x).

    NaN where a band has no data or an expression has no value, then in all expressions: a colour
    of which a part is missing would pass for another one.

    Raises
    ------
    InputError
        If a source cannot be read.
    """
    by_name = {band.name: band for band in image.bands}
    bands = [by_name[name] for name in view.bands]
    layers = reflectance(read_bands(bands, grid, open_=open_), bands)
    by_band = dict(zip(view.bands, layers, strict=True))
    values = np.stack([expression.evaluate(by_band) for expression in view.expressions])
    values[:, np.isnan(values).any(axis=0)] = np.nan
    return values


def fixed_limits(view: View, stretch: Stretch) -> dict[str, tuple[float, float]]:
    """Return the limits of a view that hold for all images: text of an expression -> (low, high).

    For an index its range; else for bands the stretch, if it knows all of them, and for computed
    colours the range of the view.
    """
    bands = {each.text for each in view.expressions if each.is_band}
    if view.is_index and view.value_range is not None:
        return {view.expressions[0].text: view.value_range}
    fixed = {name: stretch.limits[name] for name in bands if bands <= set(stretch.limits)}
    if view.value_range is not None:
        computed = [each.text for each in view.expressions if not each.is_band]
        fixed |= dict.fromkeys(computed, view.value_range)
    return fixed


def choose_limits(view: View, values: NDArray[np.float32], fixed: Limits) -> Limits:
    """Return the limits of a view: those that are fixed, else percentiles of these values alone.

    Where no pixel has a value there is nothing to measure, and limits are missing.
    """
    texts = [expression.text for expression in view.expressions]
    if set(texts) <= set(fixed):
        return fixed
    return {**compute_stretch([(texts, values)], _LOCAL_PERCENTILES).limits, **fixed}


def draw_values(view: View, values: NDArray[np.float32], limits: Limits) -> NDArray[np.uint8]:
    """Draw (expression, y, x) as (y, x, 3) uint8: black without a value, else by the limits."""
    texts = [expression.text for expression in view.expressions]
    if not set(texts) <= set(limits):  # no valid pixel at all
        return np.zeros((*values.shape[1:], 3), dtype=np.uint8)
    shown = apply_stretch(values, texts, Stretch(limits))
    if view.colours:
        coloured: NDArray[np.uint8] = colour_table(view.colours)[shown[0]]
        return coloured
    return np.ascontiguousarray(np.broadcast_to(np.moveaxis(shown, 0, -1), (*shown.shape[1:], 3)))


@lru_cache(maxsize=16)
def colour_table(name: str) -> NDArray[np.uint8]:
    """Return a matplotlib colour map as (256, 3) uint8; row 0, no value, is black."""
    from matplotlib import colormaps  # a fifth of a second: only when colours are wanted

    table = np.zeros((256, 3), dtype=np.uint8)
    table[1:] = colormaps[name](np.linspace(0, 1, 255), bytes=True)[:, :3]
    table.setflags(write=False)
    return table
