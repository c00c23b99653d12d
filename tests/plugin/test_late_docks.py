"""Docks behind other tabs: made when somebody looks, and the same docks then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from napari_s2label.app import arrange_window
from napari_s2label.late_dock import LateDockWidget, add_late_dock
from napari_s2label.paint import PaintWidget
from qtpy.QtWidgets import QApplication

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from qtpy.QtWidgets import QDockWidget

PLUGIN = "napari-s2label"
NAMED = {
    "Paint": "napari_s2label.paint:PaintWidget",
    "Suggest": "napari_s2label.suggest:SuggestWidget",
    "Screen": "napari_s2label.screen:ScreenWidget",
    "Doubtful": "napari_s2label.rest:RestWidget",
    "Train": "napari_s2label.train:TrainWidget",
    "Explore": "napari_s2label.explore:ExploreWidget",
    "Scene": "napari_s2label.scene:SceneWidget",
    "Audit": "napari_s2label.audit:AuditWidget",
}


@pytest.fixture
def docks(desk: Desk) -> dict[str, QDockWidget]:
    """Return the docks of an arranged window by what stands on their tabs."""
    arrange_window(desk.viewer)
    window = desk.viewer.window
    names = [name.removesuffix(f" ({PLUGIN})") for name in window.dock_widgets]
    return {name: window.add_plugin_dock_widget(PLUGIN, name)[0] for name in names}


def inside(dock: QDockWidget) -> object:
    """Return the widget of a late dock; None before it was made."""
    held = dock.findChild(LateDockWidget)
    assert held is not None
    return held.inside


def test_a_dock_is_made_when_somebody_looks_and_only_then(
    desk: Desk, docks: dict[str, QDockWidget]
) -> None:
    late = [dock for dock in docks.values() if dock.findChild(LateDockWidget) is not None]
    assert len(late) == len(NAMED)
    assert not [dock for dock in late if inside(dock) is not None]

    docks["Paint"].raise_()
    QApplication.processEvents()

    paint = inside(docks["Paint"])
    assert isinstance(paint, PaintWidget)
    assert paint.widget().isEnabled() == (desk.easel is not None)
    assert [dock for dock in late if inside(dock) is not None] == [docks["Paint"]]

    docks["Triage"].raise_()
    docks["Paint"].raise_()
    QApplication.processEvents()
    assert inside(docks["Paint"]) is paint


def test_the_tool_in_hand_brings_its_dock(desk: Desk, docks: dict[str, QDockWidget]) -> None:
    assert desk.project is not None
    desk.open(desk.project.folder)
    assert desk.easel is not None
    desk.easel.choose_tool("brush")
    QApplication.processEvents()
    assert isinstance(inside(docks["Paint"]), PaintWidget)


def test_every_late_dock_is_the_one_that_the_manifest_names(
    desk: Desk, docks: dict[str, QDockWidget]
) -> None:
    for name, dock in docks.items():
        held = dock.findChild(LateDockWidget)
        if held is not None:
            held.show_if(True)
            made = type(held.inside)
            assert f"{made.__module__}:{made.__name__}" == NAMED[name]


def test_a_dock_that_is_there_stays_as_it_is(desk: Desk) -> None:
    dock, widget = desk.viewer.window.add_plugin_dock_widget(PLUGIN, "Paint")
    assert add_late_dock(desk.viewer, "Paint") is dock
    assert isinstance(widget, PaintWidget)


def test_a_dock_that_was_closed_is_made_when_the_window_is_arranged_again(
    desk: Desk, docks: dict[str, QDockWidget]
) -> None:
    docks["Train"].raise_()
    QApplication.processEvents()
    desk.viewer.window.remove_dock_widget(docks["Train"].findChild(LateDockWidget))

    arrange_window(desk.viewer)
    again, _ = desk.viewer.window.add_plugin_dock_widget(PLUGIN, "Train")
    again.raise_()
    QApplication.processEvents()
    assert inside(again) is not None


def test_docks_are_made_where_the_contact_sheet_was_there_before_them(desk: Desk) -> None:
    desk.viewer.window.show()
    desk.viewer.window.add_plugin_dock_widget(PLUGIN, "Contact sheet")
    arrange_window(desk.viewer)
    paint, _ = desk.viewer.window.add_plugin_dock_widget(PLUGIN, "Paint")
    paint.raise_()
    QApplication.processEvents()
    assert inside(paint) is not None
