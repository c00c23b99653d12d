"""Keys set in napari's preferences hold at once: layers, buttons and the page of keys follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from napari.settings import get_plugin_settings
from napari.utils.key_bindings import coerce_keybinding
from napari_s2label.settings import PLUGIN, preferred_keys
from napari_s2label.triage import TriageWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot


@pytest.fixture
def preferences() -> Iterator[Any]:
    """Return the keys of napari's preferences; as they were afterwards."""
    keys = get_plugin_settings(PLUGIN).keys
    before = keys.model_dump()
    yield keys
    keys.update(before)


def test_a_key_that_is_set_holds_at_once(desk: Desk, preferences: Any, qtbot: QtBot) -> None:
    triage = TriageWidget(desk.viewer)
    qtbot.addWidget(triage)
    assert desk.layers is not None
    with qtbot.waitCallback() as changed:
        desk.bindings.changed.connect(changed)
        preferences.accept = "ctrl+b"
    desk.bindings.changed.disconnect(changed)

    assert desk.keys["accept"] == "Ctrl+B"
    assert "Ctrl+B" in triage._buttons["accept"].text()
    for target in (desk.viewer, *desk.layers.all):
        assert coerce_keybinding("Ctrl+B") in target.keymap
        assert coerce_keybinding("A") not in target.keymap


def test_what_is_typed_halfway_leaves_the_default(preferences: Any) -> None:
    preferences.accept = "Ct"

    chosen, refused = preferred_keys()

    assert "accept" not in chosen
    assert refused == ["'Ct' is no key; A stays"]


def test_one_key_twice_is_said_however_it_is_written(
    desk: Desk, preferences: Any, qtbot: QtBot
) -> None:
    with qtbot.waitCallback() as changed:
        desk.bindings.changed.connect(changed)
        preferences.accept = "q"
    desk.bindings.changed.disconnect(changed)

    assert any("Q: both" in line for line in desk.bindings.complaints)
