"""How far an audit is, and how long it will take: folds differ little in what they cost."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, TypeVar

from s2label.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from s2label.labelled.chips import LabelledChip
    from s2label.progress import Job
    from s2label_training.recipe import Recipe

Result = TypeVar("Result")

# Of a fold's thousand parts, predicting takes so many; finding takes so many parts of one fold.
_FOLD, _PREDICTING, _FINDING = 1000, 60, 60
_MESSAGE = "auditing"
_TOLD_OF_EPOCHS = ("epoch", "loss")
# What is left can be told after so many parts.
_ENOUGH = 20
# Steps of a search of the learning rate, as `search.search_rate` makes them.
SEARCH_STEPS = 60


def search_share(recipe: Recipe, chips: Collection[LabelledChip], folds: int) -> float:
    """Return how long a learning rate is searched, as a share of the epochs of a fold; about.

    Parameters
    ----------
    recipe : Recipe
        How a fold is trained.
    chips : collection of LabelledChip
        All chips of the audit.
    folds : int
        Into how many parts they are cut.
    """
    if not recipe.fit.lr_search:
        return 0.0
    side = recipe.input.tile_px
    grids = [chip.place.grid for chip in chips]
    tiles = sum(-(-grid.height // side) * -(-grid.width // side) for grid in grids)
    of_epoch = recipe.sampling.tiles_per_epoch or tiles * (folds - 1) / folds
    return SEARCH_STEPS / (recipe.fit.epochs * max(math.ceil(of_epoch / recipe.fit.batch_size), 1))


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
    searching : float
        How long the first fold will search the learning rate, as a share of its epochs.
    """

    def __init__(self, folds: int, done: int, searching: float = 0.0) -> None:
        self._folds = folds
        self._searching = round(searching * (_FOLD - _PREDICTING))
        self._searched = 0.0
        self._total = folds * _FOLD + self._searching + _FINDING
        self._first = self._last = done * _FOLD
        self._begin = time.monotonic()

    def training(self, fold: int, step: Progress) -> Progress:
        """Tell a step of the training of a fold, counted from 1."""
        # Chips are read first, and counted; only epochs say how far it is, and the search.
        share = _share(step) if "epoch" in step.message else 0.0
        if "found_lr" in step.data:
            self._searched = 1.0
        elif "searching" in step.message:
            self._searched = max(self._searched, _share(step))
        parts = self._before(fold) + share * (_FOLD - _PREDICTING)
        data = {name: step.data[name] for name in _TOLD_OF_EPOCHS if name in step.data}
        words = f"fold {fold} of {self._folds}, {step.message}"
        return self._step(parts, words, {"fold": fold, **data})

    def predicting(self, fold: int, step: Progress) -> Progress:
        """Tell a step of the prediction of a fold, counted from 1."""
        self._searched = 1.0
        parts = self._before(fold + 1) - (1 - _share(step)) * _PREDICTING
        words = f"fold {fold} of {self._folds}, looking at its masks"
        return self._step(parts, words, {"fold": fold})

    def finding(self, step: Progress) -> Progress:
        """Tell a step of the finding."""
        parts = self._total - (1 - _share(step)) * _FINDING
        return self._step(parts, "looking for wrong labels", {})

    def _before(self, fold: int) -> float:
        """Return the parts of the folds before, and of the search; only the first fold searches."""
        searched = self._searched if fold == 1 else 1.0
        return (fold - 1) * _FOLD + searched * self._searching

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
