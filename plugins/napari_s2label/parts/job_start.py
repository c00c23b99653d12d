"""A button that starts a job beside everything else, and the bar that tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QWidget

from napari_s2label.parts.job_bar import JobBar
from napari_s2label.parts.plain_button import PlainButton
from s2label.errors import ProjectBusyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from napari_s2label.desk import Desk
    from napari_s2label.jobs import CommandJob
    from napari_s2label.parts.reports import Report


class JobStart(QWidget):
    """One kind of job, which reads the project and leaves to the window what it writes.

    Parameters
    ----------
    desk : Desk
        Whose project it is.
    label, tip : str
        Of the button.
    title : str
        Of the job.
    report : callable
        Puts the job's result into words.
    """

    def __init__(
        self,
        desk: Desk,
        label: str,
        tip: str,
        title: str,
        report: Callable[[dict[str, Any]], Report],
    ) -> None:
        super().__init__()
        self._desk, self._title, self._report = desk, title, report
        self.button = PlainButton(label, tip, self._on_clicked)
        self.bar = JobBar()
        desk.jobs.started.connect(self._on_jobs_started)
        desk.jobs.ended.connect(self._on_jobs_ended)

    def follow_running(self) -> None:
        """Follow a job that was started before this part was made."""
        if self._desk.jobs.job is not None:
            self._on_jobs_started(self._desk.jobs.job)

    def arguments(self, folder: str) -> list[str]:
        """Return the command that the button runs on a project."""
        raise NotImplementedError

    def on_progressed(self) -> None:
        """Do what is to be done now and then while the job runs."""

    def on_ended(self) -> None:
        """Do what is to be done when a job ended."""

    def _on_clicked(self) -> None:
        session, project = self._desk.session, self._desk.project
        if session is None or project is None:
            return
        session.ledger.flush()  # the child reads from the disk what was decided and painted
        try:
            arguments = self.arguments(str(project.folder))
            self._desk.jobs.start(self._title, arguments, writes=False)
        except ProjectBusyError as error:
            self.bar.message.tell(str(error), "bad")

    def _on_jobs_started(self, job: CommandJob) -> None:
        # Not after `start`: where no process can be made, it has ended by then.
        if self._desk.jobs.title == self._title:
            self.button.setEnabled(False)
            self.bar.follow(job, self._title, self._report)
            job.progressed.connect(self._on_job_progressed)

    def _on_job_progressed(self, _: object) -> None:
        self.on_progressed()

    def _on_jobs_ended(self) -> None:
        self.button.setEnabled(True)
        self.on_ended()
