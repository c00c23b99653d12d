"""A desk with a small real project in a napari viewer."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from napari_s2label.desk import Desk, desk_of

from s2label.classes import VESSELS
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture(autouse=True)
def _only_new_objects_are_searched() -> None:
    """Leave what is there already out of garbage collection.

    napari looks for leaks with several full collections after each viewer; going through all
    modules and all earlier tests again takes seconds.
    """
    gc.freeze()


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
