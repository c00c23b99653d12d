"""The scenes: a line each with its state; files and folders can be dropped onto it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_s2label.parts.path_drops import accept_paths, draw_hint, dropped_paths
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.scene_rows import SceneState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from qtpy.QtGui import QDragEnterEvent, QDropEvent, QPaintEvent

    from napari_s2label.parts.dialogs import Dialogs
    from napari_s2label.scene_rows import SceneRow

_HEIGHT_PX = 116
_HINT = "scenes to predict: add or drop products (zip, SAFE), folders of bands, GeoTIFFs"
_COLOURS = {
    SceneState.WAITING: "#8a8f98",
    SceneState.RUNNING: "#4fc3f7",
    SceneState.BEGUN: "#ffb74d",
    SceneState.DONE: "#7bc67e",
    SceneState.FAILED: "#ff8a80",
    SceneState.REFUSED: "#ff8a80",
}


class _Table(QTreeWidget):
    """Two columns, names cut in their middle; says what it is for while it is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setFixedHeight(_HEIGHT_PX)
        self.setStyleSheet("QTreeWidget { background: rgba(255, 255, 255, 14); }")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(20)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the list, or the hint."""
        super().paintEvent(event)
        if not self.topLevelItemCount():
            draw_hint(self, _HINT)


class SceneList(QWidget):
    """Shows scenes, takes more of them, and says which one is chosen.

    Parameters
    ----------
    dialogs : Dialogs
        What asks for files and folders.

    Signals
    -------
    added : list of Path
        More sources of scenes.
    removal_requested : list of str
        Names of scenes that are to go; none means all.
    chosen_changed : no arguments
        Another scene is chosen.
    """

    added = Signal(object)
    removal_requested = Signal(object)
    chosen_changed = Signal()

    def __init__(self, dialogs: Dialogs) -> None:
        super().__init__()
        self._dialogs = dialogs
        self._rows: tuple[SceneRow, ...] = ()
        self.table = _Table()
        self.setAcceptDrops(True)
        self._arrange()
        self.table.itemSelectionChanged.connect(self.chosen_changed)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.table)
        row = QHBoxLayout()
        row.setSpacing(3)
        for label, words, act in (
            ("Add files", "Products (zip) and GeoTIFFs; they stay where they are", self.ask_files),
            ("Add folder", "A product, a folder of bands, or of scenes", self.ask_folder),
            ("Remove", "Take what is marked, or all, off this list; files stay", self.remove),
        ):
            row.addWidget(PlainButton(label, words, act))
        column.addLayout(row)

    def show_rows(self, rows: Sequence[SceneRow]) -> None:
        """Show scenes; what is marked stays marked."""
        if tuple(rows) == self._rows:
            return
        before, self._rows = self._rows, tuple(rows)
        if [row.name for row in before] != [row.name for row in rows]:
            self._make_items(rows)
            before = ()
        for number, row in enumerate(rows):
            if before and before[number] == row:
                continue
            item = self.table.topLevelItem(number)
            item.setText(1, row.words)
            item.setForeground(1, QColor(_COLOURS[row.state]))
            tip = "\n".join(filter(None, (row.name, str(row.source or ""), row.why)))
            item.setToolTip(0, tip)
            item.setToolTip(1, tip)

    def _make_items(self, rows: Sequence[SceneRow]) -> None:
        marked = set(self.marked)
        self.table.blockSignals(True)
        self.table.clear()
        for row in rows:
            item = QTreeWidgetItem([row.name, row.words])
            self.table.addTopLevelItem(item)
            item.setSelected(row.name in marked)
        self.table.blockSignals(False)
        if set(self.marked) != marked:
            self.chosen_changed.emit()

    @property
    def marked(self) -> list[str]:
        """Names of the scenes that are marked."""
        return [str(item.text(0)) for item in self.table.selectedItems()]

    def choose(self, name: str) -> None:
        """Mark one scene and bring it into view."""
        for number, row in enumerate(self._rows):
            item = self.table.topLevelItem(number)
            item.setSelected(row.name == name)
            if row.name == name:
                self.table.scrollToItem(item)

    def ask_folder(self) -> None:
        """Let the user choose a folder."""
        folder = self._dialogs.folder(self, "Add a folder", self._start())
        self._add([folder] if folder else [])

    def ask_files(self) -> None:
        """Let the user choose files."""
        self._add(self._dialogs.files(self, "Add scenes", self._start()))

    def remove(self) -> None:
        """Ask for what is marked to go; for all where nothing is."""
        self.removal_requested.emit(self.marked)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        accept_paths(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Add what was dropped."""
        self._add(dropped_paths(event))

    def _add(self, paths: Iterable[Path]) -> None:
        if paths := list(paths):
            self.added.emit(paths)

    def _start(self) -> str:
        sources = [row.source for row in self._rows if row.source is not None]
        return str(sources[-1].parent) if sources else ""
