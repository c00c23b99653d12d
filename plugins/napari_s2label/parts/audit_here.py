"""What is suspected of the chip in view, and what one can say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from napari_s2label.keys import ACTIONS
from napari_s2label.parts import audit_words as words
from napari_s2label.parts.action_button import ActionButton
from napari_s2label.parts.message import Message
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_s2label.desk import Desk

_LARGE, _SMALL = "font-size: 12px; padding: 2px", "font-size: 11px; padding: 2px"
# Rows of buttons as (action id, words).
_ROWS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("say_so", "Mend"), ("say_not_so", "It is fine")),
    (("mask_wrong", "Wrong"), ("accept_suggestion", "Accept it")),
    (("back", "Back"), ("skip", "Skip"), ("undo", "Undo")),
)
_OF_MASKS = {"say_so": "Mend", "say_not_so": "It is fine"}
_OF_OBJECTS = {"say_so": "Yes", "say_not_so": "No"}


class AuditHere(QWidget):
    """Follows the chip in view; its dock says when.

    Parameters
    ----------
    desk : Desk
        Whose chip it is.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.buttons: dict[str, ActionButton] = {}
        self.reasons = Message()
        self.reasons.setStyleSheet("font-size: 12px")
        self.how = QLabel()
        self.how.setWordWrap(True)
        self.how.setTextFormat(Qt.TextFormat.RichText)
        self.how.setStyleSheet("font-size: 11px")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for row in _ROWS:
            self._add_buttons(column, row)
        # Below the buttons: what changes must not move them under somebody's mouse.
        column.addWidget(self.reasons)
        column.addWidget(self.how)

    def _add_buttons(self, column: QVBoxLayout, row: tuple[tuple[str, str], ...]) -> None:
        grid = QGridLayout()
        grid.setSpacing(4)
        actions = {action.id: action for action in ACTIONS}
        for place, (id_, label) in enumerate(row):
            button = ActionButton(actions[id_], self._desk, label)
            is_large = id_ in _OF_MASKS
            button.setMinimumHeight(36 if is_large else 24)
            button.setStyleSheet(_LARGE if is_large else _SMALL)
            self.buttons[id_] = button
            grid.addWidget(button, 0, place)
        column.addLayout(grid)

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Write the keys as they are bound now."""
        for id_, button in self.buttons.items():
            button.show_key(keys[id_])
        self.show_chip()

    def show_chip(self) -> None:
        """Show what is suspected of the chip in view."""
        session = self._desk.session
        if session is None:
            self.reasons.tell("")
            return
        self.reasons.tell(words.here_words(session) or words.NO_SUSPICION)
        is_object = session.queue.subject is Subject.SUSPICION
        for id_, label in (_OF_OBJECTS if is_object else _OF_MASKS).items():
            self.buttons[id_].say(label)
        for id_ in ("mask_wrong", "accept_suggestion"):
            self.buttons[id_].setEnabled(not is_object)
        self.how.setText(words.how_words(session.queue, self._desk.keys))
