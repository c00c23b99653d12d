"""All keys on one page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QLabel, QVBoxLayout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qtpy.QtWidgets import QWidget

    from napari_s2label.action import Action

# So many groups are long, and have a column each.
_WIDE = 2


def keys_page(
    actions: Iterable[Action], keys: Mapping[str, str], complaints: Iterable[str] = ()
) -> str:
    """Return columns of keys and what they do, and what is wrong with them, as rich text."""
    # One column of all would be higher than a small screen.
    groups: dict[str, list[str]] = {}
    for action in actions:
        title = action.group or ("Paint" if action.paints else "Decide and look")
        groups.setdefault(title, []).append(_row(keys[action.id], action.title))
    parts = [_part(title, rows) for title, rows in groups.items()]
    # Short groups stand below each other: a column of each would be wider than a small screen.
    columns = "".join(f"<td>{part}</td>" for part in (*parts[:_WIDE], "<br>".join(parts[_WIDE:])))
    wrong = "".join(f'<p style="color:#ff8a80">{escape(line)}</p>' for line in complaints)
    return (
        f'<table cellpadding="6"><tr>{columns}</tr></table>{wrong}'
        "<p>Other keys: File &gt; Preferences &gt; S2label; they hold at once.</p>"
    )


def _part(title: str, rows: list[str]) -> str:
    return f'<b>{title}</b><table cellpadding="1">{"".join(rows)}</table>'


def _row(key: str, title: str) -> str:
    return (
        f'<tr><td align="right"><b>{escape(key)}</b>&nbsp;&nbsp;</td><td>{escape(title)}</td></tr>'
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
