"""napari's own undo reaches into the next chip; the paintable layer has nothing to undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari.layers import Labels
from napari_s2label.painting.paint_layer import PaintLayer
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from tests.factories.strokes import drag

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

EDITS = {
    "brush": lambda layer: drag(layer, [(10, 10), (30, 30)]),
    "dab": lambda layer: layer.paint((10, 10), 1),
    "bucket": lambda layer: layer.fill((5, 5), 1),
    "polygon": lambda layer: layer.paint_polygon([(5, 5), (5, 30), (30, 30)], 1),
    "pixels": lambda layer: layer.data_setitem((np.array([3]), np.array([3])), 1),
}


def chips() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the masks of two chips, without a pixel in common."""
    return np.full((64, 64), 2, np.uint8), np.full((64, 64), 3, np.uint8)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_napari_undoes_into_the_next_chip(edit: Callable[[Labels], None]) -> None:
    """As long as this holds, `PaintLayer` has to keep napari's history away."""
    first, second = chips()
    layer = Labels(first)
    layer.mode = "paint"
    edit(layer)
    layer.data = second
    layer.undo()
    assert (layer.data == 2).any(), "napari was cured: PaintLayer.undo is not needed any more"


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_the_paintable_layer_has_nothing_to_undo(edit: Callable[[Labels], None]) -> None:
    first, second = chips()
    layer = PaintLayer(first)
    layer.mode = "paint"
    edit(layer)
    painted = layer.data.copy()
    assert (painted != 2).any()
    layer.undo()
    np.testing.assert_array_equal(layer.data, painted)
    layer.data = second
    layer.undo()
    layer.redo()
    assert (layer.data == 3).all()
    assert not layer._undo_history, "napari keeps strokes again: see napari_hooks._save_history"
    assert not layer._redo_history
    assert not layer._staged_history


def test_undo_and_redo_do_nothing_even_with_a_history() -> None:
    layer = PaintLayer(chips()[0])
    pixel = (np.array([0]), np.array([0]))
    for history in (layer._undo_history, layer._redo_history):
        history.append([(pixel, np.array([9], np.uint8), 8)])
    layer.undo()
    layer.redo()
    assert (layer.data == 2).all()


@pytest.mark.parametrize("after", [lambda _: None, lambda layer: layer.write(np.arange(9), 1)])
def test_ctrl_z_that_reaches_napari_changes_no_pixel(
    make_napari_viewer: Callable[..., Any], after: Callable[[PaintLayer], None]
) -> None:
    viewer = make_napari_viewer()
    first, second = chips()
    layer = viewer.add_layer(PaintLayer(first))
    layer.mode = "paint"
    drag(layer, [(10, 10), (30, 30)])
    layer.show_classes(second)
    after(layer)
    shown = layer.data.copy()
    native = viewer.window._qt_viewer.canvas.native
    for modifiers in (
        Qt.KeyboardModifier.ControlModifier,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    ):
        QTest.keyClick(native, Qt.Key.Key_Z, modifiers)
        np.testing.assert_array_equal(layer.data, shown)


def test_the_same_key_undoes_a_plain_layer(make_napari_viewer: Callable[..., Any]) -> None:
    """Otherwise the test above would prove nothing."""
    viewer = make_napari_viewer()
    layer = viewer.add_layer(Labels(chips()[0]))
    layer.paint((10, 10), 1)
    native = viewer.window._qt_viewer.canvas.native
    QTest.keyClick(native, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (layer.data == 2).all()
