"""The clock of a person at work: each second of deciding and painting belongs to one chip."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Longer than this is a pause: a phone call is no part of a decision.
PAUSE_S = 20.0


class WorkClock:
    """Active seconds of acts; one clock for deciding and painting.

    What a look at a chip took belongs to that chip: it counts with the next act on it, however
    many others are looked at in between.

    Parameters
    ----------
    clock : callable
        Returns seconds that only go forward.

    Attributes
    ----------
    active_s : float
        Seconds of all looks so far.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_s = clock()
        self._image_id: str | None = None
        self._looks_s: dict[str, float] = defaultdict(float)
        self.active_s = 0.0

    def look_at(self, image_id: str | None) -> None:
        """Note which chip is in view from now on, None for none; the same one goes on."""
        if image_id != self._image_id:
            self.stir()
            self._image_id = image_id

    def stir(self) -> None:
        """Note that somebody is at work on the chip, so that what follows is no pause."""
        took_s = self._lap()
        if self._image_id is not None:
            self._looks_s[self._image_id] += took_s
            self.active_s += took_s

    def restart(self) -> None:
        """Begin anew: what was done since the last act is no work on a chip."""
        self._last_s = self._clock()

    def take(self) -> float:
        """Note a stroke or decision on the chip in view; return the seconds it took by itself."""
        self.stir()
        return self._looks_s.pop(self._image_id, 0.0) if self._image_id is not None else 0.0

    def _lap(self) -> float:
        now_s = self._clock()
        took_s, self._last_s = min(now_s - self._last_s, PAUSE_S), now_s
        return took_s
