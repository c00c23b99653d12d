"""A desk with a small real project in a napari viewer."""

from __future__ import annotations

import gc
from copy import deepcopy
from functools import cache
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

import pytest
import yaml
from qtpy import API_NAME

from s2label.classes import VESSELS
from tests.factories.projects import apart, make_project
from tests.factories.shared_window import SharedWindow
from tests.faults.seeds import LONG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On Qt 5 run the first and then every eighth test of each file; Qt 6 runs them all.

    Of those that have several cases, one. Tests differ in what our own code does, bindings in how a
    widget is asked: some of each dock's ask every kind of widget, and all would take a third of the
    time that the whole suite may take. ``S2LABEL_LONG=1`` runs them all.
    """
    if API_NAME != "PyQt5" or LONG:
        return
    of_file: dict[Path, dict[str, pytest.Item]] = {}
    for item in items:
        of_file.setdefault(item.path, {}).setdefault(item.nodeid.partition("[")[0], item)
    chosen = [item for tests in of_file.values() for item in list(tests.values())[::8]]
    left_out = [item for item in items if item not in chosen]
    items[:] = chosen
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(autouse=True)
def _only_new_objects_are_searched() -> None:
    """Leave what is there already out of garbage collection, once what the last test left is gone.

    napari looks for leaks with several full collections after each viewer; going through all
    modules and all earlier tests again takes seconds.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _manifests_are_parsed_once() -> Iterator[None]:
    """Keep what the manifests say: napari reads all of them anew for each test."""
    from npe2.manifest import _bases

    @cache
    def parsed(text: str) -> Any:
        return yaml.load(text, Loader=_bases._UniqueKeyYamlLoader)

    def load(stream: IO[str]) -> Any:
        return deepcopy(parsed(stream.read()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bases, "_load_yaml_no_duplicates", load)
        yield


@pytest.fixture(autouse=True)
def _layers_go_without_a_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the full collection after each layer that napari removes, for Windows' drivers."""
    monkeypatch.setattr("napari._vispy.canvas.gc", SimpleNamespace(collect=int))


@pytest.fixture(scope="module")
def shared_window(qapp: object) -> Iterator[SharedWindow]:
    """Return the window that the tests of a file share."""
    window = SharedWindow()
    yield window
    window.close()


@pytest.fixture
def own_window(shared_window: SharedWindow) -> None:
    """Let the test begin with a window that nobody used: it arranges or closes it."""
    shared_window.close()


@pytest.fixture
def make_napari_viewer(
    own_window: None, make_napari_viewer: Callable[..., object]
) -> Callable[..., object]:
    """Return napari's own fixture, which looks for windows that were left open."""
    return make_napari_viewer


@pytest.fixture
def vessels_project(tmp_path: Path) -> Path:
    """Return a project of six places with two dates each and moving masks."""
    return make_project(tmp_path, apart(6, mask_values=(0, 1)), VESSELS)


@pytest.fixture
def empty_desk(
    shared_window: SharedWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """Return a desk without a project."""
    monkeypatch.setenv("NAPARI_ENSURE_PLUGIN_MAIN_THREAD", "True")
    with shared_window.desk() as desk:
        yield desk


@pytest.fixture
def desk(empty_desk: Desk, vessels_project: Path, qtbot: QtBot) -> Desk:
    """Return a desk with the project open and its first chip drawn."""
    drawn: list[object] = []
    empty_desk.pictured.connect(lambda *answer: drawn.append(answer))
    empty_desk.open(vessels_project)
    qtbot.waitUntil(lambda: bool(drawn))
    return empty_desk
