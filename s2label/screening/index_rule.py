"""The index rule: cloud by brightness, whiteness and blueness alone. It orders; it never judges.

It takes white roofs, salt, surf and bright sand for cloud now and then, and snow where there is no
band B11 to tell it by; it finds no shadows. Limits of brightness, whiteness and blueness at the
ground were searched for on half of the pixels of two real Sentinel-2 images, by people who had
seen the values of the other half; those above the atmosphere were read off five dates of one
place. Those of cirrus and snow are from others' work. docs/screening.md says how well it does, and
on what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.screening.classes import CLEAR, CLOUD, HAZE, NODATA, SNOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Bands = Mapping[str, NDArray[np.float32]]

NEEDED = ("B02", "B03", "B04")
USEFUL = ("B08", "B10", "B11")

# Reflectance. Blue minus half of red (after Zhang's haze-optimised transform, 2002) is small over
# soil, sand and plants; above the atmosphere, where the air itself is blue, it is larger.
_LEAST_BRIGHT = 0.10
_MOST_COLOURED = 0.30
_HOT_BELOW = (0.04, 0.06)
_HOT_ABOVE = (0.072, 0.085)
# Only clouds high above the water vapour shine in B10 (limit of the Sentinel-2 L1C cirrus mask).
_LEAST_CIRRUS = 0.012
# Snow after Hall (1995): NDSI above 0.4, and bright in the near infrared, which water is not.
_LEAST_NDSI, _LEAST_NIR = 0.4, 0.11
# Smaller than this are vessels, roofs and surf, not clouds.
LEAST_CLOUD_M2 = 5000.0


@dataclass(frozen=True)
class _Limits:
    haze: float
    cloud: float


def index_classes(
    bands: Bands, *, is_above_atmosphere: bool, pixel_m2: float = 100.0
) -> NDArray[np.uint8]:
    """Return the classes of an image by its bands alone.

    Parameters
    ----------
    bands : mapping
        Band name -> reflectance (y, x) float32, NaN at nodata: B02, B03 and B04; B08 and B11 keep
        snow out, B10 finds thin high cloud.
    is_above_atmosphere : bool
        Whether it is reflectance above the atmosphere (L1C) or at the ground (L2A).
    pixel_m2 : float
        Ground of a pixel; clouds of less than 5000 m2 are left out.

    Returns
    -------
    ndarray
        (y, x) uint8: clear, cloud, haze, snow or nodata.
    """
    blue, green, red = (bands[name] for name in NEEDED)
    has_data = np.isfinite(blue) & np.isfinite(green) & np.isfinite(red)
    limits = _Limits(*(_HOT_ABOVE if is_above_atmosphere else _HOT_BELOW))
    with np.errstate(invalid="ignore", divide="ignore"):
        is_snow = _is_snow(bands)
        hot = blue - 0.5 * red
        is_white = _is_bright_and_white(blue, green, red)
        is_cloud = is_white & (hot > limits.cloud) | _is_cirrus(bands)
        is_haze = hot > limits.haze
    found = np.full(blue.shape, CLEAR, np.uint8)
    found[is_haze & ~is_snow] = HAZE
    found[is_snow] = SNOW
    found[_large(is_cloud & ~is_snow, LEAST_CLOUD_M2 / pixel_m2)] = CLOUD
    found[~has_data] = NODATA
    return found


def _is_bright_and_white(
    blue: NDArray[np.float32], green: NDArray[np.float32], red: NDArray[np.float32]
) -> NDArray[np.bool_]:
    visible = np.stack([blue, green, red])
    bright = visible.mean(axis=0)
    # How far the three colours lie from their mean, as a share of it (Gomez-Chova et al., 2007).
    coloured = np.abs(visible - bright).mean(axis=0) / bright
    chosen: NDArray[np.bool_] = (bright > _LEAST_BRIGHT) & (coloured < _MOST_COLOURED)
    return chosen


def _is_snow(bands: Bands) -> NDArray[np.bool_]:
    green = bands["B03"]
    if "B11" not in bands:
        return np.zeros(green.shape, np.bool_)
    ndsi = (green - bands["B11"]) / (green + bands["B11"])
    near = bands.get("B08", green)
    chosen: NDArray[np.bool_] = (ndsi > _LEAST_NDSI) & (near > _LEAST_NIR)
    return chosen


def _is_cirrus(bands: Bands) -> NDArray[np.bool_]:
    if "B10" not in bands:
        return np.zeros(bands["B02"].shape, np.bool_)
    chosen: NDArray[np.bool_] = bands["B10"] > _LEAST_CIRRUS
    return chosen


def _large(chosen: NDArray[np.bool_], least_pixels: float) -> NDArray[np.bool_]:
    from scipy.ndimage import label

    numbers, _ = label(chosen, structure=np.ones((3, 3)))
    is_large = np.bincount(numbers.ravel()) >= least_pixels
    is_large[0] = False
    kept: NDArray[np.bool_] = is_large[numbers]
    return kept
