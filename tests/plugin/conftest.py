"""A desk with a small real project in a napari viewer."""

from __future__ import annotations

import gc
from copy import deepcopy
from functools import cache
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

import pytest
import yaml
from napari_s2label.desk import Desk, desk_of
from qtpy import API_NAME

from s2label.classes import VESSELS
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On Qt 5 run one case of each test that has several; Qt 6 runs them all.

    Cases differ in what our own code does, bindings in how a widget is asked: one case shows that,
    and a window for each would take a third of the time that the whole suite may take.
    """
    if API_NAME != "PyQt5":
        return
    first: dict[str, pytest.Item] = {}
    for item in items:
        first.setdefault(item.nodeid.partition("[")[0], item)
    left_out = [item for item in items if first[item.nodeid.partition("[")[0]] is not item]
    items[:] = list(first.values())
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


@pytest.fixture
def vessels_project(tmp_path: Path) -> Path:
    """Return a project of six places with two dates each and moving masks."""
    return make_project(tmp_path, apart(6, mask_values=(0, 1)), VESSELS)


@pytest.fixture
def desk(
    make_napari_viewer_proxy: Callable[[], object], vessels_project: Path, qtbot: QtBot
) -> Iterator[Desk]:
    """Return a desk with the project open and its first chip drawn."""
    desk = desk_of(make_napari_viewer_proxy())
    drawn: list[object] = []
    desk.pictured.connect(lambda *answer: drawn.append(answer))
    desk.open(vessels_project)
    qtbot.waitUntil(lambda: bool(drawn))
    yield desk
    desk.close()
