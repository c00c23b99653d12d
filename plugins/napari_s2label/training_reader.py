"""Reads what the train dock shows, and takes models into use, in a thread: both take a moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_s2label import training_facts
from napari_s2label.training_facts import shelf_of
from s2label.errors import S2LabelError
from s2label.labelled.chips import find_groups
from s2label.labelled.survey import LabelSurvey, survey_labels

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.project import Project


class TrainingReader(QObject):
    """Answers questions about one project after the other.

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

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._number = 0
        self._groups: dict[str, str] = {}
        self._answered.connect(self._on_answered)

    def begin(self, project: Project | None) -> None:
        """Read of another project from now on, or of none; what was asked before is dropped."""
        if self._thread is not None:
            self._thread.shutdown(wait=True, cancel_futures=True)
        self._number += 1
        self._project = project
        self._thread, self._groups = None, {}
        if project is not None:
            # Made here and not once: the desk closes the project after it has told.
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="s2label-training")

    def ask_recipes(self) -> None:
        """Ask for the recipes."""
        self._ask(self.recipes_read, lambda _: training_facts.read_recipes())

    def ask_survey(self) -> None:
        """Ask what there is to learn from."""
        self._ask(self.surveyed, self._survey)

    def ask_models(self) -> None:
        """Ask for the models."""
        self._ask(self.models_read, training_facts.read_models)

    def ask_judged(self, model: str) -> None:
        """Ask what the gate said of a model."""
        self._ask(self.judged_read, lambda project: training_facts.read_judged(project, model))

    def promote(self, model: str, why: str) -> None:
        """Take a model into use: files only, nobody else need be kept from writing."""
        self._ask(self.use_changed, lambda project: shelf_of(project).promote(model, why))

    def roll_back(self) -> None:
        """Take the model into use that was in use before."""
        self._ask(self.use_changed, lambda project: shelf_of(project).rollback())

    def _ask(self, signal: Any, question: Callable[[Project], object]) -> None:
        if self._thread is not None and self._project is not None:
            self._thread.submit(self._answer, self._number, self._project, signal, question)

    def _survey(self, project: Project) -> LabelSurvey:
        # Only an import changes groups; after one the project is begun anew.
        self._groups = self._groups or find_groups(project)
        return survey_labels(project, self._groups)

    def _answer(
        self, number: int, project: Project, signal: Any, question: Callable[[Project], object]
    ) -> None:
        try:
            self._answered.emit(number, signal, question(project))
        except (S2LabelError, OSError) as error:
            self._answered.emit(number, self.failed, str(error))

    def _on_answered(self, number: int, signal: Any, answer: object) -> None:
        if number == self._number:
            signal.emit(answer)
