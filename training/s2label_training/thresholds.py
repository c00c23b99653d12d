"""From which probability a class is proposed. Knows no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s2label_training.sections import ValidationSettings

# Thresholds that are tried first, and how far around the best one then: 0.05 to 0.95 in the end.
_FIRST_THRESHOLDS = (0.1, 0.3, 0.5, 0.7, 0.9)
_FINER = (0.1, 0.05)


def threshold_unseen(settings: ValidationSettings, values: Sequence[int]) -> float:
    """Return the threshold of a recipe where no scores can tell a better one.

    Without a background every pixel is something: whatever is likeliest is proposed.
    """
    if settings.threshold != "best":
        return float(settings.threshold)
    return 0.5 if BACKGROUND in values else 0.0


def search_threshold(score: Callable[[float], float]) -> float:
    """Return about the best of the thresholds 0.05, 0.1 .. 0.95, trying nine of them.

    First five all over, then closer around the best; of equal ones that nearest to a half.
    """
    tried = {threshold: score(threshold) for threshold in _FIRST_THRESHOLDS}
    for step in _FINER:
        best = _best(tried)
        for threshold in (round(best - step, 2), round(best + step, 2)):
            if threshold not in tried and 0 < threshold < 1:
                tried[threshold] = score(threshold)
    return _best(tried)


def _best(tried: dict[float, float]) -> float:
    return max(tried, key=lambda threshold: (tried[threshold], -abs(threshold - 0.5)))
