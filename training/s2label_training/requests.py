"""What is wanted of a training, and what came of it. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.labelled.folds import Fold
    from s2label_training.recipe import Recipe


@dataclass(frozen=True)
class TrainingRequest:
    """What is wanted of a training.

    Parameters
    ----------
    recipe : Recipe
        How it is trained.
    hold_out : tuple of str
        Groups to hold out instead of the frozen ones, for cross-validation.
    resume : str
        Id of the training to go on with, see `runs.Runs.unfinished`; its own recipe and hold-out
        count then. Empty: a new one.
    fold : Fold, optional
        Which places to learn from and which to hold out, for an audit. What is held out then has
        no say in anything: the last epoch counts, and the threshold is the recipe's. The model
        gets the name of the fold; stopped early, the training leaves none.
    folder : Path, optional
        Where trainings are kept, ``models/.runs`` if not given.
    """

    recipe: Recipe
    hold_out: tuple[str, ...] = ()
    resume: str = ""
    fold: Fold | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class TrainingResult:
    """What came of a training.

    Parameters
    ----------
    model : str
        Id of the new bundle; empty where it was stopped before an epoch was done, or before it
        went on where it had been stopped.
    stopped : bool
        Whether somebody stopped it: the best so far was kept.
    epochs : int
        Epochs done.
    scores : dict
        `Scores.as_dict` on the held-out chips; empty where nothing validates.
    threshold : float
        From which probability a class is proposed.
    resume : bool
        Whether it can be resumed.
    """

    model: str = ""
    stopped: bool = False
    epochs: int = 0
    scores: dict[str, Any] | None = None
    threshold: float = 0.0
    resume: bool = False
