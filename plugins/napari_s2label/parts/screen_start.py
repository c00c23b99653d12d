"""Screening all images, as a job beside everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from napari_s2label.parts.choice import Choice
from napari_s2label.parts.job_bar import JobBar
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.screen_words import METHODS, screen_report
from s2label.errors import ProjectBusyError

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from napari_s2label.jobs import CommandJob
    from s2label.progress import Progress
    from s2label.types import ScreeningCounts

_TITLE = "Screening"
_TIP = (
    "Looks once at every image: how much of it is cloud, shadow, haze or snow, and whether its\n"
    "numbers look wrong. Nothing is rejected; you go on meanwhile. Stopped, it goes on later."
)
_METHOD_TIP = "Who says where clouds are; images found by another method are screened again"
_AGAIN_TIP = "Screen all images again, also those that were screened before"


class ScreenStart(QWidget):
    """A method, a button and the job that it starts.

    Parameters
    ----------
    desk : Desk
        Whose project it is.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.button = PlainButton("Screen", _TIP, self._on_clicked)
        self.button.setMinimumHeight(34)
        self.method = Choice(METHODS, _METHOD_TIP)
        self.again = QCheckBox("also those screened before")
        self.again.setToolTip(_AGAIN_TIP)
        self.again.hide()
        self.again.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.bar = JobBar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.button, self.method, self.again, self.bar):
            column.addWidget(part)
        desk.jobs.started.connect(self._on_jobs_started)
        desk.jobs.ended.connect(self._on_jobs_ended)
        if desk.jobs.job is not None:
            self._on_jobs_started(desk.jobs.job)

    def note(self, counts: ScreeningCounts) -> None:
        """Offer to screen all images again only where some are screened."""
        self.again.setVisible(counts.screened > 0)

    def _on_clicked(self) -> None:
        session, project = self._desk.session, self._desk.project
        if session is None or project is None:
            return
        session.ledger.flush()  # the child reads from the disk what is labelled
        arguments = ["screen", str(project.folder), "--method", self.method.value]
        arguments += ["--again"] if self.again.isChecked() else []
        try:
            self._desk.jobs.start(_TITLE, arguments, writes=False)
        except ProjectBusyError as error:
            self.bar.message.tell(str(error), "bad")

    def _on_jobs_started(self, job: CommandJob) -> None:
        # Not after `start`: where no process can be made, it has ended by then.
        if self._desk.jobs.title == _TITLE:
            self.button.setEnabled(False)
            self.bar.follow(job, _TITLE, screen_report)
            job.progressed.connect(self._on_job_progressed)

    def _on_job_progressed(self, _: Progress) -> None:
        self._desk.screening.take_now_and_then()

    def _on_jobs_ended(self) -> None:
        self.button.setEnabled(True)
        self.again.setChecked(False)
