"""Which project is open, and how far it is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_s2label.parts.reports import counted
from napari_s2label.parts.status_table import StatusTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s2label.project_file import ProjectFile


class ProjectHead(QWidget):
    """Name, class table and counts of the open project."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.places = QLabel(), QLabel()
        self.title.setWordWrap(True)
        self.table = StatusTable()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for part in (self.title, self.places, self.table):
            column.addWidget(part)

    def show_nothing(self) -> None:
        """Say that no project is open."""
        self.title.setText("No project is open. Open one, or make a new one below.")
        self.places.hide()
        self.table.hide()

    def show_opening(self, name: str) -> None:
        """Say at once that a project is being opened."""
        self.show_nothing()
        self.title.setText(f"opening {escape(name)} ...")
        self.title.repaint()  # Qt would paint it when the project is open

    def show_project(self, settings: ProjectFile, folder: Path) -> None:
        """Show name and class table."""
        name, classes = escape(settings.name), escape(settings.classes.name)
        self.title.setText(f'<b style="font-size:14px">{name}</b> &nbsp; classes: {classes}')
        self.title.setToolTip(str(folder))
        self.places.show()
        self.table.show()

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show the counts of the catalog."""
        self.places.setText(counted(counts["places"], "place"))
        self.table.show_counts(counts)
