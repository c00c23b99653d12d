"""Editing a class table: rows of value, name and colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from napari_s2label.parts.choice import Choice
from napari_s2label.parts.class_row import ClassRow
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.text_field import TextField
from s2label.types import MAX_CLASS, ClassTable, LabelClass, Lifetime

if TYPE_CHECKING:
    from napari_s2label.parts.dialogs import Dialogs

_LIFETIMES = {
    str(Lifetime.STATIC): "stay: a mask per place",
    str(Lifetime.MOVING): "move: a mask per image",
}
# Colours that are told apart on water, on land and by colour-blind people (Okabe and Ito 2008).
_COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")


class ClassTableEditor(QWidget):
    """A class table in the making.

    Parameters
    ----------
    dialogs : Dialogs
        What asks for colours.

    Signals
    -------
    changed : no arguments
        Something in it is another.
    """

    changed = Signal()

    def __init__(self, dialogs: Dialogs) -> None:
        super().__init__()
        self._dialogs = dialogs
        self.rows: list[ClassRow] = []
        self.lifetime = Choice(_LIFETIMES, "Whether what is labelled stays or moves")
        self.void = TextField(
            "none", "Values that mean 'no data' in your masks, such as 0 or 0, 99"
        )
        self.add = PlainButton("Add a class", "One more row", self.add_row)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(2)
        self._arrange()
        self.void.textChanged.connect(lambda _: self.changed.emit())
        self.add_row()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(self._lines)
        column.addWidget(self.add)
        grid = QGridLayout()
        grid.setSpacing(3)
        for number, (label, part) in enumerate(
            (("Things", self.lifetime), ("No data", self.void)),
        ):
            grid.addWidget(QLabel(label), number, 0)
            grid.addWidget(part, number, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)

    def add_row(self) -> None:
        """Add a row with the next free value and another colour."""
        used = {row.value.text().strip() for row in self.rows}
        free = next(v for v in range(1, MAX_CLASS + 1) if str(v) not in used)
        self._add(str(free), "", _COLOURS[(free - 1) % len(_COLOURS)])

    def show_table(self, table: ClassTable) -> None:
        """Show a class table to begin with."""
        for row in list(self.rows):
            self._remove(row)
        for label_class in table.classes:
            self._add(str(label_class.value), label_class.name, label_class.colour)
        self.lifetime.choose(str(table.lifetime))
        self.void.setText(", ".join(str(value) for value in table.source_void))

    def table(self, name: str) -> ClassTable:
        """Return the class table.

        Raises
        ------
        ValueError
            If something in it cannot be; the text says what.
        """
        classes = tuple(
            LabelClass(_number(row.value.text()), row.name.text().strip(), row.colour)
            for row in self.rows
        )
        void = tuple(_number(part) for part in self.void.text().split(",") if part.strip())
        return ClassTable(name, Lifetime(self.lifetime.value), classes, void)

    def _add(self, value: str, name: str, colour: str) -> None:
        row = ClassRow(self._dialogs, value, name, colour)
        row.changed.connect(self.changed)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._lines.addWidget(row)
        self.changed.emit()

    def _remove(self, row: ClassRow) -> None:
        self.rows.remove(row)
        self._lines.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.changed.emit()


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text.strip() or 'an empty field'!r} is not a whole number") from None
