"""Sections under each other of which one is open at a time: a long dock on a small screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sections(QWidget):
    """Titles with a widget under each; opening one closes the others.

    Parameters
    ----------
    bodies : mapping
        Title -> widget.

    Signals
    -------
    opened : str
        A title was opened.
    """

    opened = Signal(str)

    def __init__(self, bodies: Mapping[str, QWidget]) -> None:
        super().__init__()
        self._bodies = dict(bodies)
        self._titles = {title: self._new_title(title) for title in bodies}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for title, body in self._bodies.items():
            column.addWidget(self._titles[title])
            column.addWidget(body)
        self.show_only(None)

    def show_only(self, wanted: str | None) -> None:
        """Open one section and close the others; None closes all."""
        for title, button in self._titles.items():
            is_open = title == wanted
            button.setChecked(is_open)
            button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
            self._bodies[title].setVisible(is_open)
        if wanted is not None:
            self.opened.emit(wanted)

    def is_open(self, title: str) -> bool:
        """Tell whether a section is open."""
        return bool(self._titles[title].isChecked())

    def rename(self, title: str, words: str) -> None:
        """Write other words for a title; it stays the name by which it is asked for."""
        self._titles[title].setText(words)

    def enable(self, title: str, is_enabled: bool) -> None:
        """Let a section be opened, or not; one that may not be is closed."""
        self._titles[title].setEnabled(is_enabled)
        if not is_enabled and self.is_open(title):
            self.show_only(None)

    def _new_title(self, title: str) -> QToolButton:
        button = QToolButton()
        button.setText(title)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setStyleSheet("QToolButton { font-weight: bold; text-align: left; padding: 4px; }")
        button.clicked.connect(lambda is_on: self.show_only(title if is_on else None))
        return button
