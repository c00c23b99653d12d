"""How long each act of a log took by itself: every second counts once.

The log's time of a decision holds that of all strokes by the same person since the decision before
it, on whichever chip (`review.deciding`). Decisions without a time end nothing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from s2label.review.work_clock import PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.catalog.work_log import LoggedAct

# Earlier logs were written by two clocks, one for strokes and one for decisions, which differ by
# what it takes to keep a stroke.
_CLOCKS_APART_S = 0.5
# Seconds are sums of floats.
_NEARLY = 1e-6


class OwnTime:
    """Goes through a log, the oldest act first."""

    def __init__(self) -> None:
        self._painted: dict[str, list[float]] = defaultdict(list)

    def of(self, act: LoggedAct) -> float | None:
        """Return the seconds of the next act, without those of acts before; None if not known."""
        if act.seconds is None:
            return None
        if act.strokes:
            self._painted[act.who].append(act.seconds)
            return act.seconds
        return act.seconds - _held(self._painted.pop(act.who, []), act.seconds)


def _held(painted: Sequence[float], seconds: float) -> float:
    """Return how many of the seconds of a decision are those of strokes before it.

    In earlier logs strokes of a window that was closed before are not among them: where not all
    fit, the newest that do.
    """
    total = 0.0
    for each in reversed(painted):
        if total + each > seconds + _CLOCKS_APART_S:
            break
        total += each
    return min(total, seconds)


def is_break(seconds: float) -> bool:
    """Tell whether an act took as long as the clock runs without anything done.

    What took longer is the sum of several looks at a chip.
    """
    return PAUSE_S - _NEARLY <= seconds <= PAUSE_S + _CLOCKS_APART_S
