"""Draws the outlines of suspected pixels: a bright line around them and a dark one around that.

Pure functions of arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.suspicions import pixels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.suspicions import Ring

# No class table has it, water and cloud do not, and the dark line beside it shows on all others.
_BRIGHT, _DARK = (0, 229, 255, 255), (0, 0, 0, 255)
# Dots of the picture along a pixel, and along the longer side of the chip at most.
_FINENESS, _MOST_DOTS = 8, 1024
# A chip is about as wide on a small screen, where a line has to have a width of two dots.
_SCREEN_PX = 512


def fineness_for(shape: tuple[int, int]) -> int:
    """Return how many dots a pixel of a chip (height, width) is wide and high in the picture."""
    return max(1, min(_FINENESS, _MOST_DOTS // max(shape)))


def draw_outlines(
    outlined: Sequence[Sequence[Ring]], shape: tuple[int, int]
) -> NDArray[np.uint8] | None:
    """Return a picture of outlines around pixels, which themselves stay to be seen.

    Parameters
    ----------
    outlined : sequence of rings
        What is outlined, one after the other, as `SuspicionRecord.rings`.
    shape : tuple of int
        (height, width) of the chip in pixels.

    Returns
    -------
    ndarray or None
        (y, x, red green blue opacity) uint8, `fineness_for` dots for each pixel; None where there
        is nothing to outline.
    """
    pixels = np.zeros(shape, np.bool_)
    for rings in outlined:
        pixels |= pixels_of(rings, shape)
    if not pixels.any():
        return None
    fineness = fineness_for(shape)
    width = max(1, round(fineness * max(shape) / _SCREEN_PX))
    picture = np.zeros((shape[0] * fineness, shape[1] * fineness, 4), np.uint8)
    # Only what is near: a picture of a large chip has a million dots.
    rows, columns = _around(pixels, -(-3 * width // fineness))
    inside = pixels[rows, columns].repeat(fineness, axis=0).repeat(fineness, axis=1)
    bright = _grown(inside, 2 * width)
    dark = _grown(bright, width)
    near = picture[_in_dots(rows, fineness), _in_dots(columns, fineness)]
    near[dark & ~bright] = _DARK
    near[bright & ~inside] = _BRIGHT
    return picture


def _around(pixels: NDArray[np.bool_], more: int) -> tuple[slice, slice]:
    """Return rows and columns of the pixels chosen and so many more on each side."""
    slices = []
    for axis, length in ((1, pixels.shape[0]), (0, pixels.shape[1])):
        chosen = np.flatnonzero(pixels.any(axis=axis))
        first, last = int(chosen[0]) - more, int(chosen[-1]) + more
        slices.append(slice(max(first, 0), min(last + 1, length)))
    return slices[0], slices[1]


def _in_dots(pixels: slice, fineness: int) -> slice:
    return slice(pixels.start * fineness, pixels.stop * fineness)


def box_of(rings: Sequence[Ring]) -> tuple[int, int, int, int]:
    """Return the box (top, left, bottom, right; the last two exclusive) of pixels by their rings.

    Raises
    ------
    ValueError
        If there are no rings.
    """
    corners = np.array([corner for ring in rings for corner in ring])
    (top, left), (bottom, right) = corners.min(axis=0), corners.max(axis=0)
    return int(top), int(left), int(bottom), int(right)


def _grown(inside: NDArray[np.bool_], dots: int) -> NDArray[np.bool_]:
    """Return what lies inside or at most so many dots away, also across corners."""
    grown = inside.copy()
    for _ in range(dots):
        across = grown.copy()
        across[:, 1:] |= grown[:, :-1]
        across[:, :-1] |= grown[:, 1:]
        grown = across.copy()
        grown[1:] |= across[:-1]
        grown[:-1] |= across[1:]
    return grown
