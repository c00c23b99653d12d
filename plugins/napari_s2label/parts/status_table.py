"""How many images and masks there are, and how many are decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QLabel, QWidget

from napari_s2label.parts.reports import counted
from napari_s2label.parts.words import STATE_COLOURS
from s2label.types import State, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUBJECTS = (Subject.IMAGE, Subject.MASK)


class StatusTable(QWidget):
    """A row for images, one for masks; a column for each state."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        for column, state in enumerate(State, start=1):
            head = QLabel(f'<span style="color:{STATE_COLOURS[state]}">{state}</span>')
            head.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(head, 0, column)
        for row, subject in enumerate(_SUBJECTS, start=1):
            keys = (f"{subject}s", *(f"{subject}s_{state}" for state in State))
            for column, key in enumerate(keys):
                self.cells[key] = QLabel()
                grid.addWidget(self.cells[key], row, column)
                if column:
                    self.cells[key].setAlignment(Qt.AlignmentFlag.AlignRight)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show the counts of a catalog."""
        for key, cell in self.cells.items():
            cell.setText(f"{counts[key]:,}")
        for subject in _SUBJECTS:
            self.cells[f"{subject}s"].setText(counted(counts[f"{subject}s"], subject))
