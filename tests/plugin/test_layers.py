"""The layers of the desk stay: neither napari's bin nor its transform mode takes them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
