"""How sure a median, a mean or a ratio is: drawing what it is made of again and again.

The percentile bootstrap (Efron and Tibshirani 1993, chapter 13), with a fixed seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 1000
# From nine on, a 95 % interval of a median can leave out the smallest and the largest value
# (2nd to 8th of nine: 1 - 2 * 10 / 2**9 = 96 %): below, it hangs on one odd chip.
LEAST = 9
_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class Interval:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Interval:
        """Return all three multiplied by a positive number."""
        return Interval(self.value * factor, self.low * factor, self.high * factor)

    def in_words(self, digits: int) -> str:
        """Return ``1.2 (0.9 to 1.6)``."""
        return f"{self.value:,.{digits}f} ({self.low:,.{digits}f} to {self.high:,.{digits}f})"


def percentile_interval(value: float, draws: Floats) -> Interval:
    """Return a value with where 95 % of the finite draws lie."""
    low, high = np.percentile(draws[np.isfinite(draws)], _PERCENTILES)
    return Interval(float(value), float(low), float(high))


def draw_medians(values: Sequence[float], units: Sequence[int], seed: int = 0) -> Floats:
    """Return medians (draw,) of values whose units (days, chips) are drawn with repeats.

    Parameters
    ----------
    values : sequence of float
        At least one.
    units : sequence of int
        0.. for each value: what belongs together is drawn together.
    seed : int
        What the draws begin with.
    """
    order = np.argsort(values, kind="stable")
    sorted_values, sorted_units = np.array(values, float)[order], np.array(units)[order]
    return np.array(
        [_median(sorted_values, times[sorted_units]) for times in _draws(sorted_units, seed)]
    )


def _median(values: Floats, times: NDArray[np.intp]) -> float:
    """Return the median of ascending values, each of which stands so many times."""
    reached = np.cumsum(times)
    half = reached[-1] / 2
    low, high = np.searchsorted(reached, half, "left"), np.searchsorted(reached, half, "right")
    return float((values[low] + values[high]) / 2)


def draw_ratios(
    over: Sequence[float], under: Sequence[float], units: Sequence[int], seed: int = 0
) -> Floats:
    """Return sums of `over` divided by sums of `under` (draw,); NaN where these are 0.

    Parameters are those of `draw_medians`.
    """
    numbers = np.array(units)
    count = int(numbers.max()) + 1
    overs = np.bincount(numbers, np.array(over, float), count)
    unders = np.bincount(numbers, np.array(under, float), count)
    sums = np.array([(times @ overs, times @ unders) for times in _draws(numbers, seed)])
    ratios: Floats = np.full(len(sums), np.nan)
    np.divide(sums[:, 0], sums[:, 1], out=ratios, where=sums[:, 1] > 0)
    return ratios


def _draws(units: NDArray[np.intp], seed: int) -> Iterator[NDArray[np.intp]]:
    """Yield how often each unit is in a draw of as many units as there are."""
    random, count = np.random.default_rng(seed), int(units.max()) + 1
    for _ in range(RESAMPLES):
        yield np.bincount(random.integers(count, size=count), minlength=count)
