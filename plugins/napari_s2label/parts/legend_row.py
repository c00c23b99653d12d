"""One row of the legend: colour, key, name, pixels; a click takes it in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEIGHT_PX = 21
_STYLE = (
    "QPushButton { background: transparent; border: none; border-radius: 3px; }"
    "QPushButton:hover { background-color: rgba(128, 128, 128, 60); }"
    "QPushButton:checked { background-color: #0e639c; }"
    "QPushButton QLabel { background: transparent; font-size: 12px; }"
)


class LegendRow(QPushButton):
    """A value that can be painted.

    Parameters
    ----------
    name : str
        What it is called.
    colour : sequence of float
        Red, green, blue, opacity, 0..1, as on the picture.
    tooltip : str
        What it means, in a sentence.
    """

    def __init__(self, name: str, colour: Sequence[float], tooltip: str) -> None:
        super().__init__()
        self.name = QLabel(name)
        self.key, self.pixels = QLabel(), QLabel()
        self._tooltip = tooltip
        self._swatch = _swatch(colour)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT_PX)
        self.setStyleSheet(_STYLE)
        self.setAccessibleName(name)
        self._arrange()

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(6)
        self.key.setFixedWidth(14)
        self.key.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # A long name is cut; it must not push the pixels out of the dock.
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self._swatch)
        row.addWidget(self.key)
        row.addWidget(self.name, 1)
        row.addWidget(self.pixels)
        for part in (self._swatch, self.key, self.name, self.pixels):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_key(self, key: str) -> None:
        """Write the key that takes it in hand, empty if there is none."""
        self.key.setText(key)
        self.setToolTip(f"{self._tooltip}\nKey: {key}" if key else self._tooltip)

    def show_pixels(self, count: int) -> None:
        """Write how many pixels have it."""
        self.pixels.setText(f"{count:,} px" if count else "")

    def mark(self, is_in_hand: bool) -> None:
        """Show that it is in hand, or that it is not."""
        self.setChecked(is_in_hand)

    def nextCheckState(self) -> None:
        """Leave the mark as it is: the model says what is in hand."""


def _swatch(colour: Sequence[float]) -> QLabel:
    """Return a square of a colour; what is nearly clear has a dashed frame."""
    red, green, blue, opacity = colour
    shade = f"rgba({255 * red:.0f}, {255 * green:.0f}, {255 * blue:.0f}, {255 * opacity:.0f})"
    frame = "solid" if opacity > 0.5 or not opacity else "dashed"
    swatch = QLabel()
    swatch.setFixedSize(14, 14)
    swatch.setStyleSheet(f"background-color: {shade}; border: 1px {frame} #8a8f98;")
    return swatch
