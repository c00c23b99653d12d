"""A training that ended early, and a button that goes on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s2label.parts.message import Message
from napari_s2label.parts.plain_button import PlainButton

if TYPE_CHECKING:
    from s2label_training.runs import RunRecord

_STOPPED = "stopped"
_TIP = "Go on after the last whole epoch, with the same settings and the same labels"


class UnfinishedTraining(QWidget):
    """Hidden while there is none.

    Signals
    -------
    resume_requested : str
        Go on; the name of its recipe.
    """

    resume_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._recipe = ""
        self.words = Message()
        self.resume = PlainButton("Resume", _TIP, self._on_resume)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.words)
        column.addWidget(self.resume)
        self.show_run(None)

    def show_run(self, record: RunRecord | None) -> None:
        """Show the newest one that can go on, or that there is none."""
        self._recipe = record.recipe.name if record is not None else ""
        is_wished = record is not None and record.state == _STOPPED
        words = _words(record) if record is not None else ""
        self.words.tell(words, "plain" if is_wished else "warn")
        self.setVisible(record is not None)

    def _on_resume(self) -> None:
        self.resume_requested.emit(self._recipe)


def _words(record: RunRecord) -> str:
    how = "was stopped" if record.state == _STOPPED else "ended early"
    return f"A training {how}: {record.in_words}."
