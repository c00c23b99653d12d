"""The wand: one click selects the vessel that lies there, against the sea around it.

The selection is what cheap ways reach from the click, where a step costs its length and how
unlike the object the ground is. So it is connected, and a larger tolerance only adds pixels.
The figures below were chosen on three real ports (docs/wand.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import distance_transform_edt

from s2label.painting.sea import distance, measure_sea

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_TOLERANCE = 0.5
# A ship of 400 m x 60 m has 240 px of 10 m; on a Web Mercator grid at 45 degrees twice as many.
MAX_PX = 500

_RADIUS_PX = 32
# What ways may cost at a tolerance of 0.5.
_COST = 1.2
_MISS_PX = 2
# A click on a pixel this much fainter than one within reach has missed the object.
_MISSED = 0.4
# Pixels beside the start that stand out this much, against it, are of the same object.
_ALIKE = 0.5
# Fainter than this share of the object is only its blur on the sea.
_FAINTEST = 0.1
# Times the noise of the sea.
_STANDING_OUT = 2
_INLAND_PX = 10


@dataclass(frozen=True)
class Growth:
    """What one click can select: made once, then asked for any tolerance.

    Parameters
    ----------
    cost : ndarray
        float32 (y, x): of the cheapest way from the seed, 0 at the seed, inf where none leads.
    seed : tuple of int
        (x, y) where it starts: the click, or the object up to 2 px beside it.
    limit : float
        Cost from which on a region would have more pixels than allowed; inf if none would.
    reason : str
        Why the region is empty or what is odd about the place; empty if nothing is.
    """

    cost: NDArray[np.float32]
    seed: tuple[int, int]
    limit: float = np.inf
    reason: str = ""

    def region(self, tolerance: float = DEFAULT_TOLERANCE) -> NDArray[np.bool_]:
        """Return the selected pixels as bool (y, x); a larger tolerance never loses any.

        Raises
        ------
        ValueError
            If the tolerance is not in 0..1.
        """
        return np.isfinite(self.cost) & (self.cost <= _cost(tolerance)) & (self.cost < self.limit)

    def is_cut_off(self, tolerance: float = DEFAULT_TOLERANCE) -> bool:
        """Tell whether the region was stopped because it had its largest size."""
        return self.limit < np.inf and _cost(tolerance) >= self.limit

    def note(self, tolerance: float = DEFAULT_TOLERANCE) -> str:
        """Return in one line what the user should know of the region; empty if nothing."""
        if not self.reason and self.is_cut_off(tolerance):
            size = np.count_nonzero(self.region(tolerance))
            return f"stopped at {size} px: it runs into land or a quay; lower the tolerance"
        return self.reason


def grow(
    values: NDArray[np.float32],
    valid: NDArray[np.bool_],
    seed: tuple[int, int],
    tolerance: float = DEFAULT_TOLERANCE,
    max_px: int = MAX_PX,
) -> NDArray[np.bool_]:
    """Return the object at a click as bool (y, x); parameters and errors as in `start_growth`.

    Raises
    ------
    ValueError
        Also if the tolerance is not in 0..1.
    """
    return start_growth(values, valid, seed, max_px).region(tolerance)


def start_growth(
    values: NDArray[np.float32],
    valid: NDArray[np.bool_],
    seed: tuple[int, int],
    max_px: int = MAX_PX,
) -> Growth:
    """Compare what was clicked with the sea around it, up to 32 px away.

    Parameters
    ----------
    values : ndarray
        Reflectance (band, y, x), 0..1, of any bands; NaN is nodata.
    valid : ndarray
        bool (y, x), False at nodata; nodata is never selected and never sea.
    seed : tuple of int
        The click, (x, y) in pixels.
    max_px : int
        Most pixels that a region may have.

    Raises
    ------
    ValueError
        If the seed lies outside, the shapes differ or ``max_px`` is less than 1.
    """
    _check(values, valid, seed, max_px)
    left, top = (max(0, place - _RADIUS_PX) for place in seed)
    window = np.s_[top : seed[1] + _RADIUS_PX + 1, left : seed[0] + _RADIUS_PX + 1]
    cost = np.full(valid.shape, np.inf, np.float32)
    inner = _grow_in(values[:, *window], valid[window], (seed[0] - left, seed[1] - top))
    cost[window] = inner.cost
    reached = np.sort(inner.cost[np.isfinite(inner.cost)])
    limit = float(reached[max_px]) if reached.size > max_px else np.inf
    return Growth(cost, (inner.seed[0] + left, inner.seed[1] + top), limit, inner.reason)


def _grow_in(
    values: NDArray[np.float32], valid: NDArray[np.bool_], click: tuple[int, int]
) -> Growth:
    """Return the growth within the window about a click, without a limit."""
    # Graphs take as long to load as a whole chip takes to open: only for who uses the wand.
    from s2label.painting.ways import cheapest_ways

    nothing = np.full(valid.shape, np.inf, np.float32)
    usable = valid & np.isfinite(values).all(axis=0)
    if not usable[click[::-1]]:
        return Growth(nothing, click, reason="no data here")
    # Roots even out the noise of dark and bright ground, and tame the brightest decks.
    roots = np.sqrt(np.where(usable, values, 0).clip(min=0))
    sea, noise = measure_sea(roots[:, usable])
    contrast = np.where(usable, distance(roots, sea), 0)
    seed = _find_seed(contrast, click, noise)
    strength = contrast[seed[::-1]]
    if strength < _STANDING_OUT * noise:
        return Growth(nothing, seed, reason="nothing here stands out from the sea")
    solid = usable & (contrast >= max(_FAINTEST * strength, noise))
    ways = cheapest_ways(_unlikeness(roots, contrast, seed), solid, seed)
    return Growth(ways, seed, reason=_oddity(solid, seed))


def _cost(tolerance: float) -> float:
    if not 0 <= tolerance <= 1:
        raise ValueError(f"tolerance is {tolerance}; expected a number from 0 to 1")
    return np.inf if tolerance == 1 else _COST * tolerance / (1 - tolerance)


def _check(
    values: NDArray[np.float32], valid: NDArray[np.bool_], seed: tuple[int, int], max_px: int
) -> None:
    if values.ndim != 3 or values.shape[1:] != valid.shape:
        raise ValueError(f"values {values.shape} are not (band, y, x) of valid {valid.shape}")
    height, width = valid.shape
    if not (0 <= seed[0] < width and 0 <= seed[1] < height):
        raise ValueError(f"seed (x, y) = {seed} lies outside the chip of {width} x {height} px")
    if max_px < 1:
        raise ValueError(f"max_px is {max_px}; expected 1 or more")


def _around(place: tuple[int, int], reach: int) -> tuple[slice, slice]:
    return np.s_[
        max(0, place[1] - reach) : place[1] + reach + 1,
        max(0, place[0] - reach) : place[0] + reach + 1,
    ]


def _find_seed(
    contrast: NDArray[np.float32], click: tuple[int, int], noise: float
) -> tuple[int, int]:
    """Return the click (x, y), or the brightest pixel near by if it lies beside the object."""
    brightest = float(contrast[_around(click, _MISS_PX)].max())
    enough = max(_MISSED * brightest, _STANDING_OUT * noise)
    for reach in range(_MISS_PX + 1):
        near = contrast[_around(click, reach)]
        if near.max() >= enough:
            row, column = np.unravel_index(near.argmax(), near.shape)
            return max(0, click[0] - reach) + int(column), max(0, click[1] - reach) + int(row)
    return click


def _unlikeness(
    roots: NDArray[np.float32], contrast: NDArray[np.float32], seed: tuple[int, int]
) -> NDArray[np.float32]:
    """Return how unlike the object each pixel is: 0 the same, 1 as unlike as the sea, or more.

    The object is known by all pixels about the seed, so that a deck of two colours is one.
    """
    strength = contrast[seed[::-1]]
    around = _around(seed, 1)
    spectra = roots[:, *around][:, contrast[around] > _ALIKE * strength]
    nearest = np.min([distance(roots, spectrum) for spectrum in spectra.T], axis=0)
    return np.asarray(np.minimum(nearest / strength, 1), np.float32)


def _oddity(solid: NDArray[np.bool_], seed: tuple[int, int]) -> str:
    if solid.all() or distance_transform_edt(solid)[seed[::-1]] > _INLAND_PX:
        return f"no sea within {_INLAND_PX} px: this looks like land"
    return ""
