"""Where water is, by its darkness in the short-wave infrared. Knows no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Water takes in short waves of infrared whatever floats in it, and haze adds little there: the
# first of these bands that an image has tells water from land. Near infrared does not: over a port
# in the sun's glint the sea reached 0.15 in B08.
_BANDS = ("B11", "B12")
# Reflectance. Over five ports the sea stayed below 0.115 in B11, in haze and in the sun's glint.
DARKEST_LAND = 0.12
# Smaller waters are shadows, roofs and pools.
LEAST_PX = 200


def can_tell_water(bands: Sequence[str]) -> bool:
    """Tell whether there is a band that tells water from land."""
    return any(name in bands for name in _BANDS)


def infrared_band(bands: Sequence[str]) -> str:
    """Return the name of the band that tells water from land; see `can_tell_water`."""
    return next(name for name in _BANDS if name in bands)


def is_near_water(
    values: NDArray[np.float32], bands: Sequence[str], reach_px: int
) -> NDArray[np.bool_]:
    """Tell which pixels are water, or so near it that a thing in the water may cover them.

    Parameters
    ----------
    values : ndarray
        (band, y, x) float32 reflectance, NaN at nodata.
    bands : sequence of str
        Name of each band; see `can_tell_water`.
    reach_px : int
        How far from water still counts, at least 1.

    Returns
    -------
    ndarray of bool
        (y, x).
    """
    from scipy import ndimage

    infrared = values[bands.index(infrared_band(bands))]
    square = np.ones((3, 3))
    # Lone dark pixels on land are opened away before waters are counted.
    dark = ndimage.binary_opening(np.nan_to_num(infrared, nan=1) < DARKEST_LAND, square)
    numbered, _ = ndimage.label(dark)
    is_large = np.bincount(numbered.ravel()) >= LEAST_PX
    water = dark & is_large[numbered]
    return np.asarray(ndimage.binary_dilation(water, square, iterations=reach_px))


def kept_to_water(
    probabilities: NDArray[np.float32], is_near: NDArray[np.bool_], class_values: Sequence[int]
) -> NDArray[np.float32]:
    """Return probabilities in which background is certain wherever water is not near.

    Parameters
    ----------
    probabilities : ndarray
        (class, y, x) float32.
    is_near : ndarray of bool
        (y, x), see `is_near_water`.
    class_values : sequence of int
        Value of each class; without background they stay as they are.
    """
    if BACKGROUND not in class_values:
        return probabilities
    certain = (np.array(class_values) == BACKGROUND).astype(np.float32)[:, None, None]
    return np.where(is_near, probabilities, certain)
