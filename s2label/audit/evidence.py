"""How likely something seen in a mask means that the mask is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

# Of ten masks one is thought wrong in each way, before one looks.
PRIOR = 0.1
# More often something was overlooked than drawn where nothing is (docs/suspicions.md).
PRIOR_OVERLOOKED = 0.2
# What is less likely wrong than this is nothing to ask a person about.
LEAST_CHANCE = 0.05


@dataclass
class Evidence:
    """How strongly something is seen in masks as they are, and in masks made wrong on purpose.

    ``usual`` and ``wrong`` are strengths, each of a comparable thing; ``usual_of`` and ``wrong_of``
    are how many such things were looked at, those in which nothing was seen included.
    """

    usual: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)
    usual_of: int = 0
    wrong_of: int = 0

    def times(self, strengths: list[float]) -> list[float]:
        """Return how many times as usual each strength, or more, is in wrong masks.

        The likelihood ratio of the tails; it never falls while the strength rises.
        """
        if not (strengths and self.wrong_of and self.usual_of):
            return [0.0] * len(strengths)
        steps = np.unique(np.concatenate([self.usual, strengths]))
        wrong = _share_from(steps, self.wrong, self.wrong_of)
        # What is judged is itself one of the usual: there is at least one.
        usual = np.maximum(_share_from(steps, self.usual, self.usual_of), 1 / self.usual_of)
        ratio = np.maximum.accumulate(wrong / usual)
        return [float(each) for each in ratio[np.searchsorted(steps, strengths)]]


def chance_of(times: float, prior: float = PRIOR) -> float:
    """Return the chance, 0..1, that a mask is wrong, from the ratio by Bayes' rule."""
    odds = times * prior / (1 - prior)
    return odds / (1 + odds)


def _share_from(steps: np.ndarray, strengths: list[float], of: int) -> np.ndarray:
    """Return the share of all things with at least each strength."""
    ordered = np.sort(np.asarray(strengths, float))
    return (len(ordered) - np.searchsorted(ordered, steps, side="left")) / of
