"""Suggesting for all open chips, as a job beside everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s2label.parts import suggest_words
from napari_s2label.parts.job_bar import JobBar
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.worths import take_worths_in_turn
from s2label.errors import ProjectBusyError

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from napari_s2label.jobs import CommandJob

_TITLE = "Suggesting"
_LABEL = "Suggest for all open chips"
_TIP = (
    "The model in use looks at every chip that is not decided yet; you go on meanwhile.\n"
    "What was suggested already is not done again."
)


class SuggestAll(QWidget):
    """A button and the job that it starts.

    Parameters
    ----------
    desk : Desk
        Whose project it is.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.button = PlainButton(_LABEL, _TIP, self._on_clicked)
        self.bar = JobBar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.button)
        column.addWidget(self.bar)
        desk.jobs.started.connect(self._on_jobs_started)
        desk.jobs.ended.connect(self._on_jobs_ended)
        if desk.jobs.job is not None:
            self._on_jobs_started(desk.jobs.job)

    def _on_clicked(self) -> None:
        session, project = self._desk.session, self._desk.project
        if session is None or project is None:
            return
        session.ledger.flush()  # the child reads from the disk which chips are open
        arguments = ["suggest", str(project.folder)]
        try:
            self._desk.jobs.start(_TITLE, arguments, writes=False)
        except ProjectBusyError as error:
            self.bar.message.tell(str(error), "bad")

    def _on_jobs_started(self, job: CommandJob) -> None:
        # Not after `start`: where no process can be made, it has ended by then.
        if self._desk.jobs.title == _TITLE:
            self.button.setEnabled(False)
            self.bar.follow(job, _TITLE, suggest_words.suggested_report)

    def _on_jobs_ended(self) -> None:
        self.button.setEnabled(True)
        take_worths_in_turn(self._desk)
