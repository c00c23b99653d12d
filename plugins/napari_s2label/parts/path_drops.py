"""Paths that are dropped onto a widget from a file manager, and the hint that they may be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtGui import QPainter

from napari_s2label.parts.thumbnail_delegate import draw_wrapped

if TYPE_CHECKING:
    from qtpy.QtGui import QDragEnterEvent, QDropEvent
    from qtpy.QtWidgets import QAbstractItemView


def draw_hint(view: QAbstractItemView, hint: str) -> None:
    """Write what an empty list is for into its middle; for its ``paintEvent``."""
    painter = QPainter(view.viewport())
    painter.setPen(view.palette().placeholderText().color())
    draw_wrapped(painter, view.viewport().rect(), hint)
    painter.end()


def accept_paths(event: QDragEnterEvent) -> None:
    """Let files and folders be dropped; for a ``dragEnterEvent``."""
    if event.mimeData().hasUrls():
        event.acceptProposedAction()


def dropped_paths(event: QDropEvent) -> list[Path]:
    """Return what was dropped and is of this machine; for a ``dropEvent``."""
    event.acceptProposedAction()
    urls = event.mimeData().urls()
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
