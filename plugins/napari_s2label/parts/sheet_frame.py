"""Where the parts of a contact sheet stand: bars around a tall one, beside a wide one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QWidget

if TYPE_CHECKING:
    from qtpy.QtGui import QResizeEvent

_BAR_PX = 270
_WIDE_PX = 900
# Qt's own word for "as wide as one likes".
_ANY_PX = 16_777_215


class SheetFrame(QWidget):
    """Arranges choices, view and buttons as the shape of the dock asks for.

    Parameters
    ----------
    choices, view, buttons : QWidget
        Above the view, the view, and below it; a wide dock has both bars to the left.
    """

    def __init__(self, choices: QWidget, view: QWidget, buttons: QWidget) -> None:
        super().__init__()
        self._choices_bar, self._middle, self._buttons_bar = choices, view, buttons
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(6, 4, 6, 4)
        self._grid.setSpacing(4)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._arrange(is_wide=False)

    def _arrange(self, *, is_wide: bool) -> None:
        self._is_wide = is_wide
        for bar in (self._choices_bar, self._buttons_bar):
            bar.setMaximumWidth(_BAR_PX if is_wide else _ANY_PX)
        for part in (self._choices_bar, self._middle, self._buttons_bar):
            self._grid.removeWidget(part)
        self._grid.addWidget(self._choices_bar, 0, 0)
        self._grid.addWidget(self._buttons_bar, 1 if is_wide else 2, 0)
        if is_wide:
            self._grid.addWidget(self._middle, 0, 1, 3, 1)
        else:
            self._grid.addWidget(self._middle, 1, 0)
        self._grid.setRowStretch(1, 0 if is_wide else 1)
        self._grid.setRowStretch(2, 1 if is_wide else 0)
        self._grid.setColumnStretch(1, 1 if is_wide else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange anew where the shape changed."""
        super().resizeEvent(event)
        is_wide = self.width() > 2 * self.height() or self.width() > _WIDE_PX
        if is_wide is not self._is_wide:
            self._arrange(is_wide=is_wide)
