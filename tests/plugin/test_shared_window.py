"""A window that tests share is as new for each of them, or another one."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from napari_s2label.triage import TriageWidget

from s2label.classes import VESSELS
from tests.factories.projects import apart, make_project
from tests.factories.shared_window import SharedWindow, traces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot


@pytest.fixture
def window(shared_window: SharedWindow) -> Iterator[SharedWindow]:
    """Return a window of our own; there is no other one at the time."""
    shared_window.close()
    window = SharedWindow()
    yield window
    window.close()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("made"), apart(1, mask_values=(0, 1)), VESSELS)


@pytest.fixture
def used_by(
    window: SharedWindow, project: Path, qtbot: QtBot
) -> Callable[[Callable[[Desk], object]], None]:
    """Return what opens the project in the window, acts on it, and gives the window back."""

    def use(act: Callable[[Desk], object]) -> None:
        with window.desk() as desk:
            assert not list(desk.viewer.layers) or desk.layers is None
            desk.open(project)
            assert desk.easel is not None
            painter = desk.easel.painter
            qtbot.waitUntil(lambda: painter.chip is not None)
            act(desk)
        gc.collect()  # as between two tests: what is done with listens no more

    return use


def paint_and_look_elsewhere(desk: Desk) -> None:
    assert desk.easel is not None
    assert desk.layers is not None
    desk.easel.choose_tool("brush")
    desk.easel.brush_px = 9
    desk.layers.mask.paint((5, 5), 1)
    desk.toggle_filled()
    desk.toggle_mask()
    desk.viewer.window.add_dock_widget(TriageWidget(desk.viewer), name="Triage")


def test_what_a_test_did_is_gone_and_window_and_layers_stay(
    window: SharedWindow, used_by: Callable[[Callable[[Desk], object]], None]
) -> None:
    found: list[tuple[object, ...]] = []

    def note(desk: Desk) -> None:
        assert desk.layers is not None
        mask = desk.layers.mask
        found.append((mask.brush_size, str(mask.mode), mask.contour, mask.visible))
        assert list(desk.viewer.layers) == list(desk.layers.all)
        assert "Triage" not in desk.viewer.window.dock_widgets

    for act in (note, paint_and_look_elsewhere, note):
        used_by(act)

    assert found[0] == found[1]
    assert (window.made, window.layers.made) == (1, 1)


def test_layers_that_are_not_as_new_are_made_anew(
    window: SharedWindow, used_by: Callable[[Callable[[Desk], object]], None]
) -> None:
    def listen(desk: Desk) -> None:
        assert desk.layers is not None
        desk.layers.mask.events.opacity.connect(print)

    used_by(listen)
    used_by(lambda _: None)

    assert (window.made, window.layers.made) == (1, 2)


def test_a_viewer_that_is_not_as_new_is_made_anew(
    window: SharedWindow, used_by: Callable[[Callable[[Desk], object]], None]
) -> None:
    used_by(lambda desk: desk.viewer.mouse_move_callbacks.append(lambda *_: None))
    used_by(lambda _: None)

    assert window.made == 2


def test_what_is_left_in_a_viewer_is_seen(window: SharedWindow) -> None:
    with window.desk() as desk:
        viewer = desk.viewer.__wrapped__
        before = traces(viewer)
        viewer.bind_key("K", print)
        assert traces(viewer) != before
