"""All keys on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QLabel, QVBoxLayout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qtpy.QtWidgets import QWidget

    from napari_s2label.keys import Action


def keys_page(actions: Iterable[Action], keys: Mapping[str, str]) -> str:
    """Return a table of keys and what they do, as rich text."""
    rows = "".join(
        f'<tr><td align="right"><b>{keys[action.id]}</b>&nbsp;&nbsp;</td>'
        f"<td>{action.title}</td></tr>"
        for action in actions
    )
    return (
        f'<table cellpadding="3">{rows}</table>'
        "<p>Other keys: File &gt; Preferences &gt; Plugins &gt; s2label.</p>"
    )


class CheatSheet(QDialog):
    """A page of keys; the same key, Escape or a click closes it.

    Parameters
    ----------
    page : str
        Rich text.
    closing_key : str
        The key that also closes it.
    parent : QWidget, optional
        The window it belongs to.
    """

    def __init__(self, page: str, closing_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._closing_key = closing_key
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        label = QLabel(page)
        label.setTextFormat(Qt.TextFormat.RichText)
        QVBoxLayout(self).addWidget(label)

    def keyPressEvent(self, event: object) -> None:
        """Close on the key that opened it; Escape closes every dialog."""
        if getattr(event, "text", str)() == self._closing_key:
            self.close()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, _: object) -> None:
        """Close on a click."""
        self.close()
