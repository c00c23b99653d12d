"""A message as high as its longest words: nothing below moves under somebody's mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt

from napari_s2label.parts.message import Message

if TYPE_CHECKING:
    from qtpy.QtGui import QShowEvent


class RoomyMessage(Message):
    """A message that keeps its room, also while it is empty.

    Parameters
    ----------
    lines : int
        Room for so many lines.
    """

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._lines = lines
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.show()

    def tell(self, words: str, mood: str = "plain") -> None:
        """Show plain text, as `Message.tell`."""
        super().tell(words, mood)
        self._take_room()
        self.show()

    def showEvent(self, event: QShowEvent) -> None:
        """Take the room: before, the font was not the window's."""
        super().showEvent(event)
        self._take_room()

    def _take_room(self) -> None:
        # As this label lays them out: lines of rich text are higher than the font's.
        text = self.text()
        self.setText("<br>".join(["x"] * self._lines))
        self.setMinimumHeight(self.sizeHint().height())
        self.setText(text)
