"""A text field that gives the keyboard back to the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLineEdit

if TYPE_CHECKING:
    from qtpy.QtGui import QKeyEvent

_DONE = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class TextField(QLineEdit):
    """A line of text; Return and Escape leave it.

    Parameters
    ----------
    hint : str
        Shown while it is empty: what then holds.
    tooltip : str
        What it is, in a sentence.
    """

    def __init__(self, hint: str = "", tooltip: str = "") -> None:
        super().__init__()
        self.setPlaceholderText(hint)
        self.setToolTip(tooltip)
        # Else the dock would be as wide as its widest field wants to be.
        self.setMinimumWidth(36)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the field with Return and Escape: the window hands keys on to the canvas."""
        super().keyPressEvent(event)
        if event.key() in _DONE:
            event.accept()
            self.window().setFocus()

    def mark(self, is_wrong: bool) -> None:
        """Frame the field in red, or not."""
        self.setStyleSheet("QLineEdit { border: 1px solid #f0564a; }" if is_wrong else "")
