"""What a run in another process looks like while it runs: a bar, the time left, and a stop."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from napari_s2label.parts.plain_button import PlainButton


class RunBar(QWidget):
    """Hidden until there is a run; those of one kind say in words what it does.

    Parameters
    ----------
    stop_tip : str
        What a stop means.

    Signals
    -------
    stop_requested : no arguments
        Somebody wants it to stop.
    """

    stop_requested = Signal()

    def __init__(self, stop_tip: str) -> None:
        super().__init__()
        self.step, self.left = QLabel(), QLabel()
        self.bar = QProgressBar()
        self.bar.setFixedHeight(18)
        self.stop = PlainButton("Stop", stop_tip, self.stop_requested.emit)
        self.step.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.left, 2)
        row.addWidget(self.stop, 1)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(3)
        self.column.addWidget(self.step)
        self.column.addWidget(self.bar)
        self.column.addLayout(row)
        self.hide()
