"""Asking for files, folders, colours and a yes: the one place where dialogs block."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtGui import QColor
from qtpy.QtWidgets import QColorDialog, QFileDialog, QMessageBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget


def _ask_folder(parent: QWidget, title: str, start: str) -> Path | None:
    name = QFileDialog.getExistingDirectory(parent, title, start)
    return Path(name) if name else None


def _ask_files(parent: QWidget, title: str, start: str) -> list[Path]:
    names, _ = QFileDialog.getOpenFileNames(parent, title, start)
    return [Path(name) for name in names]


def _ask_target(parent: QWidget, title: str, start: str) -> Path | None:
    name, _ = QFileDialog.getSaveFileName(parent, title, start)
    return Path(name) if name else None


def _ask_colour(parent: QWidget, colour: str) -> str | None:
    chosen = QColorDialog.getColor(QColor(colour), parent, "Colour of the class")
    return str(chosen.name()) if chosen.isValid() else None


def _confirm(parent: QWidget, title: str, question: str, yes: str) -> bool:
    box = QMessageBox(QMessageBox.Icon.Question, title, question, parent=parent)
    agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is agree


@dataclass(frozen=True)
class Dialogs:
    """What asks; a test gives functions that answer at once.

    Parameters
    ----------
    folder : callable
        (parent, title, where to begin) -> folder, or None when cancelled.
    files : callable
        (parent, title, where to begin) -> files; empty when cancelled.
    colour : callable
        (parent, ``#rrggbb``) -> another colour, or None when cancelled.
    confirm : callable
        (parent, title, question, word on the button that agrees) -> whether somebody agreed.
    target : callable
        (parent, title, name to begin with) -> file to write, or None when cancelled.
    """

    folder: Callable[[QWidget, str, str], Path | None] = _ask_folder
    files: Callable[[QWidget, str, str], list[Path]] = _ask_files
    colour: Callable[[QWidget, str], str | None] = _ask_colour
    confirm: Callable[[QWidget, str, str, str], bool] = _confirm
    target: Callable[[QWidget, str, str], Path | None] = _ask_target
