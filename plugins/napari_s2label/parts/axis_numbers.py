"""Which numbers stand at an axis: few, round, and the same whatever is drawn."""

from __future__ import annotations

import math

_STEPS = (1, 2, 5, 10)


def axis_numbers(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """Return round numbers from `low` to `high`, in steps of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    low, high : float
        What the axis shows; `high` is at least `low`.
    most : int
        How many numbers at most, 2 or more.
    whole : bool
        Whether only whole numbers have a meaning, as of epochs.
    """
    span = high - low
    if span <= 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(span / most))
    steps = [power * factor for factor in _STEPS if not whole or power * factor >= 1]
    step = next((s for s in steps if _count(low, high, s) <= most), power * 10)
    first = math.ceil(low / step - 1e-9)
    return [round((first + n) * step, 10) for n in range(_count(low, high, step))]


def _count(low: float, high: float, step: float) -> int:
    return math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1


def axis_words(number: float) -> str:
    """Return a number as it is written at an axis: ``0.25``, ``20``, ``1e-05``."""
    return f"{number:g}"
