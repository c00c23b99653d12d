"""The audit that runs: which fold, how long it takes, and a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.parts.audit_words import left_words, step_words
from napari_s2label.parts.run_bar import RunBar

if TYPE_CHECKING:
    from napari_s2label.auditing import Auditing

_STOP_TIP = "Stop; started again it goes on where it was"


class AuditBar(RunBar):
    """Shows an audit while it runs."""

    def __init__(self) -> None:
        super().__init__(_STOP_TIP)
        self.bar.setFormat("%p %")

    def show_run(self, auditing: Auditing) -> None:
        """Show how far an audit is; hidden when it has ended."""
        job, step = auditing.jobs.job, auditing.step
        is_stopping = job is not None and job.is_stopping
        self.setVisible(job is not None)
        self.step.setText(step_words(step, is_stopping=is_stopping))
        # A bar from 0 to 0 moves to and fro: nobody knows how much there is to do.
        total = step.total if step is not None else 0
        self.bar.setRange(0, total)
        self.bar.setValue(step.done if step is not None else 0)
        self.bar.setTextVisible(bool(total))
        self.left.setText(left_words(step, is_stopping=is_stopping))
        self.stop.setEnabled(not is_stopping)
