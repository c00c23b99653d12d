"""A new project: name, folder, class table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from napari_s2label.parts.choice import Choice
from napari_s2label.parts.class_table_editor import ClassTableEditor
from napari_s2label.parts.message import Message
from napari_s2label.parts.path_field import PathField
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.text_field import TextField
from s2label.classes import BUILT_IN, load_class_table
from s2label.errors import S2LabelError
from s2label.ids import slug
from s2label.project import create_project

if TYPE_CHECKING:
    from napari_s2label.parts.dialogs import Dialogs
    from s2label.types import ClassTable

_OWN = "own"


class NewProjectForm(QWidget):
    """Makes an empty project.

    Parameters
    ----------
    dialogs : Dialogs
        What asks for folders, files and colours.

    Signals
    -------
    made : Path
        The folder of the new project.
    """

    made = Signal(object)

    def __init__(self, dialogs: Dialogs) -> None:
        super().__init__()
        self._dialogs = dialogs
        self.name = TextField("such as harbour", "What the project is called")
        self.parent_folder = PathField(dialogs, "folder", "The project gets a folder in here")
        self.parent_folder.show_path(Path.home())
        self.classes = Choice(_tables(), "What the values of masks mean")
        self.editor = ClassTableEditor(dialogs)
        self.load = PlainButton("Read a class table ...", "From a TOML file", self.ask_table)
        self.hint, self.error = Message(), Message()
        self.make = PlainButton("Make the project", "Make it and open it", self.make_project)
        self._arrange()
        self._connect()
        self._check()

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(3)
        rows = (("Name", self.name), ("Where", self.parent_folder), ("Classes", self.classes))
        for number, (label, part) in enumerate(rows):
            grid.addWidget(QLabel(label), number, 0)
            grid.addWidget(part, number, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 0, 6)
        column.setSpacing(3)
        column.addLayout(grid)
        for part in (self.editor, self.load, self.hint, self.error, self.make):
            column.addWidget(part)

    def _connect(self) -> None:
        self.name.textChanged.connect(lambda _: self._check())
        self.parent_folder.changed.connect(self._check)
        self.classes.currentIndexChanged.connect(lambda _: self._check())
        self.editor.changed.connect(self._check)

    @property
    def folder(self) -> Path | None:
        """Where the project will be; None while name or folder is empty."""
        name, parent = self.name.text().strip(), self.parent_folder.path
        return parent / slug(name) if name and parent else None

    def table(self) -> ClassTable:
        """Return the class table chosen.

        Raises
        ------
        ValueError
            If the user's own one cannot be; the text says what.
        """
        if self.classes.value == _OWN:
            return self.editor.table(self.name.text().strip() or _OWN)
        return BUILT_IN[self.classes.value]

    def ask_table(self) -> None:
        """Read a class table from a file that the user chooses, to go on from."""
        chosen = self._dialogs.files(self, "A class table (TOML)", "")
        if not chosen:
            return
        try:
            self.editor.show_table(load_class_table(str(chosen[0])))
        except S2LabelError as error:
            self.error.tell(str(error), "bad")

    def make_project(self) -> None:
        """Make the project, or say why not."""
        folder = self.folder
        if folder is None:
            return
        try:
            create_project(folder, self.table(), self.name.text().strip())
        except S2LabelError as error:
            self.error.tell(str(error), "bad")
            return
        self.name.clear()
        self.made.emit(folder)

    def _check(self) -> None:
        is_own = self.classes.value == _OWN
        self.editor.setVisible(is_own)
        self.load.setVisible(is_own)
        self.hint.tell(f"will be {self.folder}" if self.folder else "")
        wrong = self._wrong()
        # An empty form is not a mistake yet.
        self.error.tell(wrong if self.name.text().strip() else "", "bad")
        self.make.setEnabled(self.folder is not None and not wrong)

    def _wrong(self) -> str:
        if self.folder is not None and self.folder.exists():
            return f"{self.folder.name} is there already; choose another name"
        try:
            self.table()
        except ValueError as error:
            return str(error)
        return ""


def _tables() -> dict[str, str]:
    built_in = {name: f"{name} ({_classes(table)})" for name, table in BUILT_IN.items()}
    return {**built_in, _OWN: "my own ..."}


def _classes(table: ClassTable) -> str:
    count = len(table.classes)
    return f"{count} class{'es' if count > 1 else ''}"
