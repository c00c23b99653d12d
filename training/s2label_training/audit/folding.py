"""One fold of an audit: its model is trained, asked about what it never saw, and taken away."""

from __future__ import annotations

import gc
import shutil
from typing import TYPE_CHECKING

from s2label.errors import InputError, MissingExtraError
from s2label.suggestion_files import drop_suggestions
from s2label_training.audit.pace import told_as
from s2label_training.audit.record import FOLD_PREFIX
from s2label_training.bridge import Steering, StopRequested, watched
from s2label_training.requests import TrainingRequest
from s2label_training.runs import Runs
from s2label_training.shelf import Shelf

if TYPE_CHECKING:
    import threading
    from collections import Counter
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from s2label.labelled.folds import Fold
    from s2label.progress import Job, Progress
    from s2label.project import Project
    from s2label_training.audit.looks import Look
    from s2label_training.recipe import Recipe
    from s2label_training.requests import TrainingResult


class FoldRun:
    """What is done for a fold; each step is skipped if it is done already.

    Parameters
    ----------
    project : Project
        Open for reading.
    fold : Fold
        What its model learns from; that is named after it.
    folder : Path
        Where its training is kept.
    wish : threading.Event
        Set to stop.
    """

    def __init__(self, project: Project, fold: Fold, folder: Path, wish: threading.Event) -> None:
        self._project, self._fold, self._folder, self._wish = project, fold, folder, wish
        self._shelf = Shelf(project.folder)

    def train(self, recipe: Recipe, tell: Callable[[Progress], Progress]) -> Job[list[str]]:
        """Train the model and put it on the shelf; return what is to be said of it.

        Raises
        ------
        StopRequested
            If somebody stops it; what the training came to is kept.
        S2LabelError
            If the training cannot be done.
        """
        notes: list[str] = []
        # A model of this name is this audit's own: those of others went when it began.
        if self._shelf.folder(self._fold.name).is_dir():
            return notes
        begun = Runs(self._project.folder, self._folder).unfinished()
        if begun:
            try:
                yield from told_as(self._fit(recipe, begun[0].record.id), tell)
            except InputError as error:
                notes.append(f"{self._fold.name} was trained anew: {error}")
                shutil.rmtree(self._folder, ignore_errors=True)
            else:
                return notes
        yield from told_as(self._fit(recipe), tell)
        return notes

    def _fit(self, recipe: Recipe, resume: str = "") -> Job[None]:
        # Imported here: torch takes seconds, and refusals come before.
        try:
            from s2label_training.fit import train_model
        except ImportError as error:
            raise MissingExtraError("auditing", "training") from error
        request = TrainingRequest(recipe, resume=resume, fold=self._fold, folder=self._folder)
        result: TrainingResult = yield from train_model(self._project, request, self._wish)
        # A network and its trainer know each other, and would stay beside those of the next fold.
        gc.collect()
        if result.stopped:
            raise StopRequested

    def predict(
        self, looks: Sequence[Look], tell: Callable[[Progress], Progress]
    ) -> Job[Counter[str]]:
        """Keep what the model proposes for masks; return why some got nothing, and how many.

        Raises
        ------
        StopRequested
            If somebody stops it; what is proposed already is kept.
        S2LabelError
            If the model or a mask cannot be read.
        """
        from s2label_training.audit.predicting import predict_looks

        predicting = predict_looks(self._project, looks, self._fold.name)
        return (yield from told_as(watched(predicting, Steering(self._wish)), tell))

    def clear_proposals(self, looks: Sequence[Look]) -> None:
        """Delete what the models of any fold of earlier audits proposed for masks."""
        names = {self._fold.name, *self._shelf.numbers()}
        of_folds = {name for name in names if name.startswith(FOLD_PREFIX)}
        for look in looks:
            for chip in look.chips:
                drop_suggestions(self._project, chip.image.id, of_folds)

    def put_away(self) -> None:
        """Take the model from the shelf, and delete its training.

        Raises
        ------
        ProjectError
            If somebody took the model into use.
        """
        self._shelf.discard(self._fold.name)
        shutil.rmtree(self._folder, ignore_errors=True)
