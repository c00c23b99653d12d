"""The gate judging a model that is there already: a bar while it does, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal

from napari_s2label.parts.job_bar import JobBar
from napari_s2label.parts.reports import Report
from napari_s2label.training_jobs import JUDGING

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from napari_s2label.jobs import CommandJob

_STOP_TIP = "Stop comparing; nothing changes"
_STOPPED = "{title} was stopped: nothing has changed."


class JudgingBar(JobBar):
    """Follows the judgings of a desk, whichever dock asked for them.

    Parameters
    ----------
    desk : Desk
        Whose models are judged.

    Signals
    -------
    judged : str
        There is a new verdict on this model of the project in view.
    """

    judged = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._has_verdict = False
        self.step.setWordWrap(True)  # the name of a model is long
        self.say_of_stop(_STOP_TIP, _STOPPED)
        training = desk.training
        training.started.connect(self._on_training_started)
        training.verdict_came.connect(self._on_training_verdict_came)
        training.ended.connect(self._on_training_ended)
        if training.job is not None:
            self._on_training_started(training.job)

    def _on_training_started(self, job: CommandJob) -> None:
        self.message.tell("")
        if self._desk.training.title == JUDGING:
            _, model = self._desk.training.judged
            self.follow(job, f"{JUDGING} {model}", _nothing_more)

    def _on_training_verdict_came(self) -> None:
        self._has_verdict = True

    def _on_training_ended(self) -> None:
        project, model = self._desk.training.judged
        if self._has_verdict and project == self._desk.folder:
            self.judged.emit(model)
        self._has_verdict = False


def _nothing_more(_: dict[str, Any]) -> Report:
    """Return no words: the verdict is shown."""
    return Report("")
