"""COCO polygons as pixels.

A pixel belongs to a polygon when its centre lies inside (GDAL's rule without ``all_touched``);
the corner of the first pixel is (0, 0), its centre (0.5, 0.5). pycocotools traces the outline on
a grid five times finer, so that pixels of the rim can differ.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rasterio.features import rasterize
from rasterio.transform import Affine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from s2label.importers.mask_files.found_mask import Shape

Ring = list[tuple[float, float]]
_MIN_NUMBERS = 6


def ring_of(polygon: Any, shape: Shape) -> Ring:
    """Return the points (x, y) in pixels of a polygon, ``[x0, y0, x1, y1, …]``.

    Raises
    ------
    ValueError
        If it is no list of at least 3 finite points near the image (height, width).
    """
    if not isinstance(polygon, list) or not all(type(n) in (int, float) for n in polygon):
        raise ValueError("a polygon is not a list of numbers")
    if len(polygon) < _MIN_NUMBERS or len(polygon) % 2:
        raise ValueError(f"a polygon has {len(polygon)} numbers instead of 6, 8, 10, …")
    points = list(zip(polygon[0::2], polygon[1::2], strict=True))
    height, width = shape
    # A rim may lie a little outside; a whole image further it belongs to something else.
    if not all(-width <= x <= 2 * width and -height <= y <= 2 * height for x, y in points):
        raise ValueError(f"a polygon lies outside the image of {width} x {height} px")
    return [(float(x), float(y)) for x, y in points]


def paint_polygons(columns: NDArray[np.uint8], polygons: list[Any], value: int) -> int:
    """Set the pixels whose centre lies in one of the polygons; return how many were painted.

    Parameters
    ----------
    columns : ndarray
        Pixels (width, height), the transpose of an image.
    polygons : list
        The parts of one object.
    value : int
        What to set.

    Raises
    ------
    ValueError
        If there is no polygon, or one of them is wrong.
    """
    if not polygons:
        raise ValueError("the annotation has a box and no outline")
    image = columns.T
    rings = [ring_of(polygon, image.shape) for polygon in polygons]
    return sum(_paint_ring(image, ring, value) for ring in rings)


def _paint_ring(image: NDArray[np.uint8], ring: Ring, value: int) -> int:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
    right = min(image.shape[1], math.ceil(max(xs)))
    bottom = min(image.shape[0], math.ceil(max(ys)))
    if right <= left or bottom <= top:
        return 0
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    filled = rasterize(
        [(geometry, 1)],
        out_shape=(bottom - top, right - left),
        transform=Affine.translation(left, top),
        all_touched=False,
        dtype="uint8",
    )
    image[top:bottom, left:right][filled == 1] = value
    return int(filled.sum())
