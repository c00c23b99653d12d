"""The files and folders to import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHBoxLayout, QListWidget, QVBoxLayout, QWidget

from napari_s2label.parts.path_drops import accept_paths, draw_hint, dropped_paths
from napari_s2label.parts.plain_button import PlainButton

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qtpy.QtGui import QDragEnterEvent, QDropEvent, QPaintEvent

    from napari_s2label.parts.dialogs import Dialogs

_HEIGHT_PX = 58
_HINT = "images to import: add or drop folders and files"


class _HintedList(QListWidget):
    """A list that says what it is for while it is empty."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the list, or the hint."""
        super().paintEvent(event)
        if not self.count():
            draw_hint(self, _HINT)


class SourceList(QWidget):
    """A list of paths; they can be dropped onto it from a file manager, too.

    Parameters
    ----------
    dialogs : Dialogs
        What asks for files and folders.

    Signals
    -------
    changed : no arguments
        A path came or went.
    """

    changed = Signal()

    def __init__(self, dialogs: Dialogs) -> None:
        super().__init__()
        self._dialogs = dialogs
        self.list = _HintedList()
        self.list.setFixedHeight(_HEIGHT_PX)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setToolTip("Chips, scenes or band folders; they stay where they are")
        self.setAcceptDrops(True)
        self._arrange()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.list)
        row = QHBoxLayout()
        row.setSpacing(3)
        for label, words, act in (
            ("Add folder", "A folder of bands, chips or scenes", self.ask_folder),
            ("Add files", "GeoTIFF or JPEG2000 files", self.ask_files),
            ("Remove", "Take what is marked, or all, out of this list", self.remove),
        ):
            row.addWidget(PlainButton(label, words, act))
        column.addLayout(row)

    @property
    def paths(self) -> list[Path]:
        """The paths, in order."""
        return [Path(self.list.item(row).text()) for row in range(self.list.count())]

    def add(self, paths: Iterable[Path]) -> None:
        """Add paths, each once."""
        known = set(self.paths)
        for path in paths:
            if path not in known:
                self.list.addItem(str(path))
                self.list.item(self.list.count() - 1).setToolTip(str(path))
        self.changed.emit()

    def ask_folder(self) -> None:
        """Let the user choose a folder."""
        folder = self._dialogs.folder(self, "Import a folder", self._start())
        self.add([folder] if folder else [])

    def ask_files(self) -> None:
        """Let the user choose files."""
        self.add(self._dialogs.files(self, "Import files", self._start()))

    def remove(self) -> None:
        """Take out what is marked; all where nothing is."""
        marked = [self.list.row(item) for item in self.list.selectedItems()]
        for row in sorted(marked or range(self.list.count()), reverse=True):
            self.list.takeItem(row)
        self.changed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        accept_paths(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Add what was dropped."""
        self.add(dropped_paths(event))

    def _start(self) -> str:
        return str(self.paths[-1].parent) if self.paths else ""
