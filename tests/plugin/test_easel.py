"""The easel: tools, classes, strokes and what lies over a chip, on a real project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.canvases import CanvasKind
from s2label.painting.canvas import read_canvas
from s2label.types import IGNORE, State

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from napari_s2label.easel import Easel
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

MASK = CanvasKind.MASK


@pytest.fixture
def easel(desk: Desk) -> Easel:
    """Return the easel of a project whose first chip is in view."""
    assert desk.easel is not None
    assert desk.easel.painter.chip is not None
    return desk.easel


def drag(easel: Easel, kind: CanvasKind = MASK, row: int = 10) -> NDArray[np.intp]:
    """Paint five pixels as a stroke on the screen does; returns where."""
    layer = easel.layers.mask if kind is MASK else easel.layers.ignore
    with layer.block_history():
        for column in range(4, 9):
            layer.paint((row, column), layer.selected_label)
    return np.arange(row * layer.data.shape[1] + 4, row * layer.data.shape[1] + 9)


def on_disk(desk: Desk, easel: Easel, kind: CanvasKind = MASK) -> NDArray[np.uint8]:
    assert desk.session is not None
    assert desk.project is not None
    desk.session.ledger.flush()
    mask = read_canvas(desk.project, easel.painter.ref(kind))
    assert mask is not None
    return mask.classes


def mask_state(desk: Desk) -> State:
    assert desk.session is not None
    assert desk.session.chip is not None
    assert desk.session.chip.mask is not None
    return desk.session.chip.mask.state


def other_class(easel: Easel) -> int:
    """Take a class in hand that the first pixels do not have."""
    value = 1 if easel.layers.mask.data[10, 4] != 1 else 0
    easel.choose_class(value)
    easel.brush_px = 1
    return value


@pytest.mark.parametrize("tool", ["brush", "eraser", "fill", "polygon", "wand", "ignore", "look"])
def test_a_tool_is_in_hand_once_whatever_layer_was_active(
    desk: Desk, easel: Easel, tool: str
) -> None:
    desk.viewer.layers.selection.active = easel.layers.image
    told: list[str] = []
    easel.tool_changed.connect(told.append)

    easel.choose_tool(tool)

    assert easel.tool == tool
    assert told == [tool]


def test_naparis_own_buttons_change_the_tool_too(easel: Easel) -> None:
    easel.choose_tool("brush")
    easel.layers.mask.mode = "fill"
    assert easel.tool == "fill"
    easel.layers.mask.mode = "pick"
    assert easel.tool == "look"


def test_a_digit_takes_a_class_and_a_brush_in_hand(easel: Easel) -> None:
    told: list[str] = []
    easel.told.connect(told.append)
    easel.choose_numbered_class(1)
    assert (easel.tool, easel.selected_class) == ("brush", 1)
    easel.choose_numbered_class(7)
    assert told == ["there is 1 class"]


def test_a_stroke_is_on_disk_and_comes_back_by_undo(desk: Desk, easel: Easel) -> None:
    assert desk.session is not None
    before = easel.layers.mask.data.copy()
    value = other_class(easel)
    easel.layers.mask.mode = "paint"

    places = drag(easel)

    expected = before.copy()
    expected.flat[places] = value
    assert np.array_equal(on_disk(desk, easel), expected)
    desk.session.undo()
    assert np.array_equal(easel.layers.mask.data, before)
    assert np.array_equal(on_disk(desk, easel), before)
    desk.session.redo()
    assert np.array_equal(easel.layers.mask.data, expected)


def test_leaving_a_chip_accepts_what_was_painted_and_undo_goes_back_to_it(
    desk: Desk, easel: Easel, qtbot: QtBot
) -> None:
    assert desk.session is not None
    first = desk.session.chip
    assert first is not None
    before = easel.layers.mask.data.copy()
    other_class(easel)
    drag(easel)

    with qtbot.waitCallback() as drawn:
        desk.pictured.connect(drawn)
        desk.session.forward()
    desk.pictured.disconnect(drawn)
    desk.session.show(first.image.id)
    assert mask_state(desk) is State.ACCEPTED
    desk.session.forward()
    with qtbot.waitCallback() as drawn_again:
        desk.pictured.connect(drawn_again)
        desk.session.undo()
    desk.pictured.disconnect(drawn_again)

    assert desk.session.chip is not None
    assert desk.session.chip.image.id == first.image.id
    assert mask_state(desk) is State.OPEN
    assert np.array_equal(easel.layers.mask.data, before)


def test_the_ignore_brush_paints_this_image_and_again_takes_back(desk: Desk, easel: Easel) -> None:
    mask = easel.layers.mask.data.copy()
    easel.choose_tool("ignore")
    easel.brush_px = 1
    places = drag(easel, CanvasKind.IGNORE)
    assert set(on_disk(desk, easel, CanvasKind.IGNORE).flat[places]) == {IGNORE}
    easel.choose_tool("ignore")
    drag(easel, CanvasKind.IGNORE)
    assert not on_disk(desk, easel, CanvasKind.IGNORE).any()
    assert np.array_equal(easel.layers.mask.data, mask)


def test_the_ignore_raster_is_hidden_on_chips_that_have_none(
    desk: Desk, easel: Easel, qtbot: QtBot
) -> None:
    assert desk.session is not None
    assert not easel.layers.ignore.visible
    easel.choose_tool("ignore")
    drag(easel, CanvasKind.IGNORE)
    assert easel.layers.ignore.visible
    easel.choose_tool("look")

    for step, has_any in ((desk.session.forward, False), (desk.session.back, True)):
        with qtbot.waitCallback() as drawn:
            desk.pictured.connect(drawn)
            step()
        desk.pictured.disconnect(drawn)
        assert easel.layers.ignore.visible is has_any
        assert easel.layers.ignore.data.any() == has_any


def test_who_set_a_pixel_is_shown_and_follows_a_stroke(easel: Easel) -> None:
    easel.toggle_provenance()
    assert easel.overlays.shown == "provenance"
    other_class(easel)
    places = drag(easel)
    assert set(easel.layers.overlay.data.flat[places]) == {2}
    easel.toggle_provenance()
    assert not easel.layers.overlay.visible


def test_an_overlay_that_stays_is_not_shown_anew_with_the_next_chip(
    desk: Desk, easel: Easel, qtbot: QtBot
) -> None:
    assert desk.session is not None
    easel.toggle_provenance()
    shown: list[object] = []
    easel.layers.overlay.events.visible.connect(shown.append)
    with qtbot.waitCallback() as drawn:
        desk.pictured.connect(drawn)
        desk.session.forward()
    desk.pictured.disconnect(drawn)
    assert easel.layers.overlay.visible
    assert shown == []


def test_the_imported_mask_is_shown_while_a_key_is_held(easel: Easel) -> None:
    imported = easel.layers.mask.data.copy()
    other_class(easel)
    drag(easel)
    easel.show_imported(True)
    assert np.array_equal(easel.layers.overlay.data, imported)
    assert not easel.layers.mask.visible
    easel.show_imported(False)
    assert easel.layers.mask.visible
    assert not easel.layers.overlay.visible


def test_a_stroke_that_cannot_be_kept_is_said_and_not_shown(
    desk: Desk, easel: Easel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.project is not None
    before = easel.layers.mask.data.copy()
    lost: list[str] = []
    easel.painter.lost.connect(lost.append)

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    other_class(easel)
    kept = drag(easel, row=8)
    before.flat[kept] = easel.selected_class
    on_disk(desk, easel)
    monkeypatch.setattr(desk.project.catalog.canvases, "paint", full)
    with qtbot.waitCallback() as drawn:
        desk.pictured.connect(drawn)
        drag(easel)
        drag(easel, row=12)
    desk.pictured.disconnect(drawn)

    assert lost == ["no space left on device"]
    assert np.array_equal(easel.layers.mask.data, before)
