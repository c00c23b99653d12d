"""How fast somebody decides, without the pauses."""

from __future__ import annotations

from collections import deque

# Longer than this is a pause: a phone call is no part of a decision.
PAUSE_S = 20.0
_REMEMBERED = 100
# Fewer say nothing: the first chips are looked at longer than any later one.
_LEAST = 5


class Pace:
    """Decisions per hour over the last hundred, and what is left at that rate."""

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._painting_s = 0.0
        self._seconds: deque[float] = deque(maxlen=_REMEMBERED)

    def begin(self, now_s: float) -> None:
        """Note when somebody began to look at a chip."""
        self._last_s = now_s
        self._painting_s = 0.0

    def stir(self, now_s: float) -> None:
        """Note that somebody is at work on the chip, so that what follows is no pause."""
        if self._last_s is not None:
            self._painting_s += min(now_s - self._last_s, PAUSE_S)
            self._last_s = now_s

    def note(self, now_s: float) -> float | None:
        """Note a decision; return the active seconds it took, None for the first."""
        took_s = None
        if self._last_s is not None:
            took_s = self._painting_s + min(now_s - self._last_s, PAUSE_S)
        self.begin(now_s)
        if took_s is not None:
            self._seconds.append(took_s)
        return took_s

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
