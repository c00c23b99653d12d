"""Which pixels a brush, a bucket or a polygon covers: pure functions of shapes and positions.

A pixel is where its centre is: pixel (y, x) reaches half a pixel to each side of the point (y, x),
as in napari's data coordinates.
"""

from __future__ import annotations

from functools import lru_cache
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Region(NamedTuple):
    """Some pixels of an array: those of a window (rows, columns) that a mask (y, x) picks."""

    window: tuple[slice, slice]
    mask: NDArray[np.bool_]


def disk(point: Sequence[float], size_px: int, shape: tuple[int, int]) -> Region | None:
    """Return what a round brush covers: napari's definition for square pixels.

    Covered is each pixel whose centre lies within ``floor(size / 2) + 0.5`` of the centre of the
    pixel under the cursor: one pixel for size 1, nine for sizes 2 and 3.

    Parameters
    ----------
    point : sequence of float
        Cursor (y, x); it may lie outside.
    size_px : int
        Brush size, at least 1.
    shape : tuple of int
        Height and width of the array.

    Returns
    -------
    Region or None
        None if nothing inside the array is covered.
    """
    mask = _whole_disk(size_px)
    radius = mask.shape[0] // 2
    top, left = (round(float(at)) - radius for at in point)
    bottom, right = top + mask.shape[0], left + mask.shape[1]
    window = slice(max(top, 0), min(bottom, shape[0])), slice(max(left, 0), min(right, shape[1]))
    if window[0].start >= window[0].stop or window[1].start >= window[1].stop:
        return None
    mask = mask[
        window[0].start - top : window[0].stop - top, window[1].start - left : window[1].stop - left
    ]
    return Region(window, mask) if mask.any() else None


@lru_cache(maxsize=64)
def _whole_disk(size_px: int) -> NDArray[np.bool_]:
    radius = size_px // 2
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    mask: NDArray[np.bool_] = y**2 + x**2 <= (radius + 0.5) ** 2
    mask.setflags(write=False)  # one array serves every dab
    return mask


def same_class(
    point: Sequence[float], classes: NDArray[np.uint8], *, is_contiguous: bool
) -> Region | None:
    """Return the pixels of the class under the cursor.

    Parameters
    ----------
    point : sequence of float
        Cursor (y, x).
    classes : ndarray of uint8, (y, x)
        The mask.
    is_contiguous : bool
        Only those that hang together with the one under the cursor by their edges.

    Returns
    -------
    Region or None
        None if the cursor lies outside the array.
    """
    seed = pixel_at(point, (classes.shape[0], classes.shape[1]))
    if seed is None:
        return None
    mask = classes == classes[seed]
    if is_contiguous:
        numbers, _ = label(mask)
        mask = numbers == numbers[seed]
    return Region((slice(0, classes.shape[0]), slice(0, classes.shape[1])), mask)


def pixel_at(point: Sequence[float], shape: tuple[int, int]) -> tuple[int, int] | None:
    """Return the pixel under a point (y, x), None outside an array of a shape."""
    y, x = (round(float(at)) for at in point)
    return (y, x) if 0 <= y < shape[0] and 0 <= x < shape[1] else None


def polygon(vertices: NDArray[np.int_], shape: tuple[int, int]) -> Region | None:
    """Return what a polygon covers: its inside by the even-odd rule, and its edges.

    Drawn by Pillow, as napari does, because its scan lines stay fast with the thousands of
    vertices of a contour. Where edges cross each other, what is enclosed twice is outside.

    Parameters
    ----------
    vertices : ndarray of int, (n, 2)
        Pixels (y, x) at the corners; they may lie outside.
    shape : tuple of int
        Height and width of the array.

    Returns
    -------
    Region or None
        None if nothing inside the array is covered.
    """
    top, left = np.maximum(vertices.min(axis=0), 0)
    bottom, right = np.minimum(vertices.max(axis=0) + 1, shape)
    if top >= bottom or left >= right:
        return None
    picture = Image.new("L", (int(right - left), int(bottom - top)))
    corners = [(int(x - left), int(y - top)) for y, x in vertices]
    ImageDraw.Draw(picture).polygon(corners, fill=1, outline=1)
    mask = np.asarray(picture, np.bool_)
    window = slice(int(top), int(bottom)), slice(int(left), int(right))
    return Region(window, mask) if mask.any() else None


def of_pixels(pixels: tuple[Any, Any], shape: tuple[int, int]) -> Region | None:
    """Return the pixels at rows and columns, as numpy indexes them."""
    mask = np.zeros(shape, np.bool_)
    mask[pixels] = True
    return Region((slice(0, shape[0]), slice(0, shape[1])), mask) if mask.any() else None


def within(points: Sequence[Sequence[float]], *, is_rounded: bool) -> NDArray[np.int_]:
    """Return the pixels (n, 2) that points (y, x) lie in.

    Parameters
    ----------
    points : sequence of sequence of float
        Positions.
    is_rounded : bool
        Whether they are cursor positions, to be rounded; corners of napari's polygon tool are
        pixel + 0.5 instead, to be rounded down.
    """
    near = round if is_rounded else floor
    return np.array([[near(float(y)), near(float(x))] for y, x in points], np.int_)
