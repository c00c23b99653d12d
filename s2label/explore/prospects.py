"""What more chips to learn from would bring, and how long it takes to label them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s2label.explore.intervals import Interval
    from s2label.explore.learning_curve import LearningCurve

MORE_CHIPS = (50, 100, 500)
# Gains below half of the last digit that is told are nothing.
_NOTHING = 0.005


@dataclass(frozen=True)
class Prospect:
    """What more chips to learn from would bring.

    Parameters
    ----------
    chips : int
        How many more than any round learnt from.
    labelled : int
        How many have to be labelled for that: some are held out.
    gain : Interval
        By how much the score rises.
    hours : Interval or None
        Active time to label that many, at the pace so far; None where that is not known.
    is_far : bool
        Whether that is more than twice the chips of any round.
    """

    chips: int
    labelled: int
    gain: Interval
    hours: Interval | None
    is_far: bool

    @property
    def in_words(self) -> str:
        """A sentence."""
        time = f"about {time_in_words(self.hours)}" if self.hours else "unknown time"
        words = f"{self.chips:,} more chips to learn from ({self.labelled:,} labelled): {time}"
        words += f" for +{self.gain.in_words(2)}"
        if self.gain.low < _NOTHING:
            words += ", which may be nothing"
        return f"{words}; a guess, far beyond what was measured" if self.is_far else words


def time_in_words(hours: Interval) -> str:
    """Return ``1.2 h (0.9 to 1.6)``; below an hour in minutes."""
    number, unit, digits = (hours, "h", 1) if hours.value >= 1 else (hours.times(60), "min", 0)
    value, rest = number.in_words(digits).split(" ", 1)
    return f"{value} {unit} {rest}"


def prospects_of(
    curve: LearningCurve, learnt_share: float, cost: Interval | None
) -> tuple[Prospect, ...]:
    """Return what `MORE_CHIPS` more would bring.

    Parameters
    ----------
    curve : LearningCurve
        Score over chips that a model learnt from.
    learnt_share : float
        Share (0..1] of the labelled chips that are learnt from.
    cost : Interval or None
        Seconds to label a chip; None where that is not known.
    """
    return tuple(_prospect(more, learnt_share, curve, cost) for more in MORE_CHIPS)


def _prospect(
    more: int, learnt_share: float, curve: LearningCurve, cost: Interval | None
) -> Prospect:
    labelled = ceil(round(more / learnt_share, 6))
    hours = cost.times(labelled / 3600) if cost else None
    return Prospect(more, labelled, curve.gain_of(more), hours, more > curve.most)
