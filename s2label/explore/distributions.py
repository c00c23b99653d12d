"""How a measure is spread over the pixels of each class: quantiles and histograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BINS = 60
# Shares below which that much of a class lies, 0..1.
QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
# Axes reach as far as this share of each class does: a few saturated pixels would squeeze the rest.
_SHOWN = (0.005, 0.995)


@dataclass(frozen=True, eq=False)
class Distribution:
    """A measure over the pixels of one class.

    Parameters
    ----------
    values : ndarray
        (pixel,) float64, those that have a value, in no order.
    chips : ndarray
        (pixel,) intp, number of the chip of each.
    """

    values: Floats
    chips: NDArray[np.intp]

    @property
    def size(self) -> int:
        """How many pixels."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Mean; NaN without any pixel."""
        return float(self.values.mean()) if self.size else float("nan")

    @property
    def deviation(self) -> float:
        """Standard deviation of the sample (n - 1); NaN of fewer than two pixels."""
        return float(self.values.std(ddof=1)) if self.size > 1 else float("nan")

    def quantiles(self, shares: Sequence[float] = QUANTILES) -> Floats:
        """Return quantiles as `numpy.quantile` computes them (linear); NaN without any pixel."""
        if not self.size:
            return np.full(len(shares), np.nan)
        return np.asarray(np.quantile(self.values, shares))

    def chips_between(self, low: float, high: float, *, with_high: bool = False) -> tuple[int, ...]:
        """Return the chips that have a pixel of ``low <= value < high``, in order."""
        is_under = self.values <= high if with_high else self.values < high
        is_in = (self.values >= low) & is_under
        return tuple(int(chip) for chip in np.unique(self.chips[is_in]))


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many pixels of a class lie in each bin.

    Parameters
    ----------
    edges : ndarray
        (bin + 1,) float64; a bin holds its lower edge, the last one both.
    pixels : ndarray
        (bin,) intp.
    below, above : int
        Pixels under the first and over the last edge.
    """

    edges: Floats
    pixels: NDArray[np.intp]
    below: int
    above: int

    @property
    def shares(self) -> Floats:
        """(bin,) share of all pixels of the class, 0..1."""
        total = int(self.pixels.sum()) + self.below + self.above
        return self.pixels / max(total, 1)


def split_by_class(
    values: NDArray[np.float32], classes: NDArray[np.uint8], chips: NDArray[np.intp]
) -> dict[int, Distribution]:
    """Return class value -> the measure of its pixels; those of NaN are left out."""
    has_value = np.isfinite(values)
    return {
        int(value): Distribution(
            values[has_value & (classes == value)].astype(np.float64),
            chips[has_value & (classes == value)],
        )
        for value in np.unique(classes)
    }


def shown_range(distributions: Mapping[int, Distribution]) -> tuple[float, float]:
    """Return between which values nearly all pixels of every class lie; never an empty range."""
    found = [each.quantiles(_SHOWN) for each in distributions.values() if each.size]
    if not found:
        return 0.0, 1.0
    low, high = float(min(f[0] for f in found)), float(max(f[1] for f in found))
    middle, least = (low + high) / 2, max(1e-3, 1e-3 * abs(low))
    return (low, high) if high - low > least else (middle - least, middle + least)


def bin_pixels(distribution: Distribution, limits: tuple[float, float]) -> Histogram:
    """Count the pixels of a class in `BINS` equal bins between two limits."""
    low, high = limits
    pixels, edges = np.histogram(distribution.values, BINS, limits)
    below = int((distribution.values < low).sum())
    above = int((distribution.values > high).sum())
    return Histogram(edges, pixels, below, above)
