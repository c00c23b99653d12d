"""Buttons for actions in rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QGridLayout, QWidget

from napari_s2label.keys import ACTIONS
from napari_s2label.parts.tool_button import ToolButton

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from napari_s2label.desk import Desk


class ButtonGrid(QWidget):
    """Buttons for actions in columns.

    Parameters
    ----------
    desk : Desk
        Whom the actions are done to.
    labels : iterable of tuple
        Id of the action, short words for its button, and what its tooltip adds.
    shares : sequence of int
        One per column: its share of the width.
    """

    def __init__(
        self, desk: Desk, labels: Iterable[tuple[str, str, str]], shares: Sequence[int]
    ) -> None:
        super().__init__()
        actions = {action.id: action for action in ACTIONS}
        self.buttons = {
            id_: ToolButton(actions[id_], desk, label, explanation)
            for id_, label, explanation in labels
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for index, button in enumerate(self.buttons.values()):
            grid.addWidget(button, *divmod(index, len(shares)))
        for column, share in enumerate(shares):
            grid.setColumnStretch(column, share)

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Write the keys (action id -> key) that are bound now."""
        for id_, button in self.buttons.items():
            button.show_key(keys[id_])

    def mark(self, id_: str, is_so: bool) -> None:
        """Show whether what an action chooses or switches is so."""
        self.buttons[id_].mark(is_so)
