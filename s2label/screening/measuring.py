"""What a cloud raster and the pixels under it amount to: shares and statistics. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.screening.classes import (
    CLEAR,
    CLOUD,
    HAZE,
    NODATA,
    SHADOW,
    SNOW,
    UNKNOWN,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

# NDWI (B03-B08)/(B03+B08) of water is above 0 (McFeeters, 1996), and water is dark in B08: haze
# over land, which also has an NDWI of about 0, is not.
_LEAST_NDWI, _MOST_NIR = 0.0, 0.12


@dataclass(frozen=True)
class Shares:
    """Shares of an image, 0..1, as `types.ScreeningRecord` says them."""

    cloud: float
    shadow: float
    haze: float
    snow: float
    nodata: float
    unknown: float
    valid_cloud: float | None
    labelled_cloud: float | None
    water_cloud: float | None


def measure_shares(
    classes: NDArray[np.uint8],
    is_labelled: NDArray[np.bool_] | None = None,
    is_water: NDArray[np.bool_] | None = None,
) -> Shares:
    """Return the shares of a cloud raster.

    Parameters
    ----------
    classes : ndarray
        (y, x) uint8, see `screening.classes`.
    is_labelled, is_water : ndarray, optional
        (y, x) bool: which pixels have a label, and which are water.
    """
    whole = [float((classes == v).mean()) for v in (CLOUD, SHADOW, HAZE, SNOW, NODATA, UNKNOWN)]
    everywhere = np.ones(classes.shape, np.bool_)
    parts = (everywhere, is_labelled, is_water)
    return Shares(*whole, *(_cloud_within(classes, part) for part in parts))


def _cloud_within(classes: NDArray[np.uint8], part: NDArray[np.bool_] | None) -> float | None:
    """Return the share of cloud among those pixels of a part of which something is known."""
    if part is None:
        return None
    known = part & (classes < UNKNOWN)
    return float((classes[known] == CLOUD).mean()) if known.any() else None


def find_water(
    bands: Mapping[str, NDArray[np.float32]], classes: NDArray[np.uint8]
) -> NDArray[np.bool_] | None:
    """Return where water is, (y, x) bool; None without B03 and B08, or where all is covered.

    What lies under cloud, shadow or haze is taken for what the nearest clear pixel is.

    Parameters
    ----------
    bands : mapping
        Band name -> reflectance (y, x), NaN at nodata.
    classes : ndarray
        (y, x) uint8 cloud raster.
    """
    is_clear = classes == CLEAR
    if not {"B03", "B08"} <= set(bands) or not is_clear.any():
        return None
    green, near = bands["B03"], bands["B08"]
    with np.errstate(invalid="ignore", divide="ignore"):
        is_water = ((green - near) / (green + near) > _LEAST_NDWI) & (near < _MOST_NIR)
    if not is_clear.all():
        is_water = is_water[_nearest(is_clear)]
    found: NDArray[np.bool_] = is_water & (classes != NODATA)
    return found


def _nearest(is_clear: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(~is_clear, return_distances=False, return_indices=True)
    return rows, columns


def measure_bands(names: Sequence[str], values: NDArray[np.float32]) -> dict[str, dict[str, float]]:
    """Return mean, deviation and the 2nd and 98th percentile of bands, of finite pixels.

    Parameters
    ----------
    names : sequence of str
        Names of the bands; those without any pixel are left out.
    values : ndarray
        (band, y, x) float32 reflectance, NaN at nodata.
    """
    found = {}
    for name, layer in zip(names, values, strict=True):
        finite = layer[np.isfinite(layer)]
        if finite.size:
            low, high = np.percentile(finite, (2, 98))
            numbers = (finite.mean(dtype=np.float64), finite.std(dtype=np.float64), low, high)
            keys = ("mean", "deviation", "p2", "p98")
            found[name] = {k: round(float(v), 6) for k, v in zip(keys, numbers, strict=True)}
    return found
