"""The window that a dock belongs to, be the dock in its place or floating."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget


def main_window_of(widget: QWidget) -> QMainWindow | None:
    """Return the main window above a widget; None before it has one."""
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QMainWindow):
        above = above.parentWidget()
    return above
