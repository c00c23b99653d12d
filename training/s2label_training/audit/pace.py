"""How far an audit is, and how long it will take: folds differ little in what they cost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from s2label.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.progress import Job

Result = TypeVar("Result")

# Of a fold's thousand parts, predicting takes so many; finding takes so many parts of one fold.
_FOLD, _PREDICTING, _FINDING = 1000, 60, 60
_MESSAGE = "auditing"
_TOLD_OF_EPOCHS = ("epoch", "loss")
# What is left can be told after so many parts.
_ENOUGH = 20


def told_as(job: Job[Result], tell: Callable[[Progress], Progress]) -> Job[Result]:
    """Go through a job, and tell its steps in another way."""
    while True:
        try:
            step = next(job)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        yield tell(step)


class Pace:
    """Tells the steps of an audit as one piece of work.

    Parameters
    ----------
    folds, done : int
        How many folds there are, and how many were done before.
    """

    def __init__(self, folds: int, done: int) -> None:
        self._folds = folds
        self._total = folds * _FOLD + _FINDING
        self._first = self._last = done * _FOLD
        self._begin = time.monotonic()

    def training(self, fold: int, step: Progress) -> Progress:
        """Tell a step of the training of a fold, counted from 1."""
        # Chips are read first, and counted; only epochs say how far it is.
        share = _share(step) if "epoch" in step.message else 0.0
        parts = (fold - 1) * _FOLD + share * (_FOLD - _PREDICTING)
        data = {name: step.data[name] for name in _TOLD_OF_EPOCHS if name in step.data}
        words = f"fold {fold} of {self._folds}, {step.message}"
        return self._step(parts, words, {"fold": fold, **data})

    def predicting(self, fold: int, step: Progress) -> Progress:
        """Tell a step of the prediction of a fold, counted from 1."""
        parts = fold * _FOLD - (1 - _share(step)) * _PREDICTING
        words = f"fold {fold} of {self._folds}, looking at its masks"
        return self._step(parts, words, {"fold": fold})

    def finding(self, step: Progress) -> Progress:
        """Tell a step of the finding."""
        parts = self._total - (1 - _share(step)) * _FINDING
        return self._step(parts, "looking for wrong labels", {})

    def _step(self, parts: float, words: str, data: dict[str, Any]) -> Progress:
        # A training that is resumed begins to tell from its first step.
        self._last = done = max(self._last, round(parts))
        told = {"folds": self._folds, "words": words, "seconds_left": self._seconds_left(done)}
        return Progress(done, self._total, _MESSAGE, told | data)

    def _seconds_left(self, done: int) -> int | None:
        made = done - self._first
        if made < _ENOUGH:
            return None
        return round((time.monotonic() - self._begin) / made * (self._total - done))


def _share(step: Progress) -> float:
    return step.done / step.total if step.total else 0.0
