"""The window that a widget of a dock belongs to, be it in its place or floating, and its dock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QDockWidget, QMainWindow

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget


def main_window_of(widget: QWidget) -> QMainWindow | None:
    """Return the main window above a widget; None before it has one."""
    return _above(widget, QMainWindow)


def dock_of(widget: QWidget) -> QDockWidget | None:
    """Return the dock above a widget; None where it stands alone."""
    return _above(widget, QDockWidget)


def _above(widget: QWidget, kind: type[Any]) -> Any:
    above = widget.parentWidget()
    while above is not None and not isinstance(above, kind):
        above = above.parentWidget()
    return above
