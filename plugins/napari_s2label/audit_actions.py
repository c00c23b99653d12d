"""Actions about what an audit suspects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.action import Action
from napari_s2label.audit_answers import say_not_so, say_so

if TYPE_CHECKING:
    from napari_s2label.desk import Desk

_GROUP = "Audit"


def _toggle_outlines(desk: Desk) -> None:
    desk.suspected.toggle()


AUDIT_ACTIONS: tuple[Action, ...] = (
    # Enter is napari's for the last corner of a polygon, which it still sets.
    Action(
        "say_so",
        "It is so: mend the mask, or paint the object",
        "Enter",
        say_so,
        paints=True,
        group=_GROUP,
    ),
    Action(
        "say_not_so", "It is fine: the mask, or no object", "Backspace", say_not_so, group=_GROUP
    ),
    Action(
        "show_suspected", "Outlines of what is suspected", "F10", _toggle_outlines, group=_GROUP
    ),
)
