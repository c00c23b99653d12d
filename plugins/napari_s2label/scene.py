"""The scene dock: a model predicts whole scenes, beside all else, and the results come to hand."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s2label.desk import desk_of
from napari_s2label.parts import paint_words, scene_words
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.following import follow
from napari_s2label.parts.main_window import main_window_of
from napari_s2label.parts.message import Message
from napari_s2label.parts.narrow_dock import NarrowDock
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.scene_bar import SceneBar
from napari_s2label.parts.scene_form import SceneForm
from napari_s2label.parts.scene_list import SceneList
from napari_s2label.parts.words import percent
from napari_s2label.scene_choice import SceneChoice
from napari_s2label.scene_reader import SceneReader
from napari_s2label.scene_results import SceneResults
from s2label.errors import ProjectBusyError
from s2label.refusals import in_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import napari
    from qtpy.QtGui import QShowEvent

    from napari_s2label.parts.reports import Report
    from napari_s2label.scene_run import SceneRun
    from napari_s2label.training_facts import Models
    from s2label.review.session import ReviewSession

_LOOK_AFTER_MS = 300
_SHOW_EVERY_MS = 150
_START_TIP = (
    "The model goes over all scenes of the list, while you go on. What is there already stays;\n"
    "what was begun goes on where it was"
)

# Said in words; what is about to change stands in the tooltip alone.
_LASTING = (scene_words.NO_TORCH, scene_words.NO_MODEL)


class SceneWidget(NarrowDock):
    """Predicting whole scenes with a model of the project in view.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose project it is.
    dialogs : Dialogs, optional
        What asks for files and folders.
    open_outside : callable, optional
        Opens a file in the program that the desktop has for it; tells whether there is one.
    """

    def __init__(
        self,
        napari_viewer: napari.Viewer,
        dialogs: Dialogs | None = None,
        open_outside: Callable[[Path], bool] | None = None,
    ) -> None:
        super().__init__()
        self._desk, dialogs = desk_of(napari_viewer), dialogs or Dialogs()
        self._knows_window = False
        self._reader = SceneReader()
        self.choice = SceneChoice(self._reader)
        self._looking = QTimer(self, singleShot=True, interval=_LOOK_AFTER_MS)
        self._showing = QTimer(self, singleShot=True, interval=_SHOW_EVERY_MS)
        self.message, self.error, self.obstacle = Message(), Message(), Message()
        self.list, self.form, self.bar = SceneList(dialogs), SceneForm(dialogs), SceneBar()
        self.start = PlainButton("Predict", _START_TIP, self._on_start)
        self.start.setMinimumHeight(34)
        self.start.setEnabled(False)
        self.results = SceneResults(self._desk, self._reader, self.choice, open_outside)
        self._arrange()
        self._connect()
        self._on_desk_project_changed(self._desk.session)
        if self._desk.scenes.run is not None:
            self._on_scenes_run_started(self._desk.scenes.run)

    def _arrange(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(6)
        parts = (self.list, self.form, self.error, self.obstacle, self.start, self.bar)
        for part in (*parts, self.message, self.results):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(inside)

    def _connect(self) -> None:
        desk = self._desk
        follow(desk.project_changed, self, self._on_desk_project_changed)
        desk.scenes.run_started.connect(self._on_scenes_run_started)
        desk.scenes.ended.connect(self._look_anew)
        desk.training.ended.connect(self._ask_models)
        self.list.added.connect(lambda paths: self._take(self.choice.with_sources(paths)))
        self.list.removal_requested.connect(
            lambda names: self._take(self.choice.without_scenes(names))
        )
        self.list.chosen_changed.connect(self._show_chosen)
        self.form.changed.connect(self._on_form_changed)
        self.bar.stop_requested.connect(desk.scenes.stop)
        follow(self.choice.changed, self, self._show_soon)
        self._reader.models_read.connect(self._on_reader_models_read)
        self._reader.failed.connect(self._on_reader_failed)
        self._looking.timeout.connect(self.choice.look)
        self._showing.timeout.connect(self._show)

    # -- what is chosen ----------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Find the window: with it the prediction ends."""
        super().showEvent(event)
        window = main_window_of(self)
        if window is not None and not self._knows_window:
            self._knows_window = True
            window.destroyed.connect(self._desk.scenes.close)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        desk = self._desk
        if desk.folder != self.choice.project:
            self.message.tell("")
            self.choice.begin(desk.folder)
            self.choice.follow(desk.scenes.run)
            self.form.forget_models()
            self.form.show_wish(self.choice.wish, self.choice.folder)
            self._looking.start()
        if session is None and not desk.is_lent:
            self.message.tell(paint_words.NO_PROJECT)
        self._show_soon()

    def _ask_models(self) -> None:
        if self.choice.project is not None:
            self._reader.ask_models(self.choice.project)

    def _on_reader_models_read(self, models: Models) -> None:
        self.form.show_models(models)
        self._on_form_changed()

    def _on_reader_failed(self, why: str) -> None:
        self.message.tell(why, "bad")

    def _on_form_changed(self) -> None:
        self._take(self.choice.wish.sources)

    def _take(self, sources: tuple[Path, ...]) -> None:
        """Take what is chosen; while a setting is wrong, what was chosen before holds."""
        wrong = self.form.wrong()
        self.error.tell("\n".join(wrong), "bad")
        if not wrong:
            self.choice.take(self.form.wish(sources), self.form.record)
        else:
            wish = self.choice.wish.model_copy(update={"sources": sources})
            self.choice.take(wish, self.form.record)
        self._looking.start()
        self._show_soon()

    def _look_anew(self) -> None:
        self.choice.look()

    # -- what is shown -----------------------------------------------------------------------------

    def _show_soon(self) -> None:
        if not self._showing.isActive():
            self._showing.start()

    def _show(self) -> None:
        self.list.show_rows(self.choice.rows)
        self._show_chosen()
        self._show_run()
        self._enable()

    def _show_chosen(self) -> None:
        marked = self.list.marked
        self.results.show_row(self.choice.row(marked[0]) if len(marked) == 1 else None)

    def _enable(self) -> None:
        is_busy = self._desk.scenes.job is not None
        obstacle = self._obstacle()
        self.obstacle.tell(obstacle if obstacle in _LASTING else "", "warn")
        begun = self.choice.begun
        self.start.setText("Predict" if begun is None else f"Resume at {percent(begun.share)}")
        self.start.setToolTip(obstacle or _START_TIP)
        self.start.setEnabled(not is_busy and not obstacle and not self.error.words)
        self.form.setEnabled(self.choice.project is not None and not is_busy)
        self.list.setEnabled(self.choice.project is not None)

    def _obstacle(self) -> str:
        """Return why nothing can be predicted now; empty where it can."""
        if self.choice.project is None:
            return paint_words.NO_PROJECT
        if find_spec("torch") is None:
            return scene_words.NO_TORCH
        if not self.form.knows_models:
            return "looking for models ..."
        if self.form.record is None:
            return scene_words.NO_MODEL
        if self.choice.is_looking:
            return "looking at the scenes ..."
        return "" if self.choice.sources_to_predict() else scene_words.NO_SCENES

    # -- predicting --------------------------------------------------------------------------------

    def _on_start(self) -> None:
        choice, record = self.choice, self.form.record
        if choice.project is None or choice.folder is None or record is None:
            return
        from s2label_training.shelf import Shelf

        model = Shelf(choice.project).folder(record.id)
        try:
            self._desk.scenes.predict(
                choice.project, choice.wish, model, choice.sources_to_predict(), choice.folder
            )
        except (ProjectBusyError, OSError) as error:
            self.message.tell(in_words(error), "bad")

    def _on_scenes_run_started(self, run: SceneRun) -> None:
        self.message.tell("")
        self.choice.follow(run)
        follow(run.stepped, self, self._on_run_stepped)
        follow(run.scene_ended, self, self._on_run_scene_ended)
        follow(run.ended, self, self._on_run_ended)
        self._show_soon()
        if run.ending is not None:
            self._on_run_ended(run.ending)

    def _on_run_stepped(self) -> None:
        self._show_soon()
        self.choice.rebuild()

    def _on_run_scene_ended(self, _: str) -> None:
        self.choice.look()

    def _on_run_ended(self, ending: Report) -> None:
        run = self._desk.scenes.run
        if run is None:
            return
        elsewhere = "" if run.project == self.choice.project else f"For {run.project.name}: "
        self.message.tell(elsewhere + ending.words, ending.mood)
        self._desk.told.emit(f"scenes: {ending.words.splitlines()[0]}")
        told = run.done or list(run.failed)
        if len(told) == 1:
            self.list.choose(told[0])
        self.choice.rebuild()
        self._show_soon()

    def _show_run(self) -> None:
        scenes = self._desk.scenes
        if scenes.run is None:
            return
        seconds = scenes.job.seconds_left if scenes.job is not None else None
        self.bar.show_run(scenes.run, seconds)
