"""A figure as wide as its room; what lies under the mouse is framed and said, a click means it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPen, QPixmap
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from napari_s2label.parts.reports import counted

if TYPE_CHECKING:
    from qtpy.QtCore import QEvent, QPointF
    from qtpy.QtGui import QMouseEvent, QPaintEvent, QResizeEvent

    from napari_s2label.explore_reader import FigureInView

_FRAME, _FILL = QColor("#111111"), QColor(255, 213, 79, 110)
# A frame smaller than that would not be seen.
_LEAST_FRAME_PX = 6


class FigurePicture(QWidget):
    """Shows one figure after the other.

    Signals
    -------
    clicked : Part
        Somebody clicked on a part behind which there are images.
    """

    clicked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._figure: FigureInView | None = None
        self._scaled = QPixmap()
        self._under_mouse: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_figure(self, figure: FigureInView | None) -> None:
        """Show a figure, or nothing."""
        self._figure, self._under_mouse = figure, None
        self._scale()

    @property
    def figure(self) -> FigureInView | None:
        """The figure that is shown."""
        return self._figure

    @property
    def name(self) -> str:
        """Which figure is shown; empty without one."""
        return "" if self._figure is None else self._figure.name

    def sizeHint(self) -> QSize:
        """Return the size that it would have of itself."""
        return QSize(self.width(), self._height_px())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the figure into another width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._scale()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the figure, and a frame around what is under the mouse."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._scaled)
        if self._figure is not None and self._under_mouse is not None:
            painter.setPen(QPen(_FRAME, 1))
            painter.setBrush(_FILL)
            painter.drawRect(self._box(self._under_mouse))
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Frame what is under the mouse, and say what it is."""
        self._look_at(event.position())
        if self._figure is None or self._under_mouse is None:
            QToolTip.hideText()
            return
        number = len(self._figure.chips[self._under_mouse])
        about = self._figure.words[self._under_mouse]
        words = f"{counted(number, 'image')} {about}; a click goes through them"
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def leaveEvent(self, event: QEvent) -> None:
        """Frame nothing."""
        super().leaveEvent(event)
        self._mark(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take a click on a part."""
        if self._figure is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._look_at(event.position())
        if self._under_mouse is not None:
            self.clicked.emit(self._figure.part(self._under_mouse))

    def _look_at(self, place: QPointF) -> None:
        if self._figure is not None and self.width() and self.height():
            self._mark(self._figure.part_at(place.x() / self.width(), place.y() / self.height()))

    def _mark(self, part: int | None) -> None:
        if part != self._under_mouse:
            self._under_mouse = part
            self.setCursor(
                Qt.CursorShape.ArrowCursor if part is None else Qt.CursorShape.PointingHandCursor
            )
            self.update()

    def _box(self, part: int) -> QRectF:
        assert self._figure is not None
        left, top, right, bottom = (float(share) for share in self._figure.boxes[part])
        width, height = self.width(), self.height()
        box = QRectF(left * width, top * height, (right - left) * width, (bottom - top) * height)
        more_across = max(0.0, _LEAST_FRAME_PX - box.width()) / 2
        more_up = max(0.0, _LEAST_FRAME_PX - box.height()) / 2
        return box.adjusted(-more_across, -more_up, more_across, more_up)

    def _height_px(self) -> int:
        if self._figure is None:
            return 0
        picture = self._figure.picture
        height: float = picture.height() * self.width() / picture.width()
        return round(height)

    def _scale(self) -> None:
        self._scaled = QPixmap()
        if self._figure is not None and self.width() > 0:
            ratio = self.devicePixelRatioF()
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = self._figure.picture.scaledToWidth(round(self.width() * ratio), smooth)
            self._scaled = QPixmap.fromImage(scaled)
            self._scaled.setDevicePixelRatio(ratio)
        self.setFixedHeight(self._height_px())
        self.update()
