"""How long a job will still take, told from its progress."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.progress import Progress

# The last half minute: an import that goes on after a stop flies through what was done before.
_WINDOW_S = 30.0
_TOO_SOON_S = 1.0


class TimeLeft:
    """Estimates from the pace of the last half minute.

    Parameters
    ----------
    clock : callable
        Returns seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steps: deque[tuple[float, int]] = deque()
        self._message = ""
        self._total = 0

    def note(self, step: Progress) -> None:
        """Take a step into account; another message or another total begins anew."""
        if (step.message, step.total) != (self._message, self._total):
            self._steps.clear()
            self._message, self._total = step.message, step.total
        now = self._clock()
        self._steps.append((now, step.done))
        while now - self._steps[0][0] > _WINDOW_S:
            self._steps.popleft()

    @property
    def seconds(self) -> float | None:
        """Seconds that are left; None where nobody can tell yet."""
        if not self._steps or not self._total:
            return None
        (first_s, first), (last_s, last) = self._steps[0], self._steps[-1]
        if last_s - first_s < _TOO_SOON_S or last <= first:
            return None
        return (self._total - last) * (last_s - first_s) / (last - first)
