"""How well chances foresaw decisions that they did not know, with 95 % intervals."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEVEL = 0.95
_FORESEEN = 0.5
# Of fewer decisions an interval says next to nothing.
LEAST_MEASURED = 20


class Source(StrEnum):
    """On which decisions it was measured."""

    BEFORE = "chances that stood before the decision"
    FOLDS = "places left out of the learning"


@dataclass(frozen=True)
class HitRate:
    """How well chances foresaw decisions.

    Parameters
    ----------
    source : Source
        Which decisions these are; the chances knew none of them.
    decisions, rejected, hits : int
        How many there are, how many are rejections, how many were foreseen: a chance over one
        half for those that were rejected.
    rate, rate_low, rate_high : float
        Share that was foreseen, with the exact interval of Clopper and Pearson (1934).
    auc, auc_low, auc_high : float
        How often a rejected image had a larger chance than an accepted one, with the interval of
        Hanley and McNeil (1982). Dates of one place are alike: intervals are a little narrow.
    """

    source: Source
    decisions: int
    rejected: int
    hits: int
    rate: float
    rate_low: float
    rate_high: float
    auc: float
    auc_low: float
    auc_high: float

    @property
    def words(self) -> str:
        """What it says, in one line."""
        return (
            f"{self.hits} of {self.decisions} decisions foreseen "
            f"({self.rate:.0%}, {self.rate_low:.0%} to {self.rate_high:.0%}); a rejected image "
            f"comes before an accepted one in {self.auc:.0%} ({self.auc_low:.0%} to "
            f"{self.auc_high:.0%}) of all pairs; measured on {self.source}"
        )


def measure_hits(
    chances: NDArray[np.float64], is_rejected: NDArray[np.bool_], source: Source
) -> HitRate | None:
    """Measure how well chances foresaw decisions; None where these are few or of one kind.

    Parameters
    ----------
    chances : ndarray
        (image,) 0..1, made without knowing the decisions.
    is_rejected : ndarray
        (image,) bool, the decisions.
    source : Source
        Which decisions these are.
    """
    decisions, rejected = is_rejected.size, int(is_rejected.sum())
    if decisions < LEAST_MEASURED or rejected in (0, decisions):
        return None
    from scipy.stats import binomtest
    from sklearn.metrics import roc_auc_score

    hits = int(np.count_nonzero((chances > _FORESEEN) == is_rejected))
    interval = binomtest(hits, decisions).proportion_ci(_LEVEL, method="exact")
    auc = float(roc_auc_score(is_rejected, chances))
    error = 1.96 * _auc_deviation(auc, rejected, decisions - rejected)
    rates = (hits / decisions, float(interval.low), float(interval.high))
    aucs = (auc, max(0.0, auc - error), min(1.0, auc + error))
    return HitRate(source, decisions, rejected, hits, *rates, *aucs)


def _auc_deviation(auc: float, positives: int, negatives: int) -> float:
    """Return the standard error of an AUC (Hanley and McNeil, 1982, equations 1 and 2)."""
    two_rejected, two_accepted = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc)
    spread += (positives - 1) * (two_rejected - auc**2)
    spread += (negatives - 1) * (two_accepted - auc**2)
    return float(np.sqrt(max(0.0, spread) / (positives * negatives)))
