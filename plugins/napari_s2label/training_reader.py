"""Reads what the train dock shows, and takes models into use, in threads: both take a moment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_s2label import training_facts
from napari_s2label.label_counting import LabelCounting
from napari_s2label.one_thread import OneThread
from s2label.errors import S2LabelError
from s2label.project import open_project
from s2label.refusals import in_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# In the place of the number of a project: told whichever is in view.
_OF_ANY = 0


class TrainingReader(QObject):
    """Answers questions about one project after the other; nobody ever waits for it.

    It opens projects to read by itself: the desk closes its own while a question is answered.

    Signals
    -------
    recipes_read : dict
        Name -> Recipe.
    surveyed : LabelSurvey
        What there is to learn from.
    models_read : Models
        What was learnt before.
    judged_read : Judged
        A model with its verdict.
    use_changed : Use
        Another model has come into use, as asked.
    failed : str
        Something cannot be done, and why.
    """

    recipes_read = Signal(object)
    surveyed = Signal(object)
    models_read = Signal(object)
    judged_read = Signal(object)
    use_changed = Signal(object)
    failed = Signal(str)
    _answered = Signal(int, object, object)

    def __init__(self) -> None:
        super().__init__()  # and no parent: it lives as long as a thread has to answer
        self._folder: Path | None = None
        self._number = 0
        self._thread = OneThread("training")
        self._counting = LabelCounting()
        self._counting.counted.connect(self.surveyed)
        self._counting.failed.connect(self.failed)
        self._answered.connect(self._on_answered)

    def begin(self, folder: Path | None) -> None:
        """Read of another project from now on, or of none; older questions are not answered."""
        self._number += 1
        self._folder = folder
        self._counting.begin(folder)

    def ask_recipes(self) -> None:
        """Ask for the recipes."""
        self._ask(self.recipes_read, lambda _: training_facts.read_recipes())

    def ask_survey(self) -> None:
        """Ask what there is to learn from."""
        self._counting.ask()

    def ask_models(self) -> None:
        """Ask for the models."""
        self._ask(self.models_read, training_facts.read_models)

    def ask_judged(self, model: str) -> None:
        """Ask what the gate said of a model."""
        self._ask(self.judged_read, partial(_read_judged, model))

    def promote(self, model: str, why: str) -> None:
        """Take a model into use: files only, nobody else need be kept from writing."""
        self._change(lambda folder: training_facts.shelf_of(folder).promote(model, why))

    def roll_back(self) -> None:
        """Take the model into use that was in use before."""
        self._change(lambda folder: training_facts.shelf_of(folder).rollback())

    def _ask(self, signal: Any, question: Callable[[Path], object]) -> None:
        if self._folder is not None:
            self._thread.submit(self._answer, self._number, self._folder, signal, question)

    def _change(self, change: Callable[[Path], object]) -> None:
        """Change something; that is done and told whatever project is in view by then."""
        if self._folder is not None:
            self._thread.submit(self._answer, _OF_ANY, self._folder, self.use_changed, change)

    def _answer(
        self, number: int, folder: Path, signal: Any, question: Callable[[Path], object]
    ) -> None:
        if number not in (_OF_ANY, self._number):
            return
        try:
            self._answered.emit(number, signal, question(folder))
        except (S2LabelError, OSError) as error:
            self._answered.emit(number, self.failed, in_words(error))

    def _on_answered(self, number: int, signal: Any, answer: object) -> None:
        if number in (_OF_ANY, self._number):
            signal.emit(answer)


def _read_judged(model: str, folder: Path) -> training_facts.Judged:
    with open_project(folder) as project:
        return training_facts.read_judged(project, model)
