"""A path that is typed or chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QWidget

from napari_s2label.parts.path_text import PathText
from napari_s2label.parts.plain_button import PlainButton

if TYPE_CHECKING:
    from napari_s2label.parts.dialogs import Dialogs


class PathField(QWidget):
    """A text field with buttons that ask for a folder or a file.

    Parameters
    ----------
    dialogs : Dialogs
        What asks.
    hint : str
        Shown while it is empty.
    tooltip : str
        What it is, in a sentence.
    with_file : bool
        Whether a file will do as well.
    with_folder : bool
        Whether a folder will do.

    Signals
    -------
    changed : no arguments
        Another path.
    """

    changed = Signal()

    def __init__(
        self,
        dialogs: Dialogs,
        hint: str,
        tooltip: str,
        with_file: bool = False,
        with_folder: bool = True,
    ) -> None:
        super().__init__()
        self._dialogs = dialogs
        self.field = PathText(hint, tooltip)
        self.field.textChanged.connect(lambda _: self.changed.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        row.addWidget(self.field)
        buttons = [("Folder", "Choose a folder", self.ask_folder)] if with_folder else []
        buttons += [("File", "Choose a file", self.ask_file)] if with_file else []
        for label, words, ask in buttons:
            row.addWidget(PlainButton(label, words, ask, width_px=52))

    @property
    def path(self) -> Path | None:
        """The path; None while the field is empty."""
        text = self.field.text().strip()
        return Path(text).expanduser() if text else None

    def show_path(self, path: Path | None) -> None:
        """Put a path into the field."""
        self.field.setText(str(path) if path else "")

    def ask_folder(self) -> None:
        """Let the user choose a folder."""
        chosen = self._dialogs.folder(self, "Choose a folder", self.field.text())
        if chosen is not None:
            self.show_path(chosen)

    def ask_file(self) -> None:
        """Let the user choose a file."""
        chosen = self._dialogs.files(self, "Choose a file", self.field.text())
        if chosen:
            self.show_path(chosen[0])
