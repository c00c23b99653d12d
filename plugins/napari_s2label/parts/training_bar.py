"""The training that runs: what it does, how far it is, how long it takes, and a way to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLabel

from napari_s2label.parts.run_bar import RunBar
from napari_s2label.parts.words import duration

if TYPE_CHECKING:
    from napari_s2label.training_run import TrainingRun

_STOP_TIP = "Stop learning; the best so far is kept as a model, and one can go on later"


class TrainingBar(RunBar):
    """Shows a training while it runs."""

    def __init__(self) -> None:
        super().__init__(_STOP_TIP)
        self.bar.setFormat("%p %")
        self.device = QLabel()
        self.device.setWordWrap(True)
        self.device.setStyleSheet("font-size: 11px")
        self.column.addWidget(self.device)

    def show_run(self, run: TrainingRun) -> None:
        """Show how far a training is; hidden when it has ended."""
        self.setVisible(run.is_running)
        self.step.setText("stopping: the best so far is kept" if run.is_stopping else _words(run))
        # A bar from 0 to 0 moves to and fro: nobody knows how much there is to do.
        self.bar.setRange(0, run.step.total)
        self.bar.setValue(run.step.done)
        self.bar.setTextVisible(bool(run.step.total))
        seconds = run.seconds_left
        self.left.setText("" if seconds is None else f"{duration(seconds)} left")
        self.stop.setEnabled(not run.is_stopping)
        self.device.setText(f"runs on {run.learnt.device}" if run.learnt else "")
        self.device.setVisible(bool(self.device.text()))


def _words(run: TrainingRun) -> str:
    return run.step.message or "learning"
