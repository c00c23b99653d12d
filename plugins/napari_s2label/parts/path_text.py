"""A path in a narrow field: both its ends stay in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import QStyle, QStyleOptionFrame

from napari_s2label.parts.text_field import TextField

if TYPE_CHECKING:
    from qtpy.QtGui import QPaintEvent

_MARGIN_PX = 4


class PathText(TextField):
    """A text field for a path; where it is too long, its middle is left out until it is edited.

    Parameters
    ----------
    hint : str
        Shown while it is empty.
    tooltip : str
        What it is, in a sentence; the whole path stands under it.
    """

    def __init__(self, hint: str = "", tooltip: str = "") -> None:
        super().__init__(hint, tooltip)
        self._words = tooltip
        self.textChanged.connect(self._on_text_changed)

    def _on_text_changed(self, text: str) -> None:
        self.setToolTip(f"{self._words}\n{text}" if text else self._words)

    @property
    def shown(self) -> str:
        """The path as it is painted while nobody edits it."""
        room_px = self.contentsRect().width() - 2 * _MARGIN_PX
        middle = Qt.TextElideMode.ElideMiddle
        return str(self.fontMetrics().elidedText(self.text(), middle, room_px))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame and both ends of the path."""
        if self.hasFocus() or self.shown == self.text():
            super().paintEvent(event)
            return
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        painter = QPainter(self)
        panel = QStyle.PrimitiveElement.PE_PanelLineEdit
        self.style().drawPrimitive(panel, option, painter, self)
        painter.setPen(self.palette().text().color())
        room = self.contentsRect().adjusted(_MARGIN_PX, 0, -_MARGIN_PX, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.shown)
        painter.end()
