"""The train dock: what to learn from, the course of a training, its verdict, and the models."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s2label.desk import desk_of
from napari_s2label.models_in_view import ModelsInView
from napari_s2label.parts.course import Course
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.following import follow
from napari_s2label.parts.label_survey import NOTHING, LabelSurveyView
from napari_s2label.parts.main_window import dock_of, main_window_of
from napari_s2label.parts.message import Message
from napari_s2label.parts.narrow_dock import NarrowDock
from napari_s2label.parts.screen_words import blocking
from napari_s2label.parts.sections import Sections
from napari_s2label.parts.train_form import TrainForm
from napari_s2label.parts.training_bar import TrainingBar
from napari_s2label.training_reader import TrainingReader
from s2label.types import Lifetime

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari
    from qtpy.QtGui import QShowEvent
    from s2label_training.recipe import Recipe

    from napari_s2label.training_end import Ending
    from napari_s2label.training_facts import Models
    from napari_s2label.training_run import TrainingRun
    from s2label.labelled.survey import LabelSurvey
    from s2label.review.session import ReviewSession
    from s2label.screening_records import ScreeningCounts
    from s2label.types import Act

NEW, COURSE, MODELS = "New training", "Course", "Models"
_HEADLINES = {Lifetime.MOVING: "object F1", Lifetime.STATIC: "mean IoU"}
_NO_TORCH = "Training needs more packages: pip install 'napari-s2label[training]'"
_COUNT_AFTER_MS = 500


class TrainWidget(NarrowDock):
    """Training models on the project in view, while one goes on with it.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose project it is.
    dialogs : Dialogs, optional
        What asks for files.
    """

    def __init__(self, napari_viewer: napari.Viewer, dialogs: Dialogs | None = None) -> None:
        super().__init__()
        self._desk = desk_of(napari_viewer)
        self._is_stale = self._knows_window = False
        self._reader = TrainingReader()
        self._counting = QTimer(self, singleShot=True, interval=_COUNT_AFTER_MS)
        self.bar, self.course = TrainingBar(), Course()
        self.findings = Message()
        self.survey, self.form = LabelSurveyView(), TrainForm(dialogs or Dialogs())
        self.models = ModelsInView(self._desk, self._reader, self)
        new = QWidget()
        self.sections = Sections({NEW: new, COURSE: self.course, MODELS: self.models.list})
        self._arrange(new)
        self._connect()
        self._on_desk_project_changed(self._desk.session)
        if self._desk.training.run is not None:
            self._on_training_run_started(self._desk.training.run)

    def _arrange(self, new: QWidget) -> None:
        page = QVBoxLayout(new)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(4)
        for part in (self.survey, self.form, self.findings, self.survey.note):
            page.addWidget(part)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(6)
        models = self.models
        for part in (
            models.head,
            models.told,
            self.bar,
            models.judging,
            models.card,
            models.unfinished,
        ):
            column.addWidget(part)
        column.addWidget(self.sections)
        column.addStretch(1)
        self.setWidget(inside)
        self.sections.enable(COURSE, False)

    def _connect(self) -> None:
        desk, reader = self._desk, self._reader
        follow(desk.project_changed, self, self._on_desk_project_changed)
        follow(desk.screening.changed, self, self._ask_count)
        follow(desk.screening.counted, self, self._on_screening_counted)
        desk.training.run_started.connect(self._on_training_run_started)
        desk.training.started.connect(self._on_training_started)
        desk.training.ended.connect(self._enable)
        reader.recipes_read.connect(self._on_reader_recipes_read)
        reader.surveyed.connect(self._on_reader_surveyed)
        self._counting.timeout.connect(self._count)
        self.sections.opened.connect(self._on_sections_opened)
        self.models.changed.connect(self._on_models_changed)
        self.models.unfinished.resume_requested.connect(self._resume)
        self.form.requested.connect(self._start)
        self.form.trust_changed.connect(self.survey.show_trust)
        self.bar.stop_requested.connect(desk.training.stop)

    # -- the project in view -----------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Count what was not counted while nobody saw it; find the window: with it jobs end."""
        super().showEvent(event)
        self._count_soon()
        window, dock = main_window_of(self), dock_of(self)
        if window is not None and not self._knows_window:
            self._knows_window = True
            window.destroyed.connect(self._desk.training.close)
            if dock is not None:  # behind another tab it counts as shown, and nobody sees it
                dock.visibilityChanged.connect(self._count_soon)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        desk = self._desk
        self._reader.begin(None if desk.project is None else desk.project.folder)
        if not desk.is_lent:
            self._show_models_anew()
        self._enable()
        if session is None or desk.project is None:
            return
        self.survey.expect(desk.project.classes)
        self.form.show_obstacle(_lacking())
        follow(session.acted, self, self._on_session_acted)
        if desk.easel is not None:
            follow(desk.easel.painter.settled, self, self._ask_count)
        self._reader.ask_recipes()
        self._ask_count()
        if not any(self.sections.is_open(title) for title in (NEW, COURSE, MODELS)):
            self.sections.show_only(NEW)

    def _show_models_anew(self) -> None:
        self.models.begin()
        run = self._desk.training.run
        if run is not None and run.ending is not None and self._desk.folder == run.project:
            self.models.show_ending(run.ending)

    def _on_session_acted(self, act: Act) -> None:
        if act.changes:  # a stroke counts when its chip is settled
            self._ask_count()

    def _ask_count(self) -> None:
        self._is_stale = True
        self._count_soon()

    def _count_soon(self) -> None:
        is_open = self.sections.is_open(NEW) and self.isVisible()
        if self._is_stale and is_open and not self._counting.isActive():
            self._counting.start()

    def _on_sections_opened(self, _: str) -> None:
        self._count()

    def _count(self) -> None:
        """Count what is stale, if somebody sees it; else it is when that is opened."""
        # What the dock scrolls is asked: it hides the dock itself, for Qt, where it fills it.
        is_seen = not self.widget().visibleRegion().isEmpty()
        if self._is_stale and is_seen and self.sections.is_open(NEW):
            self._is_stale = False
            self._reader.ask_survey()
            self._desk.screening.ask_counts()

    def _on_reader_recipes_read(self, recipes: Mapping[str, Recipe]) -> None:
        if self._desk.project is not None:
            project = self._desk.project
            self.form.show_recipes(recipes, project.folder, project.classes.lifetime)

    def _on_reader_surveyed(self, survey: LabelSurvey) -> None:
        if self._desk.project is None:
            return
        self.survey.show_survey(survey, self._desk.project.classes)
        self.survey.show_trust(self.form.trust.isChecked())
        self.form.show_obstacle(_lacking() or ("" if survey.chips else NOTHING))

    def _on_screening_counted(self, counts: ScreeningCounts) -> None:
        self.findings.tell(blocking(counts), "warn")

    def _on_models_changed(self, models: Models) -> None:
        self.form.allow_warm(models.record(models.in_use) is not None)

    # -- training ----------------------------------------------------------------------------------

    def _resume(self, recipe: str) -> None:
        self._start(recipe, ["--resume"])

    def _start(self, recipe: str, arguments: list[str]) -> None:
        desk = self._desk
        if desk.project is not None and desk.training.job is None:
            self._settle()
            desk.training.train(desk.project.folder, arguments, recipe)

    def _settle(self) -> None:
        """Make a version of what is painted in view: the trainer reads versions."""
        session, easel = self._desk.session, self._desk.easel
        if session is None or easel is None:
            return
        easel.finish_stroke()
        if not easel.painter.is_settled:
            easel.painter.settle()
            session.ledger.flush()
            session.look_again()

    def _on_training_started(self, _: object) -> None:
        self._enable()

    def _on_training_run_started(self, run: TrainingRun) -> None:
        project = self._desk.project
        lifetime = project.classes.lifetime if project is not None else Lifetime.STATIC
        self.course.follow(run, _HEADLINES[lifetime])
        follow(run.stepped, self, self._on_run_stepped)
        follow(run.ended, self, self._on_run_ended)
        self.models.card.show_nothing()
        self.models.told.tell("")
        self.models.show()
        self.sections.enable(COURSE, True)
        self.sections.show_only(COURSE)
        self._on_run_stepped()
        if run.ending is not None:
            self._on_run_ended(run.ending)

    def _on_run_stepped(self) -> None:
        run = self._desk.training.run
        if run is not None:
            self.bar.show_run(run)

    def _on_run_ended(self, ending: Ending) -> None:
        run = self._desk.training.run
        if run is None:
            return
        self.bar.show_run(run)
        if run.learnt is None:  # nothing to see; what was wrong may be what was set
            self.sections.show_only(NEW)
        elsewhere = "" if self._desk.folder == run.project else run.project.name
        self.models.show_ending(ending, elsewhere)
        of = f" of {elsewhere}" if elsewhere else ""
        self._desk.told.emit(f"training{of}: {ending.words}")

    def _enable(self) -> None:
        """Let only be started what can be: one job at a time, on an open project."""
        has_project = self._desk.project is not None
        is_free = self._desk.training.job is None
        self.sections.enable(NEW, has_project and is_free)
        self.sections.enable(MODELS, has_project)
        self.models.enable(has_project)


def _lacking() -> str:
    """Return what this installation lacks for a training; empty if nothing."""
    return _NO_TORCH if find_spec("torch") is None else ""
