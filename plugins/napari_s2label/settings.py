"""What napari knows of us and we of napari: the plugin's settings, and the keys painting needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.settings import get_plugin_settings, get_settings
from napari.utils.key_bindings import coerce_keybinding

if TYPE_CHECKING:
    from collections.abc import Callable

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


def preferred_keys() -> tuple[dict[str, str], list[str]]:
    """Return the keys set in napari's preferences: action id -> key, as napari writes it.

    Beside them one line for each that is no key; its default holds then. Both are empty before
    the plugin is known.
    """
    chosen, refused = {}, []
    try:
        settings = get_plugin_settings(PLUGIN).keys
    except KeyError:
        return {}, []
    for id_, text in dict(settings).items():
        default = type(settings).model_fields[id_].default
        key = default if text == default else _as_napari_writes(text)
        if key:
            chosen[id_] = key
        elif text.strip():
            refused.append(f"{text!r} is no key; {default} stays")
    return chosen, refused


def _as_napari_writes(text: str) -> str:
    """Return ``shift+d`` as ``Shift+D``; empty for what is no key."""
    try:
        key = str(coerce_keybinding(text.strip()))
    except (ValueError, TypeError):
        return ""
    return "" if key.endswith("+") else key


def follow_preferences(slot: Callable[..., None]) -> None:
    """Call a method whenever a key is set in napari's preferences, also while it is typed."""
    try:
        get_plugin_settings(PLUGIN).keys.events.connect(slot)
    except KeyError:  # without its manifest the plugin has no preferences
        return


def painting_keys() -> dict[str, set[str]]:
    """Return the keys that painting in napari needs: what for, in napari's words -> keys."""
    shortcuts = get_settings().shortcuts.shortcuts
    return {
        f"napari's {_in_words(action)!r}": {str(key) for key in keys}
        for action, keys in shortcuts.items()
        if action in _PAINTING or "_labels_" in action
    }


def _in_words(action: str) -> str:
    return action.removeprefix("napari:").replace("_", " ")
