"""True strokes of the mouse (xdotool) in a real window, and what is on the screen after them."""

from __future__ import annotations

import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari._qt.layer_controls.qt_labels_controls import QtLabelsControls
from napari._vispy.layers.labels import VispyLabelsLayer
from napari.utils.colormaps import DirectLabelColormap
from napari_s2label.painting.paint_layer import PaintLayer
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from scipy import ndimage as ndi

from tests.factories.strokes import swept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_s2label.painting.footprint import Footprint
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from tests.factories.strokes import Point

COLOURS = {0: "black", 1: "red", 2: "lime", 3: "blue", 254: "gray", 255: "magenta", None: "yellow"}


class Easel:
    """A window with one paintable layer, and a hand on the mouse."""

    def __init__(self, viewer: Any, qtbot: QtBot, side: int) -> None:
        self.viewer, self._qtbot = viewer, qtbot
        colormap = DirectLabelColormap(color_dict=COLOURS)
        data = np.zeros((side, side), np.uint8)
        self.layer: PaintLayer = viewer.add_layer(
            PaintLayer(data, selectable=(0, 1, 2, 3, 254, 255), colormap=colormap, opacity=1)
        )
        self.told: list[Footprint] = []
        self.points: list[Point] = []
        self.layer.stroke_finished.connect(self.told.append)
        self.layer.mouse_drag_callbacks.append(self._on_drag)
        self.layer.mouse_move_callbacks.append(self._on_move)
        self.native = viewer.window._qt_viewer.canvas.native
        viewer.window._qt_window.activateWindow()
        qtbot.waitExposed(viewer.window._qt_window)

    def _on_drag(self, _: PaintLayer, event: Any) -> Any:
        self._on_move(self.layer, event)
        yield
        while event.type == "mouse_move":
            self._on_move(self.layer, event)
            yield

    def _on_move(self, _: PaintLayer, event: Any) -> None:
        self.points.append((event.position[0], event.position[1]))

    def go(self, *points: Point) -> None:
        """Move the mouse over points (y, x) of the layer."""
        for point in points:
            self._qtbot.waitUntil(partial(self._reach, point))

    def _reach(self, point: Point) -> bool:
        # Asked for again until it is so: a window that was just opened still moves its canvas.
        x, y = self._on_screen(point)
        if not self._is_at(point):
            self._mouse("mousemove", str(x + 1), str(y), "mousemove", str(x), str(y))
        return self._is_at(point)

    def _is_at(self, point: Point) -> bool:
        off = np.abs(np.subtract(self.viewer.cursor.position[-2:], point)).max()
        return bool(off <= max(0.5, 2 / self.viewer.scene.camera.zoom))

    def _on_screen(self, point: Point) -> tuple[int, int]:
        camera = self.viewer.scene.camera
        y, x = (
            (at - middle) * camera.zoom
            for at, middle in zip(point, camera.center[-2:], strict=True)
        )
        corner = QPoint(round(x + self.native.width() / 2), round(y + self.native.height() / 2))
        there = self.native.mapToGlobal(corner)
        return there.x(), there.y()

    def button(self, what: str, number: int = 1) -> None:
        """Let xdotool do something with a mouse button."""
        self._mouse(what, str(number))

    def _mouse(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], check=True, capture_output=True)

    def stroke(self, *points: Point) -> Footprint:
        """Drag the left button along points; return what was told."""
        self.go(points[0])
        self.points.clear()
        self.button("mousedown")
        self._qtbot.waitUntil(lambda: self.layer.is_painting)
        self.go(*points[1:])
        self.button("mouseup")
        self._qtbot.waitUntil(lambda: bool(self.told))
        return self.told.pop()

    def seen(self, point: tuple[int, int]) -> list[int]:
        """Return the colour (r, g, b) at a pixel of the layer, as it is drawn."""
        picture = self.viewer.screenshot(canvas_only=True, flash=False)
        camera = self.viewer.scene.camera
        y, x = (
            round((at - middle) * camera.zoom + side / 2)
            for at, middle, side in zip(point, camera.center[-2:], picture.shape, strict=False)
        )
        colour: list[int] = picture[y, x, :3].tolist()
        return colour


@pytest.fixture
def easel(make_napari_viewer: Callable[..., Any], qtbot: QtBot) -> Iterator[Callable[[int], Easel]]:
    """Return what opens a window with a layer of so many pixels a side."""
    if shutil.which("xdotool") is None:
        pytest.skip("xdotool is needed for true strokes")
    # From a corner: a window that opens under the mouse hears nothing of a move to where it is.
    subprocess.run(["xdotool", "mousemove", "0", "0"], check=True)
    yield lambda side: Easel(make_napari_viewer(show=True), qtbot, side)
    subprocess.run(["xdotool", "mouseup", "1", "mouseup", "3"], check=True)


