"""One number per model, for many sets of chips at once (docs/scores.md). Knows no torch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.types import Lifetime
from s2label_training.objects import FOUND, PROPOSED, RIGHT, TRUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label_training.tallies import ChipTally


def headline_of(
    tallies: Sequence[ChipTally], draws: NDArray[Any], lifetime: Lifetime
) -> NDArray[np.float64]:
    """Return the headline of many sets that are drawn from the same tallies, see `Scores.headline`.

    Parameters
    ----------
    tallies : sequence of ChipTally
        Of chips or groups, all of the same classes.
    draws : ndarray
        (set, tally) how often each tally is in each set.
    lifetime : Lifetime
        Of the class table.

    Returns
    -------
    ndarray of float64
        (set,), NaN where no class truly occurs, whatever is proposed: then no model has one.
    """
    scores = class_scores_of(tallies, draws, lifetime)
    is_scored = np.isfinite(scores)
    totals = np.where(is_scored, scores, 0).sum(axis=1)
    headlines = _divide(totals, is_scored.sum(axis=1))
    return np.where(_is_anything_true(tallies, draws, lifetime), headlines, math.nan)


def _is_anything_true(
    tallies: Sequence[ChipTally], draws: NDArray[Any], lifetime: Lifetime
) -> NDArray[np.bool_]:
    """Return (set,) whether any class that makes the headline truly occurs."""
    if lifetime is Lifetime.MOVING:
        true = [tally.objects[:, TRUE].sum() for tally in tallies]
    else:
        true = [tally.true_pixels.sum() for tally in tallies]
    return np.asarray(draws @ np.array(true) > 0)


def class_scores_of(
    tallies: Sequence[ChipTally], draws: NDArray[Any], lifetime: Lifetime
) -> NDArray[np.float64]:
    """Return the score per class that makes the headline: object F1 or IoU.

    Parameters are those of `headline_of`.

    Returns
    -------
    ndarray of float64
        (set, class): moving classes in the order of ``moving_values``, or all classes in that of
        ``class_values``. NaN where a static class does not truly occur, and where a moving one
        neither occurs nor is proposed; what is proposed of one that does not occur scores 0.
    """
    if lifetime is Lifetime.MOVING:
        objects = np.stack([tally.objects.sum(axis=-1) for tally in tallies])
        return object_f1(_drawn(objects, draws))
    return _ious(_drawn(np.stack([tally.confusion for tally in tallies]), draws))


def _drawn(counts: NDArray[np.int64], draws: NDArray[Any]) -> NDArray[np.float64]:
    """Return the sums (set, ...) of counts (tally, ...); whole numbers up to 2^53 stay exact."""
    flat = counts.reshape(len(counts), -1).astype(np.float64)
    return (draws.astype(np.float64) @ flat).reshape(len(draws), *counts.shape[1:])


def object_f1(objects: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return F1 (...) of objects (..., 4), see `objects.count_objects`; NaN without any."""
    recall = _divide(objects[..., FOUND], objects[..., TRUE])
    # Who proposes nothing is wrong in nothing; what is missed then shows in the recall.
    precision = np.nan_to_num(_divide(objects[..., RIGHT], objects[..., PROPOSED]), nan=1.0)
    f1 = _divide(2 * recall * precision, recall + precision)
    is_only_proposed = (objects[..., TRUE] == 0) & (objects[..., PROPOSED] > 0)
    return np.where(is_only_proposed | (recall + precision == 0), 0.0, f1)


def _ious(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return IoU (set, class) of (set, true, proposed): NaN where a class does not truly occur."""
    both = np.diagonal(confusion, axis1=-2, axis2=-1)
    true, proposed = confusion.sum(axis=-1), confusion.sum(axis=-2)
    ious = np.where(true > 0, _divide(both, true + proposed - both), math.nan)
    return np.asarray(ious[..., :-1], np.float64)


def _divide(over: NDArray[np.float64], under: NDArray[Any]) -> NDArray[np.float64]:
    result = np.full(over.shape, math.nan)
    np.divide(over, under, out=result, where=np.asarray(under > 0))
    return result
