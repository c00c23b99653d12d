"""One object of a predicted scene, described from its pixels, or from sums where it is large."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from rasterio.windows import Window

from s2label.results.ground import lonlat_of, metres_per_pixel
from s2label.results.outlines import outline_bounds, outline_pixels
from s2label.results.rasters import PROBABILITY_STEPS
from s2label.results.sizes import measure, moments_of, moments_of_sums
from s2label.types import NOT_LABELLED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.results.components import Component
    from s2label.results.opened import OpenResult
    from s2label.results.outlines import Polygon
    from s2label.results.sizes import Moments
    from s2label.types import LabelClass

# Two square kilometres at 10 m, and a window of 1024 x 1024: the largest ships have 300 pixels.
_MOST_OUTLINED_PX = 20_000
_MOST_WINDOW_PX = 2**20
_NEIGHBOURS = np.ones((3, 3), bool)


@dataclass(frozen=True)
class FoundObject:
    """Connected pixels of one class.

    Parameters
    ----------
    label_class : LabelClass
        What it is.
    longitude, latitude : float
        Its centre in degrees, weighted by probability.
    probability, largest_probability : float
        Mean and greatest of its pixels, 0..1.
    pixels : int
        How many pixels it has.
    area_m2, length_m, width_m : float
        Geodesic.
    heading_deg : float or None
        Of its axis, 0..180 degrees clockwise from true north (bow and stern are not told apart);
        None where it is round or of one or two pixels.
    is_at_edge : bool
        Whether it touches the scene's edge or ground without data, so that some may be missing.
    first : tuple of int
        (row, column) of its first pixel, read row by row.
    bounds : tuple of int
        (top, left, bottom, right) in pixels, the last two not in it any more.
    is_outlined : bool
        Whether the outline follows its pixels; of a very large one it is a box in degrees.
    outline : tuple
        Polygons, see `outlines`.
    """

    label_class: LabelClass
    longitude: float
    latitude: float
    probability: float
    largest_probability: float
    pixels: int
    area_m2: float
    length_m: float
    width_m: float
    heading_deg: float | None
    is_at_edge: bool
    first: tuple[int, int]
    bounds: tuple[int, int, int, int]
    is_outlined: bool
    outline: tuple[Polygon, ...] = field(repr=False)


def describe(result: OpenResult, label_class: LabelClass, component: Component) -> FoundObject:
    """Return the object that a piece of a class raster is.

    Parameters
    ----------
    result : OpenResult
        Where it was found.
    label_class : LabelClass
        Of which class.
    component : Component
        The piece.
    """
    top, left, bottom, right = component.bounds
    box_px = (bottom - top) * (right - left)
    if component.pixels > _MOST_OUTLINED_PX or box_px > _MOST_WINDOW_PX:
        return _describe_large(result, label_class, component)
    window = grown_window(component.bounds, result.grid.shape)
    values = result.read_classes(window)
    is_class = values == label_class.value
    is_own = own_pixels(is_class, component.first, window)
    strength = result.read_strength(label_class.value, window) / PROBABILITY_STEPS
    weights = strength * _reach(is_own, is_class)
    # What was made by other rules than by probability may have none.
    weights = weights if weights.any() else is_own.astype(np.float64)
    around = _dilated(is_own)
    return _found(
        result,
        label_class,
        component,
        moments_of(weights, int(window.row_off), int(window.col_off)),
        is_beside_nodata=bool((around & (values == NOT_LABELLED)).any()),
        outline=outline_pixels(is_own, result.grid.window(*map(int, window.flatten()))),
    )


def grown_window(bounds: tuple[int, int, int, int], shape: tuple[int, int], by: int = 1) -> Window:
    """Return a window around bounds (top, left, bottom, right), kept within a raster's shape."""
    top, left = max(bounds[0] - by, 0), max(bounds[1] - by, 0)
    bottom, right = min(bounds[2] + by, shape[0]), min(bounds[3] + by, shape[1])
    return Window(left, top, right - left, bottom - top)


def own_pixels(
    is_class: NDArray[np.bool_], first: tuple[int, int], window: Window
) -> NDArray[np.bool_]:
    """Return which pixels (y, x) of a window are connected with one of them."""
    from scipy import ndimage

    numbered, _ = ndimage.label(is_class, _NEIGHBOURS)
    number = numbered[first[0] - int(window.row_off), first[1] - int(window.col_off)]
    return np.asarray(numbered == number)


def _reach(is_own: NDArray[np.bool_], is_class: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels that may be partly the object's: its own, and those beside it alone."""
    return is_own | (_dilated(is_own) & ~_dilated(is_class & ~is_own))


def _dilated(where: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage

    return np.asarray(ndimage.binary_dilation(where, _NEIGHBOURS))


def _describe_large(
    result: OpenResult, label_class: LabelClass, component: Component
) -> FoundObject:
    return _found(
        result,
        label_class,
        component,
        moments_of_sums(component.pixels, component.sums),
        is_beside_nodata=False,
        outline=outline_bounds(component.bounds, result.grid),
        is_outlined=False,
    )


def _found(
    result: OpenResult,
    label_class: LabelClass,
    component: Component,
    moments: Moments,
    *,
    is_beside_nodata: bool,
    outline: tuple[Polygon, ...],
    is_outlined: bool = True,
) -> FoundObject:
    grid, pixels = result.grid, component.pixels
    size = measure(moments, pixels, grid)
    lon, lat = lonlat_of(grid, np.array([moments.column]), np.array([moments.row]))
    pixel_m2 = abs(float(np.linalg.det(metres_per_pixel(grid, moments.column, moments.row))))
    return FoundObject(
        label_class=label_class,
        longitude=float(lon[0]),
        latitude=float(lat[0]),
        probability=float(component.sums[0]) / pixels / PROBABILITY_STEPS,
        largest_probability=component.strongest / PROBABILITY_STEPS,
        pixels=pixels,
        area_m2=pixels * pixel_m2,
        length_m=size.length_m,
        width_m=size.width_m,
        heading_deg=size.heading_deg,
        is_at_edge=is_beside_nodata or _is_at_edge(component.bounds, grid.shape),
        first=component.first,
        bounds=component.bounds,
        is_outlined=is_outlined,
        outline=outline,
    )


def _is_at_edge(bounds: tuple[int, int, int, int], shape: tuple[int, int]) -> bool:
    return min(bounds[:2]) == 0 or bounds[2] == shape[0] or bounds[3] == shape[1]
