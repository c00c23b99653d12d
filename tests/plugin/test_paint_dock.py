"""The paint dock: it shows what is in hand and what is painted, and what it says is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari_s2label.keys import ACTIONS
from napari_s2label.overlays import PROVENANCE_LEGEND
from napari_s2label.paint import PaintWidget
from napari_s2label.parts.class_legend import IGNORED_IN_IMAGE
from napari_s2label.parts.pixel_counts import count_values
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QAbstractButton, QApplication, QSlider

from s2label.canvases import CanvasKind
from s2label.classes import LANDCOVERNET
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED
from tests.factories.projects import apart, make_project
from tests.factories.strokes import drag

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.easel import Easel
    from pytestqt.qtbot import QtBot

VESSEL = 1


@pytest.fixture
def paint(desk: Desk, qtbot: QtBot) -> PaintWidget:
    """Return the dock with a chip that can be painted."""
    widget = PaintWidget(desk.viewer)
    qtbot.addWidget(widget)
    widget.resize(310, 640)
    widget.show()
    return widget


@pytest.fixture
def easel(desk: Desk, qtbot: QtBot) -> Easel:
    """Return the easel, with the first chip on it."""
    easel = desk.easel
    assert easel is not None
    qtbot.waitUntil(lambda: easel.painter.chip is not None)
    return easel


def act(desk: Desk, id_: str) -> None:
    next(action for action in ACTIONS if action.id == id_).run(desk)


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[no-untyped-call]


def chosen(paint: PaintWidget) -> list[int]:
    return [value for value, row in paint.legend.rows.items() if row.isChecked()]


def tools_in_hand(paint: PaintWidget) -> list[str]:
    buttons = paint.tools.tools.buttons.items()
    return [id_ for id_, button in buttons if id_.startswith("tool_") and button.isChecked()]


def pixels(paint: PaintWidget, value: int) -> str:
    return str(paint.legend.rows[value].pixels.text())


def stroke(easel: Easel, value: int) -> None:
    """Draw over a corner of the mask with a class."""
    easel.choose_class(value)
    easel.brush_px = 3
    drag(easel.layers.mask, [(5, 5), (5, 15)])


def test_the_dock_opens_through_the_manifest(desk: Desk) -> None:
    _, widget = desk.viewer.window.add_plugin_dock_widget("napari-s2label", "Paint")
    assert isinstance(widget, PaintWidget)


def test_a_click_takes_a_tool_in_hand(
    paint: PaintWidget, easel: Easel, desk: Desk, qtbot: QtBot
) -> None:
    for tool in ("brush", "eraser", "fill", "polygon", "wand", "ignore", "look"):
        click(qtbot, paint.tools.tools.buttons[f"tool_{tool}"])
        assert easel.tool == tool
        assert tools_in_hand(paint) == [f"tool_{tool}"]
    layers = desk.layers
    assert layers is not None
    layers.mask.mode = "fill"  # napari's own button
    desk.viewer.layers.selection.active = layers.mask
    assert tools_in_hand(paint) == ["tool_fill"]


def test_only_the_model_marks_a_button(paint: PaintWidget, qtbot: QtBot) -> None:
    for _ in range(2):
        click(qtbot, paint.tools.tools.buttons["tool_brush"])
    assert tools_in_hand(paint) == ["tool_brush"]
    click(qtbot, paint.acts.buttons["redo"])  # there is nothing to redo
    assert not paint.acts.buttons["redo"].isChecked()


def test_the_legend_takes_classes_in_hand_and_follows(
    paint: PaintWidget, easel: Easel, desk: Desk, qtbot: QtBot
) -> None:
    assert tuple(paint.legend.rows) == (*easel.selectable, IGNORED_IN_IMAGE)
    click(qtbot, paint.legend.rows[NOT_LABELLED])
    assert (easel.selected_class, easel.tool) == (NOT_LABELLED, "brush")
    assert chosen(paint) == [NOT_LABELLED]
    act(desk, "class_1")
    assert chosen(paint) == [VESSEL]
    click(qtbot, paint.legend.rows[IGNORED_IN_IMAGE])
    assert easel.tool == "ignore"
    assert chosen(paint) == [IGNORED_IN_IMAGE]


def test_the_rows_of_the_legend_say_their_keys(paint: PaintWidget, desk: Desk) -> None:
    rows = paint.legend.rows
    assert [rows[v].key.text() for v in (BACKGROUND, VESSEL, NOT_LABELLED)] == ["0", "1", ""]
    assert "Key: 1" in rows[VESSEL].toolTip()
    assert rows[IGNORED_IN_IMAGE].key.text() == desk.keys["tool_ignore"]
    assert "this image only" in rows[IGNORED_IN_IMAGE].toolTip()


def test_pixels_are_counted_after_a_stroke(paint: PaintWidget, easel: Easel, qtbot: QtBot) -> None:
    mask = easel.layers.mask
    stroke(easel, IGNORE)
    ignored = np.count_nonzero(mask.data == IGNORE)
    assert ignored
    qtbot.waitUntil(lambda: pixels(paint, IGNORE) == f"{ignored:,} px")
    vessel = np.count_nonzero(mask.data == VESSEL)
    assert pixels(paint, VESSEL) == f"{vessel:,} px"
    easel.choose_tool("ignore")
    drag(easel.layers.ignore, [(20, 20)])
    qtbot.waitUntil(lambda: pixels(paint, IGNORED_IN_IMAGE) == "9 px")


def test_many_strokes_are_counted_once(paint: PaintWidget, easel: Easel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(pixels(paint, VESSEL)))
    counted: list[object] = []
    paint._counts.counted.connect(counted.append)
    for value in (VESSEL, IGNORE, BACKGROUND, NOT_LABELLED) * 5:
        stroke(easel, value)
    assert counted == []  # nothing in the way of a stroke
    qtbot.waitUntil(lambda: bool(counted))
    assert len(counted) == 1


def test_nothing_is_counted_while_the_button_is_down(
    paint: PaintWidget, easel: Easel, qtbot: QtBot
) -> None:
    counted: list[object] = []
    paint._counts.counted.connect(counted.append)
    qtbot.waitUntil(lambda: bool(counted))
    counted.clear()
    easel.choose_class(VESSEL)
    with easel.layers.mask.block_history():
        easel.layers.mask.paint((5, 5), VESSEL)
        paint._counts.ask()
        paint._counts._on_rest_timeout()
        assert counted == []
    qtbot.waitUntil(lambda: bool(counted))


def test_values_are_counted_as_numpy_counts_them() -> None:
    classes = np.random.default_rng(0).choice(np.array([0, 1, 254, 255], np.uint8), (40, 50))
    values, counts = np.unique(classes, return_counts=True)
    assert count_values(classes) == dict(zip(values.tolist(), counts.tolist(), strict=True))


def test_the_brush_slider_and_the_brush_follow_each_other(
    paint: PaintWidget, easel: Easel, desk: Desk
) -> None:
    paint.tools.brush.slider.setValue(17)
    assert easel.brush_px == 17
    act(desk, "brush_larger")
    assert paint.tools.brush.slider.value() == 18
    assert paint.tools.brush.value.text() == "18 px"
    easel.layers.mask.brush_size = 5  # napari's own slider
    assert paint.tools.brush.slider.value() == 5


def test_the_tolerance_slider_and_the_wand_follow_each_other(
    paint: PaintWidget, easel: Easel, desk: Desk
) -> None:
    field = paint.tools.tolerance
    assert not field.isVisible()
    act(desk, "tool_wand")
    assert field.isVisible()
    assert not paint.tools.brush.isVisible()
    field.slider.setValue(30)
    assert easel.wand.tolerance == pytest.approx(0.3)
    easel.wand.tolerance = 0.85
    assert (field.slider.value(), field.value.text()) == (85, "0.85")


def test_the_hint_says_how_a_tool_is_used_and_what_the_wand_found(
    paint: PaintWidget, easel: Easel, desk: Desk
) -> None:
    act(desk, "tool_wand")
    assert "Click a bright object" in paint.tools.hint.text()
    easel.wand.told.emit("34 px; click it again to set")
    assert "34 px" in paint.tools.hint.text()
    act(desk, "tool_ignore")
    assert "this image only" in paint.tools.hint.text()


def test_keeping_other_classes_is_marked(paint: PaintWidget, easel: Easel, qtbot: QtBot) -> None:
    button = paint.tools.keep.buttons["keep_others"]
    click(qtbot, button)
    assert easel.keeps_others
    assert button.isChecked()
    easel.layers.mask.preserve_labels = False  # napari's own box
    assert not button.isChecked()


def test_the_mask_is_shown_as_the_dock_says(paint: PaintWidget, easel: Easel, qtbot: QtBot) -> None:
    mask, look = easel.layers.mask, paint.look
    look.opacity.slider.setValue(20)
    assert mask.opacity == pytest.approx(0.2)
    mask.opacity = 0.75
    assert look.opacity.value.text() == "75 %"
    click(qtbot, look.looks.buttons["toggle_filled"])
    assert mask.contour == 1
    assert look.looks.buttons["toggle_filled"].isChecked()
    click(qtbot, look.looks.buttons["toggle_mask"])
    assert not mask.visible
    assert not look.looks.buttons["toggle_mask"].isChecked()


def test_provenance_shows_its_legend_while_it_is_on(
    paint: PaintWidget, easel: Easel, qtbot: QtBot
) -> None:
    button = paint.look.looks.buttons["show_provenance"]
    click(qtbot, button)
    assert easel.overlays.shown == "provenance"
    assert button.isChecked()
    assert paint.look.legend.isVisible()
    text = paint.look.legend.text().replace("&nbsp;", " ")
    assert all(words in text and colour in text for _, words, colour in PROVENANCE_LEGEND)
    click(qtbot, button)
    assert not paint.look.legend.isVisible()


def test_the_imported_mask_is_shown_while_the_button_is_down(
    paint: PaintWidget, easel: Easel, qtbot: QtBot
) -> None:
    button = paint.look.looks.buttons["show_imported"]
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)  # type: ignore[no-untyped-call]
    assert easel.overlays.shown == "imported"
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)  # type: ignore[no-untyped-call]
    assert easel.overlays.shown == ""


def test_the_rest_becomes_background_and_undo_brings_it_back(
    paint: PaintWidget, easel: Easel, qtbot: QtBot
) -> None:
    click(qtbot, paint.acts.buttons["clear_mask"])
    mask = easel.painter.canvas(CanvasKind.MASK).classes
    assert (mask == NOT_LABELLED).all()
    click(qtbot, paint.acts.buttons["rest_background"])
    assert (easel.painter.canvas(CanvasKind.MASK).classes == BACKGROUND).all()
    click(qtbot, paint.acts.buttons["undo"])
    assert (easel.painter.canvas(CanvasKind.MASK).classes == NOT_LABELLED).all()


def test_whose_mask_it_is_and_what_leaving_does(
    paint: PaintWidget, easel: Easel, desk: Desk, qtbot: QtBot
) -> None:
    assert "this image" in paint.whose.text()
    assert "open" in paint.whose.text()
    easel.choose_tool("ignore")
    drag(easel.layers.ignore, [(20, 20)])  # says nothing of the mask
    assert "open" in paint.whose.text()
    stroke(easel, IGNORE)
    assert "accepted on leaving" in paint.whose.text()
    qtbot.waitUntil(lambda: "all strokes kept" in paint.whose.text())
    act(desk, "skip")
    assert "open" in paint.whose.text()
    act(desk, "back")
    assert "accepted</b>" in paint.whose.text()


def test_effort_is_shown_when_a_chip_is_left(
    paint: PaintWidget, easel: Easel, desk: Desk, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: "how long a painted chip takes" in paint.effort.text())
    stroke(easel, IGNORE)
    qtbot.waitUntil(lambda: "this chip: 1 stroke " in paint.effort.text())
    act(desk, "skip")
    qtbot.waitUntil(lambda: "1 chip painted" in paint.effort.text())
    assert "this chip" not in paint.effort.text()


def test_nothing_takes_the_keyboard(paint: PaintWidget) -> None:
    for kind in (QAbstractButton, QSlider):
        found = paint.findChildren(kind)
        assert found
        assert all(part.focusPolicy() == Qt.FocusPolicy.NoFocus for part in found)


def test_the_wheel_over_a_slider_scrolls_the_dock(paint: PaintWidget, easel: Easel) -> None:
    easel.choose_tool("brush")
    slider = paint.tools.brush.slider
    assert slider.isEnabled()
    before = easel.brush_px
    at = QPointF(5, 5)
    event = QWheelEvent(
        at,
        QPointF(slider.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, event)
    assert easel.brush_px == before


def test_every_button_says_its_key(paint: PaintWidget, desk: Desk) -> None:
    grids = (paint.tools.tools, paint.tools.keep, paint.acts, paint.look.looks)
    for id_, button in (item for grid in grids for item in grid.buttons.items()):
        assert desk.keys[id_] in button.text()
        assert desk.keys[id_] in button.toolTip()


def test_nothing_is_wider_than_the_dock_or_higher_than_a_small_screen(
    paint: PaintWidget, qtbot: QtBot
) -> None:
    inside = paint.widget()
    assert inside.minimumSizeHint().width() <= 310
    assert inside.sizeHint().height() <= 640


def test_without_a_project_the_dock_says_so(paint: PaintWidget, desk: Desk) -> None:
    desk.close()
    assert "No project is open" in paint.whose.text()
    assert not paint.widget().isEnabled()
    act(desk, "tool_brush")  # does nothing


def test_a_dock_that_was_closed_hears_nothing(desk: Desk, easel: Easel, qtbot: QtBot) -> None:
    paint = PaintWidget(desk.viewer)
    with qtbot.waitSignal(paint.destroyed):
        paint.deleteLater()
    stroke(easel, IGNORE)
    easel.brush_px = 9
    easel.layers.mask.opacity = 0.5
    act(desk, "tool_wand")
    act(desk, "skip")


def test_the_mask_of_a_place_is_named_with_its_dates(
    make_napari_viewer_proxy: Callable[[], object], tmp_path: Path, qtbot: QtBot
) -> None:
    from napari_s2label.desk import desk_of

    project = make_project(tmp_path, apart(2), LANDCOVERNET)
    desk = desk_of(make_napari_viewer_proxy())
    paint = PaintWidget(desk.viewer)
    qtbot.addWidget(paint)
    desk.open(project)
    assert "the place</b>, one for its 2 dates" in paint.whose.text()
    assert len(paint.legend.rows) == len(LANDCOVERNET.values) + 4
    desk.close()
