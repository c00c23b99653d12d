"""Counting objects, such as vessels, instead of pixels (docs/scores.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Largest object of each size class in px. On hand-drawn masks of five ports (10 m) vessels have
# 17 to 276 px, half of them more than 90; what is smaller than 11 px is a boat or a speck.
LARGEST_PX = (3, 10, 30, 100)
SIZE_NAMES = ("1-3 px", "4-10 px", "11-30 px", "31-100 px", "over 100 px")
# Rows of what is counted.
TRUE, FOUND, PROPOSED, RIGHT = range(4)
_NEIGHBOURS = np.ones((3, 3), bool)


def count_objects(
    proposed: NDArray[np.bool_], truth: NDArray[np.bool_], counts: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Count the objects of one class in a chip, 8-connected.

    A true object is found if at least a quarter of its pixels are proposed; a proposed one is right
    if at least a quarter of its pixels are true. An object of which less than half is known (see
    `counts`) is left out, on either side.

    Parameters
    ----------
    proposed, truth : ndarray of bool
        (y, x) where the class is proposed, and where it is.
    counts : ndarray of bool
        (y, x) where the truth is known.

    Returns
    -------
    ndarray of int64
        (4, size class): true, found, proposed and right objects.
    """
    found = _count_overlaid(truth, proposed, counts)
    right = _count_overlaid(proposed, truth, counts)
    return np.concatenate([found, right])


def _count_overlaid(
    mask: NDArray[np.bool_], other: NDArray[np.bool_], counts: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return (2, size class): objects of a mask, and those that another mask overlays."""
    # It takes a fifth of a second to load.
    from scipy import ndimage

    labels, number = ndimage.label(mask, _NEIGHBOURS)
    px, overlaid_px, known_px = (
        np.bincount(labels[where], minlength=number + 1)[1:] for where in (mask, other, counts)
    )
    is_known = 2 * known_px >= px
    is_overlaid = 4 * overlaid_px >= px
    size = np.searchsorted(LARGEST_PX, px)
    return np.stack(
        [
            np.bincount(size[chosen], minlength=len(SIZE_NAMES))
            for chosen in (is_known, is_known & is_overlaid)
        ]
    )
