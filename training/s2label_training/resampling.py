"""Old against new on the same ground, and how sure one can be. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label_training.headlines import class_scores_of, headline_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.types import Lifetime
    from s2label_training.tallies import ChipTally

RESAMPLES = 2000
_PERCENTILES = (2.5, 97.5)

Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Difference:
    """How two models differ on the same units of ground.

    Parameters
    ----------
    old, new : float
        Headline scores on all units; NaN where nothing could be scored.
    confidence : float
        Share of resamples in which the new one is better, 0..1; of those that could be scored.
    interval : tuple of float or None
        Between which 95 % of the resampled differences new - old lie.
    old_classes, new_classes : ndarray
        (class,) the scores that make the headline, see `headlines.class_scores_of`.
    class_intervals : list
        As `interval`, per class.
    """

    old: float
    new: float
    confidence: float
    interval: Interval | None
    old_classes: NDArray[np.float64]
    new_classes: NDArray[np.float64]
    class_intervals: list[Interval | None]


def resample(
    old: Sequence[ChipTally],
    new: Sequence[ChipTally],
    lifetime: Lifetime,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Compare two models on the same units, drawing the units again and again.

    The percentile bootstrap (Efron and Tibshirani 1993, chapter 13) of paired differences: both
    models are scored on the same draw, so that hard ground counts for both.

    Parameters
    ----------
    old, new : sequence of ChipTally
        One per unit (a group or a place), in the same order; at least one.
    lifetime : Lifetime
        Of the class table.
    resamples, seed : int
        How many draws, and what they begin with.
    """
    units = len(old)
    if units != len(new) or not units:
        raise ValueError(f"{units} and {len(new)} units, expected the same number, and some")
    draws = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), resamples)
    once = np.ones((1, units))
    headlines = headline_of(new, draws, lifetime) - headline_of(old, draws, lifetime)
    classes = class_scores_of(new, draws, lifetime) - class_scores_of(old, draws, lifetime)
    is_scored = np.isfinite(headlines)
    return Difference(
        float(headline_of(old, once, lifetime)[0]),
        float(headline_of(new, once, lifetime)[0]),
        float((headlines[is_scored] > 0).mean()) if is_scored.any() else 0.0,
        _interval(headlines),
        class_scores_of(old, once, lifetime)[0],
        class_scores_of(new, once, lifetime)[0],
        [_interval(column) for column in classes.T],
    )


def _interval(differences: NDArray[np.float64]) -> Interval | None:
    known = differences[np.isfinite(differences)]
    if not known.size:
        return None
    low, high = np.percentile(known, _PERCENTILES)
    return float(low), float(high)