def covered_by(footprint: Footprint, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the pixels of a footprint as an array."""
    covered = np.zeros(shape, np.bool_)
    covered.flat[footprint.indices] = True
    return covered


WAY = [(0.2, 0.2), (0.3, 0.6), (0.7, 0.65)]


@pytest.mark.parametrize(("side", "size_px"), [(64, 1), (64, 5), (256, 40), (1024, 11)])
def test_true_strokes_of_the_brush(easel: Callable[[int], Easel], side: int, size_px: int) -> None:
    window = easel(side)
    window.layer.mode = "paint"
    window.layer.brush_size = size_px
    window.layer.selected_label = 2
    footprint = window.stroke(*((y * side, x * side) for y, x in WAY))
    expected = swept(window.points, size_px, (side, side))
    np.testing.assert_array_equal(covered_by(footprint, (side, side)), expected)
    np.testing.assert_array_equal(window.layer.data, np.where(expected, 2, 0))
    assert footprint.tool == "brush"
    assert not window.layer.is_painting
    y, x = (round(at) for at in window.points[0])
    assert window.seen((y, x)) == [0, 255, 0]


def test_a_contour_of_the_right_button_is_one_stroke(easel: Callable[[int], Easel]) -> None:
    window = easel(64)
    window.layer.mode = "paint"
    window.layer.brush_size = 3
    window.go((20, 20))
    window.button("mousedown", 3)
    window._qtbot.waitUntil(lambda: window.layer.is_painting)
    window.points[:] = window.points[-1:]
    window.button("mouseup", 3)
    window.go((20, 44), (44, 44), (44, 20), (30, 19))
    assert window.layer.is_painting
    window.go((20.5, 20))
    window._qtbot.waitUntil(lambda: bool(window.told))
    (footprint,) = window.told
    assert footprint.tool == "contour"
    outline = swept([*window.points, window.points[0]], 3, (64, 64))
    area = ndi.binary_fill_holes(outline)
    np.testing.assert_array_equal(covered_by(footprint, (64, 64)), area)
    np.testing.assert_array_equal(window.layer.data == 1, area)
    assert not window.layer.is_painting


@pytest.mark.parametrize("end", ["escape", "next chip", "another tool", "finished", "undo"])
def test_a_contour_that_is_not_closed_is_dropped(easel: Callable[[int], Easel], end: str) -> None:
    window = easel(64)
    layer = window.layer
    layer.data[10:15] = 3
    layer.refresh()
    before = layer.data.copy()
    layer.mode = "paint"
    window.go((20, 20))
    window.button("click", 3)
    window._qtbot.waitUntil(lambda: layer.is_painting)
    window.go((12, 44))
    drawn, other = layer.data, np.full((64, 64), 2, np.uint8)
    assert (drawn != before).any()
    ends: dict[str, Callable[[], object]] = {
        "escape": lambda: QTest.keyClick(window.native, Qt.Key.Key_Escape),
        "next chip": lambda: layer.show_classes(other),
        "another tool": lambda: setattr(layer, "mode", "erase"),
        "finished": layer.finish_stroke,
        "undo": lambda: layer.write(np.array([], np.uint32), 1),
    }
    ends[end]()
    np.testing.assert_array_equal(drawn, before)
    window.go((30, 20), (20, 20))
    assert (layer.data == (2 if end == "next chip" else before)).all()
    assert not window.told
    assert not layer.is_painting


def test_a_true_polygon(easel: Callable[[int], Easel]) -> None:
    window = easel(64)
    window.layer.mode = "polygon"
    for corner in ((10, 10), (10, 40), (40, 40)):
        window.go(corner)
        window.button("click")
        window._qtbot.waitUntil(lambda: bool(window.points))
        window.points.clear()
    window.go((40, 10))
    subprocess.run(["xdotool", "click", "--repeat", "2", "--delay", "40", "1"], check=True)
    window._qtbot.waitUntil(lambda: bool(window.told))
    (footprint,) = window.told
    assert footprint.tool == "polygon"
    assert footprint.indices.size == 31 * 31
    assert (window.layer.data[10:41, 10:41] == 1).all()


def test_half_a_polygon_does_not_go_into_the_next_chip(easel: Callable[[int], Easel]) -> None:
    window = easel(64)
    window.layer.mode = "polygon"
    for corner in ((10, 10), (10, 40), (40, 40)):
        window.go(corner)
        window.button("click")
    window._qtbot.waitUntil(lambda: len(window.layer._overlays["polygon"].points) > 2)
    window.layer.show_classes(np.zeros((64, 64), np.uint8))
    QTest.keyClick(window.native, Qt.Key.Key_Return)
    assert not window.told
    assert not window.layer.data.any()


def test_a_chip_that_comes_while_the_button_is_held_stays_clean(
    easel: Callable[[int], Easel],
) -> None:
    window = easel(64)
    window.layer.mode = "paint"
    window.go((10, 10))
    window.button("mousedown")
    window._qtbot.waitUntil(lambda: window.layer.is_painting)
    window.layer.show_classes(np.full((64, 64), 3, np.uint8))
    assert len(window.told) == 1
    window.go((40, 40))
    window.button("mouseup")
    window.go((20, 20))
    assert (window.layer.data == 3).all()
    assert len(window.told) == 1
    window.told.clear()
    assert (window.stroke((30, 30), (30, 40)).before == 3).all()
    assert (window.layer.data == 1).any()


def test_what_is_written_is_seen(easel: Callable[[int], Easel]) -> None:
    window = easel(64)
    window.layer.write(np.array([20 * 64 + 30]), 3)
    assert window.seen((20, 30)) == [0, 0, 255]
    window.layer.visible = False
    window.layer.write(np.array([20 * 64 + 30]), 1)
    window.layer.visible = True
    assert window.seen((20, 30)) == [255, 0, 0]
    window.layer.show_classes(np.full((64, 64), 77, np.uint8))
    assert window.seen((20, 30)) == [255, 255, 0]
    window.layer.show_classes(np.zeros((256, 256), np.uint8))
    window.viewer.reset_view()
    window.layer.write(np.arange(256 * 256), 2)
    assert window.seen((200, 30)) == [0, 255, 0]
    window.layer.fill((5, 5), 3)
    assert window.seen((200, 30)) == [0, 0, 255]


def test_zoom_and_tools_stay_with_another_chip(easel: Callable[[int], Easel]) -> None:
    window = easel(64)
    window.layer.mode = "erase"
    window.viewer.scene.camera.zoom = 20
    window.viewer.scene.camera.center = (0, 10, 12)
    for side in (64, 256, 32):
        window.layer.show_classes(np.zeros((side, side), np.uint8))
        assert window.viewer.scene.camera.zoom == 20
        assert window.viewer.scene.camera.center == (0, 10, 12)
        assert window.layer.mode == "erase"


def test_keys_walk_the_classes(easel: Callable[[int], Easel]) -> None:
    window, chosen = easel(64), []
    window.layer.data[:] = 3
    # M asks napari for 4, one more than the largest class and than what is selected then.
    for key in "==M==-----MXX":
        QTest.keyClick(window.native, Qt.Key(ord(key)))
        chosen.append(window.layer.selected_label)
    assert chosen == [2, 3, 3, 254, 255, 254, 3, 2, 1, 0, 0, 1, 0]


@pytest.mark.parametrize("value", [0, 1, 3, 254, 255])
def test_the_picker_takes_each_class(easel: Callable[[int], Easel], value: int) -> None:
    window = easel(64)
    window.layer.selected_label = 2
    window.layer.write(np.arange(64 * 64), value)
    window.layer.mode = "pick"
    window.go((20, 20))
    window.button("click")
    window._qtbot.waitUntil(lambda: window.layer.selected_label == value)


def test_napari_shows_its_labels_controls(easel: Callable[[int], Easel]) -> None:
    window = easel(64)
    qt_viewer = window.viewer.window._qt_viewer
    assert isinstance(qt_viewer.controls.widgets[window.layer], QtLabelsControls)
    assert isinstance(qt_viewer.canvas.layer_to_visual[window.layer], VispyLabelsLayer)
    field = qt_viewer.controls.widgets[window.layer]._label_control.selection_spinbox
    window.layer.selected_label = 3
    for wanted, chosen in ((4, 254), (99, 254), (1, 1)):
        field.setValue(wanted)
        assert (window.layer.selected_label, field.value()) == (chosen, chosen)


def test_a_layer_passes_for_labels_when_it_is_saved_or_copied() -> None:
    layer = PaintLayer(np.zeros((8, 8), np.uint8), name="chip mask")
    data, state, kind = layer.as_layer_data_tuple()
    assert kind == "labels"
    assert type(layer).create(data, state, kind).name == "chip mask"
