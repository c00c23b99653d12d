"""The table of actions as commands of the manifest, so that napari's palette finds them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import napari

from napari_s2label.desk import desk_of
from napari_s2label.keys import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

_BY_ID = {action.id: action for action in ACTIONS}


def perform(action_id: str) -> None:
    """Do an action in the window in front."""
    viewer = napari.current_viewer()
    if viewer is None:
        return
    desk = desk_of(viewer)
    if desk.session is None:
        viewer.status = "open a project first: File > Open, or the Project dock"
        return
    action = _BY_ID[action_id]
    action.run(desk)


def __getattr__(name: str) -> Callable[[], None]:
    """Return the command of an action; the manifest names commands as `actions:<id>`."""
    if name not in _BY_ID:
        raise AttributeError(f"no action {name!r}")
    return partial(perform, name)
