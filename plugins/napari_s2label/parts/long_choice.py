"""A choice of things with long names: both ends of the one chosen stay in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QStyle, QStyleOptionComboBox, QStylePainter

from napari_s2label.parts.choice import Choice

if TYPE_CHECKING:
    from qtpy.QtGui import QPaintEvent


class LongChoice(Choice):
    """A choice that leaves out the middle of words that are too long; its list shows them whole."""

    @property
    def shown(self) -> str:
        """The words chosen, as they are painted."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        control = QStyle.ComplexControl.CC_ComboBox
        room_px = self.style().subControlRect(control, option, part, self).width()
        middle = Qt.TextElideMode.ElideMiddle
        return str(self.fontMetrics().elidedText(self.currentText(), middle, room_px))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame, the arrow and both ends of the words."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
