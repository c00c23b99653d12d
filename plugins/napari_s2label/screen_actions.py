"""Actions about clouds."""

from __future__ import annotations

from napari_s2label.action import Action, at_easel
from napari_s2label.clouds_in_view import ignore_clouds

_GROUP = "Clouds"

SCREEN_ACTIONS: tuple[Action, ...] = (
    Action(
        "show_clouds",
        "Clouds on or off",
        "F9",
        at_easel(lambda easel: easel.overlays.toggle_clouds()),
        group=_GROUP,
    ),
    Action(
        "ignore_clouds",
        "Ignore the cloudy pixels of this image",
        "Shift+I",
        ignore_clouds,
        group=_GROUP,
    ),
)
