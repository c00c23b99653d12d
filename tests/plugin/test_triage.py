"""The triage dock and the desk behind it: what is shown is what is so."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari_s2label.app import arrange_window
from napari_s2label.keys import ACTIONS
from napari_s2label.triage import TriageWidget
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton

from s2label.catalog.store import this_author
from s2label.errors import ProjectError
from s2label.project import open_project
from s2label.raster import RasterPool
from s2label.review.bookmark import bookmark_path, read_bookmark
from s2label.review.pictures import draw_chip
from s2label.types import State

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.parts.action_button import ActionButton
    from pytestqt.qtbot import QtBot


@pytest.fixture
def triage(desk: Desk, qtbot: QtBot) -> TriageWidget:
    widget = TriageWidget(desk.viewer)
    qtbot.addWidget(widget)
    widget.resize(310, 700)
    widget.show()
    return widget


def button(triage: TriageWidget, id_: str) -> ActionButton:
    return triage._buttons[id_]


def shown(triage: TriageWidget) -> str:
    """Return the text about the chip, which follows the picture a moment later."""
    if triage._texts.isActive():
        triage._texts.timeout.emit()
    return str(triage._chip.text())


def act(desk: Desk, id_: str) -> None:
    next(action for action in ACTIONS if action.id == id_).run(desk)


def test_the_dock_opens_through_the_manifest(desk: Desk) -> None:
    _, widget = desk.viewer.window.add_plugin_dock_widget("napari-s2label", "Triage")
    assert isinstance(widget, TriageWidget)


def test_the_first_chip_is_shown_with_its_states(desk: Desk, triage: TriageWidget) -> None:
    assert desk.session is not None
    assert desk.session.chip is not None
    assert desk.session.chip.place.name in shown(triage)
    assert "1 of 12 by name" in shown(triage)
    assert "open" in shown(triage)
    assert "vessel" in triage._classes.text()


def test_a_click_accepts_and_goes_on(desk: Desk, triage: TriageWidget, qtbot: QtBot) -> None:
    assert desk.session is not None
    first = desk.session.chip
    assert first is not None
    qtbot.mouseClick(button(triage, "accept"), Qt.MouseButton.LeftButton)  # type: ignore[no-untyped-call]
    assert desk.session.chip is not None
    assert desk.session.chip.image.id != first.image.id
    qtbot.waitUntil(lambda: triage._bar.value() == 1)
    act(desk, "back")
    assert desk.session.chip.image_state is State.ACCEPTED
    assert "accepted" in shown(triage)


def test_the_texts_follow_the_picture_also_while_a_key_is_held(
    desk: Desk, triage: TriageWidget, qtbot: QtBot
) -> None:
    before = triage._chip.text()
    act(desk, "skip")
    assert triage._chip.text() == before  # the picture first
    with qtbot.waitSignal(triage._texts.timeout):
        act(desk, "skip")
    assert "3 of 12 by name" in triage._chip.text()


def test_a_decision_is_on_disk_at_once_though_nobody_waits_for_it(desk: Desk, qtbot: QtBot) -> None:
    assert desk.session is not None
    assert desk.project is not None
    catalog, begin_s = desk.project.catalog, time.monotonic()
    act(desk, "accept")
    qtbot.waitUntil(lambda: catalog.counts()["images_accepted"] == 1, timeout=5000)
    assert time.monotonic() - begin_s < 5


def test_closing_writes_what_was_decided_last(desk: Desk, vessels_project: Path) -> None:
    act(desk, "accept")
    act(desk, "reject_hazy")
    desk.close()
    with open_project(vessels_project) as project:
        counts = project.catalog.counts()
    assert (counts["images_accepted"], counts["images_rejected"]) == (1, 1)


def test_a_decision_that_cannot_be_written_is_told_and_its_chip_shown_again(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.session is not None
    assert desk.project is not None
    assert desk.session.chip is not None
    first = desk.session.chip.image.id
    told: list[str] = []
    desk.told.connect(told.append)
    nobody: Any = None
    monkeypatch.setattr(desk.project.catalog, "_author", replace(this_author(), who=nobody))
    act(desk, "accept")
    assert desk.session.chip.image.id != first
    qtbot.waitUntil(lambda: bool(told))
    assert "cannot be read or written" in told[0]
    assert desk.session.chip.image.id == first
    assert desk.session.chip.image_state is State.OPEN


def test_keys_typed_while_a_project_opens_are_dropped(
    desk: Desk, vessels_project: Path, qtbot: QtBot
) -> None:
    _, widget = desk.viewer.window.add_plugin_dock_widget("napari-s2label", "Triage")
    with qtbot.waitExposed(widget.window()):
        widget.window().show()
    window = widget.window().windowHandle()
    with qtbot.waitCallback() as drawn:
        desk.pictured.connect(drawn)
        desk.open(vessels_project)
        QTest.keyClick(window, Qt.Key.Key_A)
    desk.pictured.disconnect(drawn)
    assert desk.session is not None
    assert desk.session.progress == (0, 12)
    qtbot.waitUntil(lambda: not desk._opening_keys._is_dropping)
    QTest.keyClick(window, Qt.Key.Key_A)
    assert desk.session.progress == (1, 12)


def test_undo_shows_the_chip_it_changed(desk: Desk, triage: TriageWidget) -> None:
    assert desk.session is not None
    first = desk.session.chip
    assert first is not None
    act(desk, "reject_cloudy")
    act(desk, "skip")
    act(desk, "undo")
    assert desk.session.chip is not None
    assert desk.session.chip.image.id == first.image.id
    assert desk.session.chip.image_state is State.OPEN
    act(desk, "redo")
    assert "rejected: cloudy" in shown(triage)


def test_the_layers_hold_the_chip_in_view(desk: Desk, qtbot: QtBot) -> None:
    assert desk.session is not None
    assert desk.project is not None
    act(desk, "skip")
    chip = desk.session.chip
    assert chip is not None
    with RasterPool() as pool:
        expected = draw_chip(desk.project, chip, desk.look, pool)

    def is_shown() -> bool:
        assert desk.layers is not None
        return np.array_equal(desk.layers.image.data, expected.rgb)

    qtbot.waitUntil(is_shown)
    assert desk.layers is not None
    assert expected.mask is not None
    assert np.array_equal(desk.layers.mask.data, expected.mask.classes)


def test_another_chip_makes_no_other_layers(desk: Desk, qtbot: QtBot) -> None:
    layers = list(desk.viewer.layers)
    for _ in range(5):
        with qtbot.waitCallback() as drawn:
            desk.pictured.connect(drawn)
            act(desk, "skip")
        desk.pictured.disconnect(drawn)
    assert list(desk.viewer.layers) == layers


def test_naparis_undo_cannot_bring_back_another_chips_pixels(desk: Desk, qtbot: QtBot) -> None:
    assert desk.layers is not None
    mask = desk.layers.mask
    mask.data_setitem((np.array([5]), np.array([5])), 1)
    with qtbot.waitCallback() as drawn:
        desk.pictured.connect(drawn)
        act(desk, "skip")
    desk.pictured.disconnect(drawn)
    before = mask.data.copy()
    mask.undo()
    assert np.array_equal(mask.data, before)


def test_a_layer_that_was_deleted_comes_back(desk: Desk, qtbot: QtBot) -> None:
    assert desk.layers is not None
    desk.viewer.layers.remove(desk.layers.mask)
    with qtbot.waitCallback() as drawn:
        desk.pictured.connect(drawn)
        act(desk, "skip")
    desk.pictured.disconnect(drawn)
    assert desk.layers.mask in desk.viewer.layers


def test_no_button_takes_the_keyboard(triage: TriageWidget) -> None:
    buttons = triage.findChildren(QAbstractButton)
    assert len(buttons) > len(triage._buttons)
    assert all(b.focusPolicy() == Qt.FocusPolicy.NoFocus for b in buttons)


def test_every_button_says_its_key(desk: Desk, triage: TriageWidget) -> None:
    for id_, part in triage._buttons.items():
        assert desk.keys[id_] in part.text()
        assert desk.keys[id_] in part.toolTip()


def test_nothing_is_wider_than_the_dock(triage: TriageWidget) -> None:
    inside = triage.widget()
    assert inside.minimumSizeHint().width() <= 310
    assert inside.sizeHint().height() <= 680


def test_one_goes_on_where_one_stopped(desk: Desk, vessels_project: Path) -> None:
    act(desk, "accept")
    act(desk, "skip")
    assert desk.session is not None
    assert desk.session.chip is not None
    image = desk.session.chip.image.id
    who = next((vessels_project / "bookmarks").iterdir()).stem
    assert read_bookmark(bookmark_path(vessels_project, who)).image_id == image
    desk.close()
    desk.open(vessels_project)
    assert desk.session.chip is not None
    assert desk.session.chip.image.id == image


def test_undo_says_what_it_took_back(desk: Desk, vessels_project: Path) -> None:
    desk.close()
    told: list[str] = []
    desk.told.connect(told.append)
    desk.open(vessels_project)
    assert told == []
    act(desk, "accept")
    act(desk, "undo")
    act(desk, "undo")
    assert told == ["2 decisions taken back", "nothing to undo"]


def test_the_wrong_folder_does_not_close_the_right_project(desk: Desk, tmp_path: Path) -> None:
    before = desk.session
    with pytest.raises(ProjectError, match="not a project"):
        desk.open(tmp_path)
    assert desk.session is before


@pytest.mark.usefixtures("own_window")
def test_the_window_is_named_after_its_project(
    desk: Desk, vessels_project: Path, qtbot: QtBot
) -> None:
    desk.close()
    arrange_window(desk.viewer)
    desk.open(vessels_project)
    assert desk.viewer.title == f"s2label - opening {vessels_project.name} ..."
    qtbot.waitUntil(lambda: desk.viewer.title == f"s2label - {vessels_project.name}")
    desk.close()
    assert desk.viewer.title == "s2label"


def test_without_a_project_the_dock_says_so(desk: Desk, triage: TriageWidget) -> None:
    desk.close()
    assert "No project is open" in shown(triage)
    act(desk, "accept")  # does nothing


@pytest.mark.usefixtures("own_window")
def test_a_window_that_is_closed_gives_the_project_back(
    desk: Desk, qtbot: QtBot, vessels_project: Path
) -> None:
    arrange_window(desk.viewer)

    desk.viewer.close()

    qtbot.waitUntil(lambda: desk.project is None)
    with open_project(vessels_project, write=True):
        pass
