"""The chosen scene of the scene dock: its result is counted, opened, looked at, gone through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s2label.parts.following import follow
from napari_s2label.parts.import_form import import_arguments
from napari_s2label.parts.job_bar import JobBar
from napari_s2label.parts.message import Message
from napari_s2label.parts.scene_card import SceneCard
from napari_s2label.parts.scene_words import doubts_report
from napari_s2label.scene_wish import MAP, result_path
from s2label.errors import ProjectBusyError
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

    from napari_s2label.desk import Desk
    from napari_s2label.jobs import CommandJob
    from napari_s2label.scene_areas import SceneFacts
    from napari_s2label.scene_choice import SceneChoice
    from napari_s2label.scene_facts import SceneResult
    from napari_s2label.scene_reader import SceneReader
    from napari_s2label.scene_rows import SceneRow
    from s2label.progress import Progress
    from s2label.review.session import ReviewSession

DOUBTS = "Doubtful places"
_OPENING = "Opening a window ..."


class SceneResults(QWidget):
    """The card of the chosen scene, and what its buttons do.

    Parameters
    ----------
    desk : Desk
        Lends its project to the search for doubtful places.
    reader : SceneReader
        Counts pixels.
    choice : SceneChoice
        How scenes are read.
    open_outside : callable, optional
        Opens a file or folder in the desktop's program for it; tells whether there is one.
    """

    def __init__(
        self,
        desk: Desk,
        reader: SceneReader,
        choice: SceneChoice,
        open_outside: Callable[[Path], bool] | None = None,
    ) -> None:
        super().__init__()
        self._desk, self._reader, self._choice = desk, reader, choice
        self._open_outside = open_outside or _open_by_desktop
        self._has_doubts = False
        self._asked: SceneResult | None = None
        self.card, self.message, self.bar = SceneCard(), Message(), JobBar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.card, self.message, self.bar):
            column.addWidget(part)
        self._connect()
        self._on_jobs_ended()

    def _connect(self) -> None:
        desk, card = self._desk, self.card
        desk.jobs.started.connect(self._on_jobs_started)
        desk.jobs.ended.connect(self._on_jobs_ended)
        desk.scenes.look_failed.connect(self._on_look_failed)
        follow(desk.project_changed, self, self._on_desk_project_changed)
        self._reader.measured.connect(self._on_reader_measured)
        card.map_requested.connect(self._open_map)
        card.folder_requested.connect(self._open_folder)
        card.look_requested.connect(self._look)
        card.doubts_requested.connect(self._find_doubts)

    def show_row(self, row: SceneRow | None) -> None:
        """Show a scene, or none; its pixels are counted in a thread."""
        if row == self.card.row:
            return
        self.message.tell("")
        self.card.show_row(row)
        if row is not None and row.result is not None and row.result != self._asked:
            self._asked = row.result
            self._reader.ask_facts(row.result)

    def _on_reader_measured(self, result: SceneResult, facts: SceneFacts) -> None:
        self.card.show_facts(result, facts)

    @property
    def _result(self) -> SceneResult | None:
        return self.card.row.result if self.card.row is not None else None

    # -- buttons -----------------------------------------------------------------------------------

    def _open_map(self) -> None:
        if self._result is not None:
            self._open(result_path(self._result.classes.parent, self._result.name, MAP))

    def _open_folder(self) -> None:
        if self._result is not None:
            self._open(self._result.classes.parent)

    def _open(self, path: Path) -> None:
        if not self._open_outside(path):
            self.message.tell(f"No program of this desktop opens it; it is {path}", "warn")

    def _look(self) -> None:
        if self._result is None:
            return
        self.message.tell(_OPENING)
        job = self._desk.scenes.look_at(self._result)
        job.progressed.connect(self._on_look_progressed)

    def _on_look_progressed(self, _: Progress) -> None:
        self._forget_opening()

    def _forget_opening(self) -> None:
        if self.message.words == _OPENING:
            self.message.tell("")

    def _on_look_failed(self, why: str) -> None:
        self.message.tell(why, "bad")

    def _find_doubts(self) -> None:
        desk, row, project = self._desk, self.card.row, self._desk.project
        if row is None or row.result is None or row.source is None or project is None:
            return
        arguments = ["doubts", str(project.folder), str(row.result.classes), str(row.source)]
        arguments += import_arguments(self._choice.wish.options)
        try:
            desk.jobs.start(DOUBTS, arguments, writes=True)
        except ProjectBusyError as error:
            self.message.tell(str(error), "bad")

    # -- jobs on the project -----------------------------------------------------------------------

    def _on_jobs_started(self, job: CommandJob) -> None:
        if self._desk.jobs.title == DOUBTS:
            self.bar.follow(job, DOUBTS, doubts_report)
            job.finished.connect(self._on_doubts_found)
        self._enable()

    def _on_doubts_found(self, result: Mapping[str, Any]) -> None:
        self._has_doubts = any(doubt["image"] is not None for doubt in result["doubts"])

    def _on_jobs_ended(self) -> None:
        self._enable()
        session, has_doubts = self._desk.session, self._has_doubts
        self._has_doubts = False
        if has_doubts and session is not None:  # only now the desk has its project again
            session.set_queue(
                QueueSpec(Subject.IMAGE, QueueOrder.DOUBT, descending=True, only_doubtful=True)
            )

    def _on_desk_project_changed(self, _: ReviewSession | None) -> None:
        self._enable()

    def _enable(self) -> None:
        self.card.allow_doubts(self._desk.project is not None and self._desk.jobs.job is None)


def _open_by_desktop(path: Path) -> bool:
    return bool(QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))
