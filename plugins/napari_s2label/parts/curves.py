"""Curves over epochs, drawn by hand: a library of plots would take longer to load than to train."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFont, QPainter, QPen, QPolygonF, QTextOption
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_s2label.parts.axis_numbers import axis_numbers, axis_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtGui import QPaintEvent

# Okabe and Ito, "Color Universal Design" (2008), those that show on a dark ground: told apart by
# people of any colour vision, which the colours of a class table need not be.
PALETTE = ("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2")
WHITE = "#f2f2f2"
_GROUND, _GRID, _WORDS = QColor("#16181c"), QColor("#3a3e45"), QColor("#c8ccd2")
_FONT_PX = 11
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 34, 8, 6, 16
# More points than that are not to be seen on so few pixels, and take time.
_MOST_POINTS = 100
_MOST_ACROSS, _MOST_UP = 6, 4


@dataclass(frozen=True)
class CurveStyle:
    """How a curve is drawn; colour is never the only difference."""

    colour: str
    is_dashed: bool = False
    width_px: float = 1.6

    @property
    def pen(self) -> QPen:
        """The pen that draws it."""
        pen = QPen(QColor(self.colour), self.width_px)
        pen.setStyle(Qt.PenStyle.DashLine if self.is_dashed else Qt.PenStyle.SolidLine)
        return pen


@dataclass
class Curve:
    """A name, a style, and (epoch, value) pairs in order."""

    name: str
    style: CurveStyle
    points: list[tuple[int, float]] = field(default_factory=list)


class CurvesWidget(QWidget):
    """A few curves over epochs, with numbers at both axes.

    Parameters
    ----------
    tooltip : str
        What they mean.
    top : float, optional
        The highest value there can be; else the highest there is.
    height_px : int
        Height of the whole.
    """

    def __init__(self, tooltip: str, top: float | None = None, height_px: int = 120) -> None:
        super().__init__()
        self._top = top
        self._curves: Sequence[Curve] = ()
        self.setToolTip(tooltip)
        self.setFixedHeight(height_px)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Draw curves; they may grow afterwards, then call `update`."""
        self._curves = curves
        self.update()

    @property
    def limits(self) -> tuple[float, float, float, float]:
        """First and last epoch, lowest and highest value that are shown."""
        points = [p for c in self._curves for p in c.points if not math.isnan(p[1])]
        epochs = [epoch for epoch, _ in points] or [1]
        values = [value for _, value in points] or [1.0]
        first = min(epochs)
        high = self._top if self._top is not None else max(values)
        low = min(0.0, *values, high)
        return first, max(*epochs, first + 1), low, high if high > low else low + 1

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw axes and curves."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        font = QFont(self.font())
        font.setPixelSize(_FONT_PX)
        painter.setFont(font)
        plot = QRectF(self.rect()).adjusted(_LEFT_PX, _TOP_PX, -_RIGHT_PX, -_BOTTOM_PX)
        frame = _Frame(plot, *self.limits)
        _draw_axes(painter, frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for curve in self._curves:
            _draw_curve(painter, frame, curve)
        painter.end()


@dataclass(frozen=True)
class _Frame:
    """Where values stand in pixels."""

    plot: QRectF
    first: float
    last: float
    low: float
    high: float

    def x(self, epoch: float) -> float:
        share = (epoch - self.first) / (self.last - self.first)
        return float(self.plot.left() + share * self.plot.width())

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return float(self.plot.bottom() - share * self.plot.height())


def _draw_axes(painter: QPainter, frame: _Frame) -> None:
    plot = frame.plot
    for value in axis_numbers(frame.low, frame.high, _MOST_UP):
        y = frame.y(value)
        painter.setPen(_GRID)
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        box = QRectF(0, y - _FONT_PX, _LEFT_PX - 4, 2 * _FONT_PX)
        _write(painter, box, Qt.AlignmentFlag.AlignRight, axis_words(value))
    for epoch in axis_numbers(frame.first, frame.last, _MOST_ACROSS, whole=True):
        box = QRectF(frame.x(epoch) - 20, plot.bottom() + 1, 40, _BOTTOM_PX)
        # The outermost numbers would stand half outside.
        box.moveRight(min(box.right(), plot.right() + _RIGHT_PX + 10))
        _write(painter, box, Qt.AlignmentFlag.AlignHCenter, axis_words(epoch))


def _write(painter: QPainter, box: QRectF, side: Qt.AlignmentFlag, words: str) -> None:
    painter.setPen(_WORDS)
    painter.drawText(box, words, QTextOption(side | Qt.AlignmentFlag.AlignVCenter))


def _draw_curve(painter: QPainter, frame: _Frame, curve: Curve) -> None:
    points = [
        QPointF(frame.x(epoch), frame.y(value))
        for epoch, value in _thinned(curve.points)
        if not math.isnan(value)
    ]
    painter.setPen(curve.style.pen)
    if len(points) == 1:  # a line of one point would not be seen
        painter.setBrush(QColor(curve.style.colour))
        painter.drawEllipse(points[0], 2, 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    else:
        painter.drawPolyline(QPolygonF(points))


def _thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return at most so many points as can be seen, the last one always."""
    step = -(-len(points) // _MOST_POINTS)
    return points if step <= 1 else [*points[:-1][::step], points[-1]]
