"""A button that shows whether what it chooses is in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.parts.action_button import ActionButton

if TYPE_CHECKING:
    from napari_s2label.action import Action
    from napari_s2label.desk import Desk

_STYLE = (
    "QPushButton { font-size: 11px; padding: 2px; }"
    "QPushButton:checked { background-color: #0e639c; color: white; font-weight: bold; }"
)


class ToolButton(ActionButton):
    """A button that is marked by the model, never by the click itself.

    Parameters
    ----------
    action : Action
        What it does; one with a release acts while the button is held down.
    desk : Desk
        Whom it does it to.
    label : str
        Short words for the button; the key stands behind them.
    explanation : str
        What the tooltip says besides the action's title.
    """

    def __init__(self, action: Action, desk: Desk, label: str, explanation: str = "") -> None:
        self._explanation = explanation
        super().__init__(action, desk, label)
        self.setCheckable(True)
        self.setMinimumHeight(24)
        self.setStyleSheet(_STYLE)

    def show_key(self, key: str) -> None:
        """Write a key on the button and into its tooltip."""
        super().show_key(key)
        if self._explanation:
            self.setToolTip(f"{self.toolTip()}\n{self._explanation}")

    def mark(self, is_in_hand: bool) -> None:
        """Show that what it chooses is in hand, or that it is not."""
        self.setChecked(is_in_hand)

    def nextCheckState(self) -> None:
        """Leave the mark as it is: a click is a wish, and may come to nothing."""
