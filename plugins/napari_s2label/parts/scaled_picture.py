"""A picture as wide as its dock; a click can mean something, a tooltip shows it larger."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QPainter, QPixmap
from qtpy.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from pathlib import Path

    from qtpy.QtGui import QMouseEvent, QPaintEvent, QResizeEvent

# A larger picture in a tooltip hides half the window; one as large as the dock's says nothing new.
_LARGEST_PX, _LEAST_LARGE_PX = (780, 420), 420


class ScaledPicture(QWidget):
    """A picture that takes the width it gets, and the height that belongs to that.

    Signals
    -------
    clicked : no arguments
        Somebody clicked on it, where it `answers_clicks`.
    """

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._picture, self._scaled = QPixmap(), QPixmap()
        self.answers_clicks = False
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_file(self, path: Path, words: str = "") -> bool:
        """Show a picture file; return whether it could be read.

        Parameters
        ----------
        path : Path
            A PNG.
        words : str
            What it is, over the larger picture in the tooltip.
        """
        self._picture = QPixmap(str(path))
        self._scale()
        self.setToolTip(f"{escape(words)}<br>{self._large(path)}")
        return not self.is_empty

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return bool(self._picture.isNull())

    def sizeHint(self) -> QSize:
        """Return the size that it would have of itself."""
        return QSize(self.width(), self._height_px())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the picture into another width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._scale()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._scaled)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take a click."""
        if self.answers_clicks and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def _height_px(self) -> int:
        if self._picture.isNull():
            return 0
        height: float = self._picture.height() * self.width() / self._picture.width()
        return round(height)

    def _large(self, path: Path) -> str:
        """Return rich text of the picture for a tooltip; empty where that would not help."""
        if self.is_empty:
            return ""
        width, height = self._picture.width(), self._picture.height()
        most_wide, most_high = _LARGEST_PX
        wide = min(width, most_wide, round(most_high * width / height))
        is_larger = wide >= _LEAST_LARGE_PX
        return f'<img src="{escape(str(path))}" width="{wide}">' if is_larger else ""

    def _scale(self) -> None:
        smooth = Qt.TransformationMode.SmoothTransformation
        is_there = not self._picture.isNull() and self.width() > 0
        self._scaled = self._picture.scaledToWidth(self.width(), smooth) if is_there else QPixmap()
        self.setFixedHeight(self._height_px())
        self.update()
