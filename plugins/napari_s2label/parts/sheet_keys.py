"""Keys while a contact sheet has the keyboard: the desk's own, on the selection where it is many.

With one thumbnail or none selected a key does what it does everywhere. Acts are done here or by
napari, never by both: a key that was used here is not passed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app_model.backends.qt import qkey2modelkey, qmods2modelmods
from app_model.types import KeyBinding
from napari.utils.key_bindings import coerce_keybinding
from qtpy.QtCore import Qt

from napari_s2label.keys import ACTIONS
from s2label.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtGui import QKeyEvent

    from napari_s2label.action import Action
    from napari_s2label.desk import Desk

# Action -> what it decides on images.
VERDICTS: dict[str, tuple[Verdict, str]] = {
    "accept": (Verdict.ACCEPT, ""),
    "reject_cloudy": (Verdict.REJECT, "cloudy"),
    "reject_hazy": (Verdict.REJECT, "hazy"),
    "reject_nodata": (Verdict.REJECT, "nodata"),
    "reject_other": (Verdict.REJECT, "other"),
}
_ONE_BY_ONE = ("mask_wrong", "mask_shifted", "mask_incomplete")


class SheetKeys:
    """Finds the action of a key event and does it.

    Parameters
    ----------
    desk : Desk
        Whose table of keys counts, and on whom actions act.
    selected_count : callable
        Returns how many images are selected.
    decide : callable
        Decides on all selected images: verdict and reason.
    """

    def __init__(
        self,
        desk: Desk,
        selected_count: Callable[[], int],
        decide: Callable[[Verdict, str], None],
    ) -> None:
        self._desk = desk
        self._selected_count = selected_count
        self._decide = decide

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key is for; return False for a key that is not in the table."""
        action = self._action(event)
        if action is None:
            return False
        if not event.isAutoRepeat():  # a key held too long must not decide on chip after chip
            self._do(action)
        return True

    def release(self, event: QKeyEvent) -> bool:
        """End what a held key does; return False for a key that does nothing when let go."""
        action = self._action(event)
        if action is None or action.release is None:
            return False
        if not event.isAutoRepeat():
            action.release(self._desk)
        return True

    def _do(self, action: Action) -> None:
        is_many = self._selected_count() > 1
        if is_many and action.id in VERDICTS:
            self._decide(*VERDICTS[action.id])
        elif is_many and action.id in _ONE_BY_ONE:
            self._desk.told.emit("masks are rejected one by one: press Esc, then show the chip")
        else:
            action.run(self._desk)

    def _action(self, event: QKeyEvent) -> Action | None:
        try:
            pressed = KeyBinding.from_int(
                qmods2modelmods(event.modifiers()) | qkey2modelkey(Qt.Key(event.key()))
            )
        except (KeyError, ValueError):  # a key that has no name there
            return None
        keys = self._desk.keys
        return next((a for a in ACTIONS if coerce_keybinding(keys[a.id]) == pressed), None)
