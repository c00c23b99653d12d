"""What is suspected in a project, and two large buttons that go through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s2label.parts import audit_words as words
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.roomy_message import RoomyMessage

if TYPE_CHECKING:
    from napari_s2label.auditing import Auditing

_MASKS_TIP = "Go through the masks that may be wrong, the foremost first, whatever their state is"
_OBJECTS_TIP = "Go through objects in chips where nothing is labelled: one at a time, yes or no"
# All kinds: nothing below may move when one of them is answered.
_LINES = 4
_SMALL = "font-size: 11px"
_LARGE = "font-size: 14px; padding: 2px"


class AuditQueues(QWidget):
    """Shows how many suspicions are open, and goes through them.

    Parameters
    ----------
    auditing : Auditing
        Counts them.
    """

    def __init__(self, auditing: Auditing) -> None:
        super().__init__()
        self._auditing = auditing
        self.standing = RoomyMessage(_LINES)
        self.standing.setStyleSheet(_SMALL)
        self.masks = PlainButton("", _MASKS_TIP, auditing.show_masks)
        self.objects = PlainButton("", _OBJECTS_TIP, auditing.show_objects)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for button in (self.masks, self.objects):
            button.setMinimumHeight(38)
            button.setStyleSheet(_LARGE)
            column.addWidget(button)
        column.addWidget(self.standing)

    def show_state(self) -> None:
        """Show what was counted."""
        counts = self._auditing.counts
        masks, objects = (counts.masks, counts.objects) if counts is not None else (0, 0)
        self.standing.tell(words.standing_words(counts) if counts is not None else "")
        self.masks.setText(f"Suspicious masks ({masks:,})")
        self.objects.setText(f"Unlabelled objects ({objects:,})")
        self.masks.setEnabled(masks > 0)
        self.objects.setEnabled(objects > 0)
