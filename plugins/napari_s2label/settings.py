"""What napari knows of us and we of napari: the plugin's settings, and the keys painting needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.settings import get_plugin_settings, get_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

PLUGIN = "napari-s2label"
# napari's actions that belong to painting, besides those with "labels" in their name.
_PAINTING = {
    "napari:new_label",
    "napari:swap_selected_and_background_labels",
    "napari:decrease_label_id",
    "napari:increase_label_id",
    "napari:decrease_brush_size",
    "napari:increase_brush_size",
    "napari:reset_polygon",
    "napari:complete_polygon",
    "napari:hold_for_pan_zoom",
    "napari:toggle_selected_visibility",
}


def chosen_in_preferences() -> Mapping[str, str]:
    """Return action id -> key as set in napari's preferences; empty before the plugin is known."""
    try:
        return dict(get_plugin_settings(PLUGIN).keys)
    except KeyError:
        return {}


def painting_keys() -> dict[str, set[str]]:
    """Return the keys that painting in napari needs: napari's action -> keys."""
    shortcuts = get_settings().shortcuts.shortcuts
    return {
        action: {str(key) for key in keys}
        for action, keys in shortcuts.items()
        if action in _PAINTING or "_labels_" in action
    }
