"""One table of actions, keys that do not clash, and a manifest that says the same."""

from __future__ import annotations

from pathlib import Path

import npe2
import pytest
from napari.layers import Image, Labels
from napari_s2label import actions
from napari_s2label.cheat_sheet import keys_page
from napari_s2label.keys import ACTIONS, chosen_keys, find_clashes
from napari_s2label.layers import IMAGE_NAME, MASK_NAME
from napari_s2label.settings import painting_keys

MANIFEST = Path(__file__).resolve().parents[2] / "plugins" / "napari_s2label" / "napari.yaml"


@pytest.fixture(scope="module")
def manifest() -> npe2.PluginManifest:
    manifest: npe2.PluginManifest = npe2.PluginManifest.from_file(str(MANIFEST))
    return manifest


def test_the_default_keys_clash_with_nothing() -> None:
    assert find_clashes(chosen_keys({}), painting_keys()) == []


def test_a_key_of_painting_is_a_clash() -> None:
    (clash,) = find_clashes(chosen_keys({"accept": "Space"}), painting_keys())
    assert "Accept image and mask" in clash
    assert "pan zoom" in clash


def test_a_key_that_our_own_painting_took_over_is_a_clash_once() -> None:
    (clash,) = find_clashes(chosen_keys({"accept": "P"}), painting_keys())
    assert "Brush" in clash


def test_one_key_for_two_actions_is_a_clash() -> None:
    (clash,) = find_clashes(chosen_keys({"skip": "A"}), {})
    assert "A: both" in clash


def test_painting_keys_are_really_read_from_napari() -> None:
    assert any("P" in keys for keys in painting_keys().values())
    assert any("Space" in keys for keys in painting_keys().values())


def test_every_action_is_a_command_with_its_title(manifest: npe2.PluginManifest) -> None:
    commands = {c.id: c for c in manifest.contributions.commands or []}
    for action in ACTIONS:
        command = commands[f"napari-s2label.{action.id}"]
        assert command.title == f"s2label: {action.title}"
        assert command.python_name == f"napari_s2label.actions:{action.id}"
        assert callable(getattr(actions, action.id))


def test_every_key_can_be_set_in_the_preferences(manifest: npe2.PluginManifest) -> None:
    properties = manifest.contributions.configurations["keys"].properties
    assert {id_: p.default for id_, p in properties.items()} == chosen_keys({})


def test_every_command_can_be_imported(manifest: npe2.PluginManifest) -> None:
    from importlib import import_module

    for command in manifest.contributions.commands or []:
        module, name = str(command.python_name).split(":")
        assert hasattr(import_module(module), name), command.id


def test_no_layer_name_begins_with_a_letter_that_is_a_key() -> None:
    letters = {key.casefold() for key in chosen_keys({}).values()}
    assert IMAGE_NAME[0] not in letters
    assert MASK_NAME[0] not in letters


def test_keys_leave_the_layer_classes_alone() -> None:
    before = [dict(kind.class_keymap) for kind in (Image, Labels)]
    chosen_keys({})
    assert [dict(kind.class_keymap) for kind in (Image, Labels)] == before


def test_the_page_of_keys_shows_every_action() -> None:
    page = keys_page(ACTIONS, chosen_keys({"accept": "F9"}))
    assert "<b>F9</b>" in page
    assert all(action.title in page for action in ACTIONS)
