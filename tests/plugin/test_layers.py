"""The layers of the desk stay: neither napari's bin nor its transform mode takes them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari_s2label.layers import ignore_colormap

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("name", ["image", "mask"])
def test_a_layer_that_is_deleted_comes_back_at_once(desk: Desk, qtbot: QtBot, name: str) -> None:
    assert desk.layers is not None
    layer = getattr(desk.layers, name)
    told: list[str] = []
    desk.told.connect(told.append)
    before = list(desk.viewer.layers)

    desk.viewer.layers.remove(layer)

    qtbot.waitUntil(lambda: list(desk.viewer.layers) == before)
    assert any("cannot be deleted" in line for line in told)


def test_layers_of_a_closed_project_do_not_come_back(desk: Desk, qtbot: QtBot) -> None:
    assert desk.layers is not None
    layers = desk.layers
    desk.close()
    assert not layers._return.isActive()
    assert not desk.viewer.layers


@pytest.mark.parametrize("name", ["image", "mask"])
def test_a_chip_cannot_be_moved(desk: Desk, name: str) -> None:
    assert desk.layers is not None
    layer = getattr(desk.layers, name)
    told: list[str] = []
    desk.told.connect(told.append)

    layer.mode = "transform"

    assert layer.mode == "pan_zoom"
    assert any("cannot be moved" in line for line in told)


def test_another_chip_is_drawn_with_the_colours_that_are_there(desk: Desk, qtbot: QtBot) -> None:
    assert desk.layers is not None
    mask, before = desk.layers.mask, list(desk.viewer.layers)
    desk.viewer.layers.remove(mask)
    qtbot.waitUntil(lambda: list(desk.viewer.layers) == before)
    drawn = desk.viewer.__wrapped__.window._qt_viewer.canvas.layer_to_visual[mask]
    colours = drawn.node.cmap

    mask.show_classes(np.ones((30, 20), np.uint8))
    assert drawn.node.cmap is colours
    assert drawn.node._data.shape == (30, 20)

    mask.colormap = ignore_colormap()
    assert drawn.node.cmap is not colours


def test_looking_at_the_whole_chip_leaves_nothing_behind(desk: Desk) -> None:
    assert desk.layers is not None
    layers = desk.layers
    layers.show_whole()
    emitters = [layers.image.events, *layers.image.events.emitters.values()]
    before = [list(emitter.callbacks) for emitter in emitters]

    layers.show_whole()

    assert [list(emitter.callbacks) for emitter in emitters] == before


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_whole_chip_is_seen_as_napari_shows_a_layer(desk: Desk, dimensions: int) -> None:
    assert desk.layers is not None
    viewer, camera = desk.viewer, desk.viewer.scene.camera
    desk.layers.overlay.show_classes(np.zeros((300, 200), np.uint8))
    viewer.dims.ndisplay = dimensions
    viewer.reset_view(layers=[desk.layers.image])
    wanted = camera.center[-2:], camera.zoom, camera.angles

    camera.center, camera.zoom = (0.0, 1.0, 2.0), 0.3
    desk.layers.show_whole()

    seen = camera.center[-2:], camera.zoom, camera.angles
    viewer.dims.ndisplay = 2  # desks that come after share the viewer
    for one, other in zip(seen, wanted, strict=True):
        assert one == pytest.approx(other)


def test_no_square_is_drawn_behind_the_ring_of_the_brush(desk: Desk) -> None:
    viewer = getattr(desk.viewer, "__wrapped__", desk.viewer)
    viewer.canvas.overlays["_brush_circle"].box = True  # as napari has it
    assert desk.project is not None
    folder = desk.project.folder
    desk.close()
    desk.open(folder)
    assert not viewer.canvas.overlays["_brush_circle"].box
