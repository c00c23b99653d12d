"""How likely something seen in a mask means that the mask is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Of ten masks one is thought wrong in each way, before one looks.
PRIOR = 0.1
# More often something was overlooked than drawn where nothing is (docs/suspicions.md).
PRIOR_OVERLOOKED = 0.2
# What is less likely wrong than this is nothing to ask a person about.
LEAST_CHANCE = 0.05
# What is seen hardly more often in wrong masks tells nothing. Many strengths are tried, and by luck
# one may seem to tell: it has to be more often also so many standard deviations below.
_LEAST_TIMES = 1.5
_DEVIATIONS = 3.0


@dataclass
class Evidence:
    """How strongly something is seen in masks as they are, and in masks made wrong on purpose.

    ``usual`` and ``wrong`` are strengths, each of a comparable thing; ``usual_of`` and ``wrong_of``
    are how many such things were looked at, those in which nothing was seen included. ``luck`` and
    ``luck_of``, where there are any, are what a model that knows nothing would have among the wrong
    ones; where there are none, it would have as much as is usual.
    """

    usual: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)
    usual_of: int = 0
    wrong_of: int = 0
    luck: list[float] = field(default_factory=list)
    luck_of: int = 0

    def times(self, strengths: Sequence[float]) -> list[float]:
        """Return how many times as usual each strength, or more, is in wrong masks.

        The likelihood ratio of the tails; it never falls while the strength rises. 0 below the
        least strength by which wrong masks can be told from masks as they are.
        """
        if not (len(strengths) and self.wrong_of and self.usual_of):
            return [0.0] * len(strengths)
        steps = np.unique(np.concatenate([self.usual, self.wrong, strengths]))
        told = np.where(self._is_told(steps), self._ratios(steps), 0)
        ratio = np.maximum.accumulate(told)
        return [float(each) for each in ratio[np.searchsorted(steps, strengths)]]

    @property
    def tells(self) -> bool:
        """Whether wrong masks can be told from masks as they are, by any strength."""
        steps = np.unique(np.concatenate([self.usual, self.wrong]))
        return bool(self.wrong_of and self.usual_of and self._is_told(steps).any())

    def _ratios(self, steps: NDArray[np.floating]) -> NDArray[np.float64]:
        wrong = _count_from(steps, self.wrong) / self.wrong_of
        # What is judged is itself one of the usual: there is at least one.
        usual = np.maximum(_count_from(steps, self.usual), 1) / self.usual_of
        return np.asarray(wrong / usual)

    def _is_told(self, steps: NDArray[np.floating]) -> NDArray[np.bool_]:
        wrong = _count_from(steps, self.wrong)
        other, of = (self.luck, self.luck_of) if self.luck_of else (self.usual, self.usual_of)
        others = np.maximum(_count_from(steps, other), 1)
        ratio = wrong / self.wrong_of / (others / of)
        # Counts by chance: the logarithm of their ratio spreads by this much.
        spread = np.sqrt(1 / np.maximum(wrong, 1) + 1 / others)
        return np.asarray((ratio >= _LEAST_TIMES) & (ratio * np.exp(-_DEVIATIONS * spread) > 1))


def chance_of(times: float, prior: float = PRIOR) -> float:
    """Return the chance, 0..1, that a mask is wrong, from the ratio by Bayes' rule."""
    odds = times * prior / (1 - prior)
    return odds / (1 + odds)


def _count_from(steps: NDArray[np.floating], strengths: Sequence[float]) -> NDArray[np.int64]:
    """Return how many things have at least each strength."""
    ordered = np.sort(np.asarray(strengths, float))
    return np.asarray(len(ordered) - np.searchsorted(ordered, steps, side="left"), np.int64)
