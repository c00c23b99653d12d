"""A button that does an action, and says with which key that goes faster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QPushButton, QSizePolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_s2label.action import Action
    from napari_s2label.desk import Desk


class ActionButton(QPushButton):
    """A button for an action; never takes the keyboard away from the canvas.

    Parameters
    ----------
    action : Action
        What it does; one with a release acts while the button is held down.
    desk : Desk
        Whom it does it to.
    label : str
        Short words for the button; the key stands behind them.
    """

    def __init__(self, action: Action, desk: Desk, label: str) -> None:
        super().__init__()
        self._action = action
        self._desk = desk
        self._label = label
        self._do: Callable[[], object] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.show_key(desk.keys[action.id])
        if action.release is None:
            self.clicked.connect(self._on_clicked)
        else:
            self.pressed.connect(self._on_clicked)
            self.released.connect(self._on_released)

    def show_key(self, key: str) -> None:
        """Write a key on the button and into its tooltip."""
        self.setText(f"{self._label}  {key}")
        self.setToolTip(f"{self._action.title}: {key}")

    def say(self, label: str) -> None:
        """Write other short words on the button; the key stays."""
        if label != self._label:
            self._label = label
            self.show_key(self._desk.keys[self._action.id])

    def do_instead(self, do: Callable[[], object]) -> None:
        """Have a click do something else, where only the key can do the action."""
        self._do = do

    def _on_clicked(self) -> None:
        if self._do is not None:
            self._do()
        else:
            self._action.run(self._desk)

    def _on_released(self) -> None:
        if self._action.release is not None:
            self._action.release(self._desk)
