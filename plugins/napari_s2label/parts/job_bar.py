"""The job that runs: what it does, how far it is, how long it still takes, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from napari_s2label.parts.message import Message
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.reports import Report, failure_report, plain_report
from napari_s2label.parts.words import duration

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from napari_s2label.jobs import CommandJob
    from s2label.progress import Progress


_STOP_TIP = "Stop it; started again it goes on"
_STOPPED = "{title} was stopped. Start it again with the same settings: it goes on."


class JobBar(QWidget):
    """Follows one job after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._job: CommandJob | None = None
        self._report: Callable[[dict[str, Any]], Report] = plain_report
        self._title = ""
        self.bar = QProgressBar()
        self.bar.setFixedHeight(18)
        self.step, self.left = QLabel(), QLabel()
        self._stopped = _STOPPED
        self.cancel = PlainButton("Cancel", _STOP_TIP, self._on_cancel)
        self.message = Message()
        self._running = QWidget()
        self._arrange()
        self._running.hide()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        inner = QVBoxLayout(self._running)
        for layout in (column, inner):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(3)
        row = QHBoxLayout()
        row.addWidget(self.left, 2)
        row.addWidget(self.cancel, 1)
        inner.addWidget(self.step)
        inner.addWidget(self.bar)
        inner.addLayout(row)
        column.addWidget(self._running)
        column.addWidget(self.message)

    def follow(
        self,
        job: CommandJob,
        title: str,
        report: Callable[[dict[str, Any]], Report] = plain_report,
    ) -> None:
        """Show a job until it ends, then how it ended.

        Parameters
        ----------
        job : CommandJob
            Running, or about to.
        title : str
            What it is, in a word.
        report : callable
            Turns the result into words.
        """
        self._job, self._title, self._report = job, title, report
        self.message.tell("")
        self._show_step(f"{title}: starting", 0, 0)
        self.left.clear()
        self.cancel.setEnabled(True)
        self._running.show()
        job.progressed.connect(self._on_job_progressed)
        job.finished.connect(self._on_job_finished)
        job.failed.connect(self._on_job_failed)
        job.stopped.connect(self._on_job_stopped)

    def say_of_stop(self, tip: str, stopped: str) -> None:
        """Say something else of a stop than that the job goes on when it is started again.

        Parameters
        ----------
        tip : str
            What the button does.
        stopped : str
            What was done; ``{title}`` stands for the title of the job.
        """
        self.cancel.setToolTip(tip)
        self._stopped = stopped

    def _show_step(self, text: str, done: int, total: int) -> None:
        self.step.setText(text)
        # A bar from 0 to 0 moves to and fro: nobody knows how much there is to do.
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.bar.setFormat("%v of %m" if total else "")

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._job.stop()
            self.cancel.setEnabled(False)
            self.left.setText("stopping ...")

    def _on_job_progressed(self, step: Progress) -> None:
        if self._job is None or self._job.is_stopping:
            return
        self._show_step(f"{self._title}: {step.message}", step.done, step.total)
        seconds = self._job.seconds_left
        self.left.setText("" if seconds is None else f"{duration(seconds)} left")

    def _on_job_finished(self, result: dict[str, Any]) -> None:
        self._end(*self._report(result))

    def _on_job_failed(self, reason: str) -> None:
        self._end(*failure_report(self._title, reason))

    def _on_job_stopped(self) -> None:
        self._end(self._stopped.format(title=self._title))

    def _end(self, words: str, mood: str = "plain") -> None:
        self._job = None
        self._running.hide()
        self.message.tell(words, mood)
