"""How fast somebody decides, without the pauses."""

from __future__ import annotations

from collections import deque

_REMEMBERED = 100
# Fewer say nothing: the first chips are looked at longer than any later one.
_LEAST = 5


class Pace:
    """Decisions per hour over the last hundred, and what is left at that rate."""

    def __init__(self) -> None:
        self._last_s = 0.0
        self._seconds: deque[float] = deque(maxlen=_REMEMBERED)

    def note(self, active_s: float) -> None:
        """Note a decision, after so many active seconds of all work (`WorkClock.active_s`)."""
        self._seconds.append(active_s - self._last_s)
        self._last_s = active_s

    @property
    def per_hour(self) -> float | None:
        """Decisions per hour; None before there is anything to say."""
        total_s = sum(self._seconds)
        if len(self._seconds) < _LEAST or not total_s:
            return None
        return 3600 * len(self._seconds) / total_s

    def seconds_left(self, remaining: int) -> float | None:
        """Return how long the rest takes at this pace; None before there is a pace."""
        rate = self.per_hour
        return None if rate is None else 3600 * remaining / rate
