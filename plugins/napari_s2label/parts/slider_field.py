"""A slider with its name and its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtGui import QWheelEvent

_NAME_PX, _VALUE_PX = 66, 40


class _QuietSlider(QSlider):
    """A slider that leaves keyboard and wheel to others: the wheel scrolls the dock."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setRange(least, most)
        self.setMinimumWidth(60)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Hand the wheel on."""
        event.ignore()


class SliderField(QWidget):
    """A slider over whole steps; never takes the keyboard.

    Parameters
    ----------
    name : str
        A word in front of it.
    tooltip : str
        What it sets, in a sentence.
    limits : tuple of int
        Least and most steps.
    written : callable
        Returns how a number of steps is written behind it.

    Signals
    -------
    moved : int
        The user moved it to that many steps.
    """

    moved = Signal(int)

    def __init__(
        self, name: str, tooltip: str, limits: tuple[int, int], written: Callable[[int], str]
    ) -> None:
        super().__init__()
        self._written = written
        self.slider = _QuietSlider(*limits)
        self.value = QLabel()
        self.name = QLabel(name)
        self._arrange()
        self.setToolTip(tooltip)
        self.slider.valueChanged.connect(self._on_slider_changed)
        self.show_steps(limits[0])

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.name.setFixedWidth(_NAME_PX)
        self.value.setFixedWidth(_VALUE_PX)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.name)
        row.addWidget(self.slider, 1)
        row.addWidget(self.value)

    def show_steps(self, steps: int) -> None:
        """Show what is set, without telling anybody."""
        self.slider.blockSignals(True)
        self.slider.setValue(steps)
        self.slider.blockSignals(False)
        self.value.setText(self._written(steps))

    def _on_slider_changed(self, steps: int) -> None:
        self.value.setText(self._written(steps))
        self.moved.emit(steps)
