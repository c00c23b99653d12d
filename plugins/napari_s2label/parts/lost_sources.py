"""Sources that are not where they were, and the way to find them again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QListWidget, QVBoxLayout, QWidget

from napari_s2label.parts.plain_button import PlainButton

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from napari_s2label.parts.dialogs import Dialogs

_HEIGHT_PX = 120
_SHOWN = 1000
_WORDS = (
    "Images are read where they lie. Were they moved? Check them, then show the folder they are "
    "in now: files of the same name, size and content are found; decisions stay."
)


class LostSources(QWidget):
    """A list of sources that are missing or changed.

    Parameters
    ----------
    dialogs : Dialogs
        What asks for a folder.

    Signals
    -------
    requested : list of str
        Look for them: arguments of the command ``relink``, after the project.
    """

    requested = Signal(object)

    def __init__(self, dialogs: Dialogs) -> None:
        super().__init__()
        self._dialogs = dialogs
        self.list = QListWidget()
        self.list.setFixedHeight(_HEIGHT_PX)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        check = "Look whether all sources are where they were"
        self.check = PlainButton("Check images", check, lambda: self.requested.emit([]))
        self.relink = PlainButton("Find them ...", "Choose the folder they are in now", self.ask)
        words = QLabel(_WORDS)
        words.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.check)
        row.addWidget(self.relink)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 0, 6)
        column.setSpacing(3)
        column.addWidget(words)
        column.addLayout(row)
        column.addWidget(self.list)
        self.show_lost({})

    def show_lost(self, result: Mapping[str, Any]) -> None:
        """List what ``relink`` says is lost."""
        self.list.clear()
        lost = [(path, "missing") for path in result.get("missing", ())]
        lost += [(path, "changed") for path in result.get("changed", ())]
        for path, state in lost[:_SHOWN]:
            self.list.addItem(f"{Path(path).name}: {state}")
            self.list.item(self.list.count() - 1).setToolTip(path)
        self.list.setVisible(bool(lost))
        self.relink.setEnabled(bool(lost))

    def ask(self) -> None:
        """Let the user choose where to look."""
        folder = self._dialogs.folder(self, "Where are the sources now?", "")
        if folder is not None:
            self.requested.emit([str(folder)])
