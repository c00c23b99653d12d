"""The sea about a place, and how much a pixel stands out from it, in roots of reflectance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DARKEST_SHARE = 0.1
# Share of the sea's own pixels that differ from its middle by no more than its noise.
_NOISE_SHARE = 0.8
# Distance of roots that is never called more than noise: 0.0005 of reflectance over dark water.
_LEAST_NOISE = 0.003
# Reflectance: a sea without any noise would otherwise have no second pixel.
_LEAST_SPREAD = 2e-4
_ROUNDS = 10


def distance(roots: NDArray[np.float32], spectrum: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far each pixel of (band, ...) is from one spectrum (band,), over all bands."""
    others = spectrum.reshape(-1, *[1] * (roots.ndim - 1))
    return np.asarray(np.linalg.norm(roots - others, axis=0), np.float32)


def measure_sea(roots: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Return spectrum and noise of the sea among some pixels: their dark mode.

    It starts from the darkest tenth of them, so that land may fill most of the place, and takes in
    what is like it.

    Parameters
    ----------
    roots : ndarray
        Roots of reflectance (band, pixel), at least one pixel.

    Returns
    -------
    tuple
        Median spectrum (band,), and the distance from it that most of the sea keeps.
    """
    brightness = (roots**2).mean(axis=0)
    is_sea = brightness <= np.quantile(brightness, _DARKEST_SHARE, method="lower")
    for _ in range(_ROUNDS):
        middle = np.median(brightness[is_sea])
        # 1.4826 makes the median absolute deviation a standard deviation.
        spread = max(1.4826 * float(np.median(abs(brightness[is_sea] - middle))), _LEAST_SPREAD)
        like = (brightness >= middle - 4 * spread) & (brightness <= middle + 3 * spread)
        if np.array_equal(like, is_sea):
            break
        is_sea = like
    sea = np.median(roots[:, is_sea], axis=1)
    noise = float(np.quantile(distance(roots[:, is_sea], sea), _NOISE_SHARE))
    return sea, max(noise, _LEAST_NOISE)
