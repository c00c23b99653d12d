"""How a fit went so far: its epochs, the best of them, the time spent. Knows no torch."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s2label_training.sections import FitSettings


@dataclass(frozen=True)
class Best:
    """The best weights so far, and what is known of them.

    ``headline`` and ``loss`` are None where nothing validates; ``epoch`` counts from 1.
    """

    epoch: int
    file: str
    sha256: str
    threshold: float
    headline: float | None
    loss: float | None
    metrics: dict[str, Any]


class Course:
    """What a fit did, and whether it is enough.

    Parameters
    ----------
    settings : FitSettings
        When it is enough.
    """

    def __init__(self, settings: FitSettings) -> None:
        self._settings = settings
        self._began: float | None = None
        self._spent_s = self._before_stage_s = 0.0
        self.best: Best | None = None
        self.lines: list[dict[str, Any]] = []

    @property
    def epochs_done(self) -> int:
        """Epochs of the whole fit that are done."""
        return len(self.lines)

    @property
    def is_done(self) -> bool:
        """Whether the fit ends here: all epochs, out of time, or no better for too long."""
        is_late = self.is_out_of_time and self.epochs_done > 0
        return self.epochs_done >= self._settings.epochs or is_late or self._is_stuck

    @property
    def is_out_of_time(self) -> bool:
        """Whether it has taken longer than it may."""
        return self.share_of_minutes >= 1

    @property
    def share_of_minutes(self) -> float:
        """Share of the minutes that it may take, 0..1; 0 where it may take any."""
        return self._share_since(0.0)

    @property
    def share_of_stage_minutes(self) -> float:
        """The same of the minutes that were left when the stage began."""
        return self._share_since(self._before_stage_s)

    def _share_since(self, before_s: float) -> float:
        if not self._settings.max_minutes:
            return 0.0
        left_s = self._settings.max_minutes * 60 - before_s
        return min((self._seconds - before_s) / left_s, 1.0) if left_s > 0 else 1.0

    @property
    def _is_stuck(self) -> bool:
        if self.best is None or self.best.loss is None:
            return False
        # The epochs in which only the decoder learns are a beginning, and no standstill.
        since = self.epochs_done - max(self.best.epoch, self._settings.frozen_epochs)
        return 0 < self._settings.early_stop_epochs <= since

    @property
    def _seconds(self) -> float:
        """Spent on the fit, before it was resumed as well."""
        since = time.monotonic() - self._began if self._began is not None else 0.0
        return self._spent_s + since

    def start_clock(self) -> None:
        """Count the time from now on, if it is not counted yet."""
        if self._began is None:
            self._began = time.monotonic()

    def begin_stage(self) -> None:
        """Note that what is left of the minutes is for the stage that begins now."""
        self._before_stage_s = self._seconds

    def is_better(self, headline: float, loss: float) -> bool:
        """Tell whether scores are better than the best: by headline, then by validation loss."""
        if self.best is None:
            return True
        found = -math.inf if math.isnan(headline) else headline
        before = -math.inf if self.best.headline is None else self.best.headline
        if found != before:
            return found > before
        # Where neither can be told, the later epoch has learnt more.
        return self.best.loss is None or math.isnan(self.best.loss) or loss < self.best.loss

    def as_dict(self) -> dict[str, Any]:
        """Return what a resumed fit has to know, as JSON types."""
        best = asdict(self.best) if self.best else None
        spent = {"spent_s": self._seconds, "before_stage_s": self._before_stage_s}
        return {"best": best, "lines": list(self.lines), **spent}

    def load(self, kept: dict[str, Any]) -> None:
        """Take up what `as_dict` returned; the clock stands."""
        self.best = Best(**kept["best"]) if kept["best"] else None
        self.lines = list(kept["lines"])
        self._spent_s, self._began = kept["spent_s"], None
        self._before_stage_s = kept["before_stage_s"]
