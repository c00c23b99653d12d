"""Jobs on the project of a desk: one at a time in a slot; those that write borrow the project.

Only one program may write to a project. While a job does, the desk has let go of it: the chip
stays in view, nothing can be decided; afterwards the desk has it again, at the same chip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QCoreApplication, QObject, Signal

from napari_s2label.jobs import CommandJob
from s2label.errors import ProjectBusyError, S2LabelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_s2label.desk import Desk


class ProjectJobs(QObject):
    """Runs the jobs of one desk; docks start them and follow them.

    It belongs to the desk and not to a dock: a dock that is closed stops no import.

    Parameters
    ----------
    desk : Desk
        Lends its project to jobs that write.

    Signals
    -------
    started : CommandJob
        A job runs; `title` says in a word what it is.
    ended : no arguments
        It does not any more, and the desk has its project again.
    """

    started = Signal(object)
    ended = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.job: CommandJob | None = None
        self.title = ""
        self._has_borrowed = False
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    def start(self, title: str, arguments: Sequence[str], *, writes: bool) -> CommandJob:
        """Run a command of this program.

        Parameters
        ----------
        title : str
            What it is, in a word.
        arguments : sequence of str
            Command and arguments.
        writes : bool
            Whether it writes to the project; the desk is then without it until it ends.

        Raises
        ------
        ProjectBusyError
            If a job is running.
        """
        if self.job is not None:
            raise ProjectBusyError(f"{self.title} is still running; wait for it, or cancel it")
        self._has_borrowed = writes
        if writes:
            self._desk.lend()
        job = CommandJob(arguments, self)
        self.job, self.title = job, title
        job.ended.connect(self._on_job_ended)
        self.started.emit(job)
        job.start()
        return job

    def close(self) -> None:
        """End the job: the window goes, so the project is not taken back either."""
        if self.job is not None:
            self.job.ended.disconnect(self._on_job_ended)
            self.job.close()
            self.job = None

    def _on_job_ended(self) -> None:
        if self.job is not None:
            self.job.deleteLater()
            self.job = None
        if self._has_borrowed:  # else somebody else may have it, and writes
            self._return()
        self.ended.emit()

    def _return(self) -> None:
        try:
            self._desk.take_back()
        except S2LabelError as error:
            self._desk.close()
            self._desk.told.emit(str(error))
