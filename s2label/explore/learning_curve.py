"""The learning curve: a power law through the scores of comparable rounds, and how sure it is.

score = a - b (chips / most)^-c with b >= 0, a <= 1: scores rise ever more slowly towards a
(Figueroa et al. 2012, "Predicting sample size required for classification performance"; Hestness et
al. 2017, "Deep Learning Scaling is Predictable, Empirically").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.explore.intervals import RESAMPLES, Interval, percentile_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.explore.rounds import TrainingRound

    Floats = NDArray[np.float64]

# A curve of three unknowns needs three points.
LEAST_ROUNDS = 3
_SHAPES = np.geomspace(0.05, 2.0, 40)
# A 95 % interval is so many standard deviations wide.
_WIDTH = 2 * 1.96
_LEAST_DEVIATION = 1e-3
_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """Curves that fit the rounds, one per draw.

    Parameters
    ----------
    most : int
        The most chips that any round learnt from.
    ceiling, drop, shape : ndarray
        (draw,) float64: a, b and c of the formula.
    """

    most: int
    ceiling: Floats
    drop: Floats
    shape: Floats

    def scores_at(self, chips: Sequence[float] | Floats) -> Floats:
        """Return the scores (draw, number) after learning from so many chips, 0..1."""
        share = np.asarray(chips, float)[None, :] / self.most
        falls = share ** -self.shape[:, None]
        return np.clip(self.ceiling[:, None] - self.drop[:, None] * falls, 0, 1)

    def score_at(self, chips: float) -> Interval:
        """Return the score after learning from so many chips: median and 95 % of the draws."""
        found = self.scores_at([chips])[:, 0]
        return percentile_interval(float(np.median(found)), found)

    def gain_of(self, more: int) -> Interval:
        """Return by how much so many more chips than `most` raise the score."""
        now, then = self.scores_at([self.most, self.most + more]).T
        return percentile_interval(float(np.median(then - now)), then - now)


def why_no_curve(rounds: Sequence[TrainingRound]) -> str:
    """Return why no curve can be drawn through comparable rounds; empty if one can."""
    counts = {each.chips for each in rounds}
    if len(rounds) < LEAST_ROUNDS:
        return (
            f"{len(rounds)} comparable round{'s' * (len(rounds) != 1)} of training; a learning "
            f"curve needs {LEAST_ROUNDS}: label more and train again, with the same recipe"
        )
    if len(counts) < LEAST_ROUNDS:
        said = " and ".join(f"{count:,}" for count in sorted(counts))
        return (
            f"{len(rounds)} comparable rounds of training, but of {said} chips only; a learning "
            f"curve needs {LEAST_ROUNDS} different numbers: label more and train again"
        )
    return ""


def fit_curve(rounds: Sequence[TrainingRound], seed: int = 0) -> LearningCurve:
    """Fit curves to rounds that are drawn again and again, their scores within their intervals.

    Of each draw that holds fewer than `LEAST_ROUNDS` different numbers of chips all rounds are
    taken instead; the scores are moved by chance in every draw.

    Parameters
    ----------
    rounds : sequence of TrainingRound
        Comparable ones, for which `why_no_curve` is empty.
    seed : int
        What the draws begin with.
    """
    chips = np.array([each.chips for each in rounds], float)
    scores = np.array([each.score for each in rounds], float)
    deviations = np.array([_deviation(each) for each in rounds])
    random = np.random.default_rng(seed)
    times = _draw_rounds(chips, random)
    moved = np.clip(random.normal(scores, deviations, times.shape), 0, 1)
    most = int(chips.max())
    found = _fit(chips / most, moved, times / deviations**2)
    return LearningCurve(most, *found)


def _deviation(each: TrainingRound) -> float:
    if each.low is None or each.high is None:
        return _LEAST_DEVIATION
    return max((each.high - each.low) / _WIDTH, _LEAST_DEVIATION)


def _draw_rounds(chips: Floats, random: np.random.Generator) -> Floats:
    """Return how often each round is in each draw, (draw, round)."""
    count = len(chips)
    times = random.multinomial(count, np.full(count, 1 / count), RESAMPLES).astype(float)
    different = [len(set(chips[row > 0])) for row in times]
    times[np.array(different) < LEAST_ROUNDS] = 1
    return times


def _fit(share: Floats, scores: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return a, b, c (draw,) of the least weighted squares, of all shapes c in the list.

    Parameters
    ----------
    share : ndarray
        (round,) chips divided by the most.
    scores, weights : ndarray
        (draw, round).
    """
    fits = [_fit_shape(share**-shape, scores, weights) for shape in _SHAPES]
    errors = np.stack([error for _, _, error in fits])
    best = errors.argmin(axis=0)
    draws = np.arange(len(scores))
    ceiling = np.stack([a for a, _, _ in fits])[best, draws]
    drop = np.stack([b for _, b, _ in fits])[best, draws]
    return ceiling, drop, _SHAPES[best]


def _fit_shape(falls: Floats, scores: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return a, b and the squared error (draw,) of scores = a - b falls, b >= 0, a <= 1."""
    total = weights.sum(axis=1)
    mean_fall, mean_score = (weights @ falls) / total, (weights * scores).sum(axis=1) / total
    away = falls[None, :] - mean_fall[:, None]
    spread = (weights * away**2).sum(axis=1)
    slope = (weights * away * (scores - mean_score[:, None])).sum(axis=1)
    drop = np.maximum(-slope / np.maximum(spread, _TINY), 0)
    ceiling = mean_score + drop * mean_fall
    # Where the best ceiling is above 1, the best of those allowed is 1 itself.
    capped = (weights * falls * (1 - scores)).sum(axis=1) / (weights @ falls**2)
    drop, ceiling = np.where(ceiling > 1, capped, drop), np.minimum(ceiling, 1)
    missed = scores - ceiling[:, None] + drop[:, None] * falls
    return ceiling, drop, (weights * missed**2).sum(axis=1)
