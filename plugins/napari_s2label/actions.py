"""The table of actions as commands of the manifest, so that napari's palette finds them."""

from __future__ import annotations

from functools import partial

import napari

from napari_s2label.desk import desk_of
from napari_s2label.keys import ACTIONS

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


accept = partial(perform, "accept")
reject_cloudy = partial(perform, "reject_cloudy")
reject_hazy = partial(perform, "reject_hazy")
reject_nodata = partial(perform, "reject_nodata")
reject_other = partial(perform, "reject_other")
mask_wrong = partial(perform, "mask_wrong")
mask_shifted = partial(perform, "mask_shifted")
mask_incomplete = partial(perform, "mask_incomplete")
skip = partial(perform, "skip")
back = partial(perform, "back")
undo = partial(perform, "undo")
redo = partial(perform, "redo")
toggle_mask = partial(perform, "toggle_mask")
toggle_filled = partial(perform, "toggle_filled")
next_bands = partial(perform, "next_bands")
local_stretch = partial(perform, "local_stretch")
show_keys = partial(perform, "show_keys")
