"""The training that runs: what it does, how far it is, how long it takes, and a way to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.words import duration

if TYPE_CHECKING:
    from napari_s2label.training_run import TrainingRun

_STOP_TIP = "Stop learning; the best so far is kept as a model, and one can go on later"


class TrainingBar(QWidget):
    """Shows a training while it runs.

    Signals
    -------
    stop_requested : no arguments
        Somebody wants it to stop.
    """

    stop_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.step, self.left, self.device = QLabel(), QLabel(), QLabel()
        self.bar = QProgressBar()
        self.bar.setFixedHeight(18)
        self.bar.setFormat("%p %")
        self.stop = PlainButton("Stop", _STOP_TIP, self.stop_requested.emit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        row = QHBoxLayout()
        row.addWidget(self.left, 2)
        row.addWidget(self.stop, 1)
        self.step.setWordWrap(True)
        self.device.setWordWrap(True)
        self.device.setStyleSheet("font-size: 11px")
        for part in (self.step, self.bar):
            column.addWidget(part)
        column.addLayout(row)
        column.addWidget(self.device)

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
