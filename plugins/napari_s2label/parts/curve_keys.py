"""What each curve is: a piece of it, its name, and its last value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtGui import QPaintEvent

    from napari_s2label.parts.curves import Curve, CurveStyle

_COLUMNS = 2
_PIECE_PX = 18
_SMALL = "font-size: 11px"


class CurveKeys(QWidget):
    """A grid of keys, two in a row."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[_Key] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(1)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Name these curves; keys of others go."""
        for key in self._keys:
            self._grid.removeWidget(key)
            key.deleteLater()
        self._keys = [_Key(curve) for curve in curves]
        for number, key in enumerate(self._keys):
            self._grid.addWidget(key, number // _COLUMNS, number % _COLUMNS)

    def show_last(self) -> None:
        """Write the last value of each curve."""
        for key in self._keys:
            key.show_last()

    @property
    def words(self) -> list[str]:
        """Name and value of each key."""
        return [f"{key.name.text()} {key.value.text()}".strip() for key in self._keys]


class _Key(QWidget):
    def __init__(self, curve: Curve) -> None:
        super().__init__()
        self._curve = curve
        self.name, self.value = QLabel(curve.name), QLabel()
        self.setToolTip(curve.name)
        # A long name is cut; it must not push its value out of the dock.
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(_Piece(curve.style))
        for label, share in ((self.name, 1), (self.value, 0)):
            label.setStyleSheet(_SMALL)
            row.addWidget(label, share)
        self.show_last()

    def show_last(self) -> None:
        last = self._curve.points[-1][1] if self._curve.points else math.nan
        self.value.setText(_short(last))


class _Piece(QWidget):
    """A piece of a curve, as it is drawn."""

    def __init__(self, style: CurveStyle) -> None:
        super().__init__()
        self._style = style
        self.setFixedWidth(_PIECE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setPen(self._style.pen)
        y = self.height() / 2
        painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        painter.end()


def _short(value: float) -> str:
    """Return a loss or a score in as many digits as somebody compares."""
    if math.isnan(value):
        return ""
    return f"{value:.2f}" if value >= 0.095 else f"{value:.3f}"
