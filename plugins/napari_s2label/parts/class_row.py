"""One class in an editor: value, name, colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QWidget

from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.text_field import TextField

if TYPE_CHECKING:
    from napari_s2label.parts.dialogs import Dialogs


class ClassRow(QWidget):
    """A row of a class table.

    Parameters
    ----------
    dialogs : Dialogs
        What asks for the colour.
    value, name, colour : str
        What it begins with; the colour as ``#rrggbb``.

    Signals
    -------
    changed, removed : no arguments
        It is another, or shall go.
    """

    changed = Signal()
    removed = Signal()

    def __init__(self, dialogs: Dialogs, value: str, name: str, colour: str) -> None:
        super().__init__()
        self._dialogs = dialogs
        self.value = TextField("", "Value of the class in your masks, 1 to 253")
        self.name = TextField("name", "What the class is called")
        self.swatch = PlainButton("", "Choose the colour", self.ask_colour, width_px=34)
        self.remove = PlainButton("\u2715", "Take this class out", self.removed.emit, width_px=26)
        self.value.setText(value)
        self.name.setText(name)
        self.value.setFixedWidth(40)
        self._arrange()
        self.show_colour(colour)
        self.value.textChanged.connect(lambda _: self.changed.emit())
        self.name.textChanged.connect(lambda _: self.changed.emit())

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        for part in (self.value, self.name, self.swatch, self.remove):
            row.addWidget(part)

    def show_colour(self, colour: str) -> None:
        """Take a colour, ``#rrggbb``."""
        self.colour = colour
        self.swatch.setStyleSheet(f"background-color: {colour}; border: 1px solid #5a626c")
        self.changed.emit()

    def ask_colour(self) -> None:
        """Let the user choose a colour."""
        colour = self._dialogs.colour(self, self.colour)
        if colour is not None:
            self.show_colour(colour)
