"""Views by key: the next, the one before, the n-th, and words where a chip cannot show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari_s2label.keys import ACTIONS
from napari_s2label.triage import TriageWidget

from s2label.raster import RasterPool
from s2label.review.pictures import Look, draw_chip

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

# Of the views that every project has, those that B02, B03, B04 and B08 are enough for.
SHOWN = ["true colour", "false colour", "NDVI", "NDWI", "brightness"]


@pytest.fixture
def told(desk: Desk) -> list[str]:
    """Return what the desk tells, from now on."""
    lines: list[str] = []
    desk.told.connect(lambda line: lines.append(line))
    return lines


def press(desk: Desk, id_: str) -> None:
    next(action for action in ACTIONS if action.id == id_).run(desk)


def press_and_wait(desk: Desk, id_: str, qtbot: QtBot) -> None:
    with qtbot.waitCallback() as drawn:
        desk.pictured.connect(drawn)
        press(desk, id_)
    desk.pictured.disconnect(drawn)


def shown(desk: Desk) -> NDArray[np.uint8]:
    assert desk.layers is not None
    return np.asarray(desk.layers.image.data)


def drawn_as(desk: Desk, view: str) -> NDArray[np.uint8]:
    assert desk.project is not None
    assert desk.session is not None
    assert desk.session.chip is not None
    with RasterPool() as pool:
        picture = draw_chip(desk.project, desk.session.chip, Look(view), pool)
    assert picture.view == view
    return picture.rgb


@pytest.mark.parametrize(
    ("id_", "view"),
    [
        pytest.param("view_1", "true colour", id="F1"),
        pytest.param("view_2", "false colour", id="F2"),
        pytest.param("view_4", "NDVI", id="F4"),
        pytest.param("view_5", "NDWI", id="F5"),
        pytest.param("view_7", "brightness", id="F7"),
    ],
)
def test_a_view_has_its_key(desk: Desk, told: list[str], qtbot: QtBot, id_: str, view: str) -> None:
    press_and_wait(desk, id_, qtbot)

    assert np.array_equal(shown(desk), drawn_as(desk, view))
    assert told[-1].startswith(f"{view}: ")


@pytest.mark.parametrize(
    ("id_", "words"),
    [
        pytest.param("view_3", "short-wave infrared: the image has no B11", id="F3"),
        pytest.param("view_6", "MNDWI: the image has no B11", id="F6"),
        pytest.param("view_8", "there are 7 views; project.toml can add more", id="F8"),
    ],
)
def test_a_view_that_is_missing_is_told_and_changes_nothing(
    desk: Desk, told: list[str], id_: str, words: str
) -> None:
    press(desk, id_)

    assert told == [words]
    assert desk.look == Look()
    assert np.array_equal(shown(desk), drawn_as(desk, "true colour"))


def test_next_and_before_go_round_among_the_views_of_the_chip(
    desk: Desk, told: list[str], qtbot: QtBot
) -> None:
    for _ in SHOWN:
        press_and_wait(desk, "next_view", qtbot)
    assert [line.split(":")[0] for line in told] == [*SHOWN[1:], SHOWN[0]]

    told.clear()
    press_and_wait(desk, "previous_view", qtbot)
    assert told[0].startswith("brightness: ")


def test_the_view_stays_from_chip_to_chip_and_is_told_once(
    desk: Desk, told: list[str], qtbot: QtBot
) -> None:
    press_and_wait(desk, "view_4", qtbot)
    press_and_wait(desk, "skip", qtbot)

    assert told == ["NDVI: (B08 - B04) / (B08 + B04), -1 to 1 in RdYlGn"]
    assert np.array_equal(shown(desk), drawn_as(desk, "NDVI"))


def test_a_held_stretch_of_an_index_tells_its_limits(
    desk: Desk, told: list[str], qtbot: QtBot
) -> None:
    press_and_wait(desk, "view_4", qtbot)
    desk.stretch_locally(True)
    qtbot.waitUntil(lambda: told[-1].endswith("in RdYlGn, limits of this chip"))
    desk.stretch_locally(False)
    qtbot.waitUntil(lambda: told[-1].endswith("-1 to 1 in RdYlGn"))


def test_the_button_says_what_is_shown_and_which_keys_lead_on(desk: Desk, qtbot: QtBot) -> None:
    triage = TriageWidget(desk.viewer)
    qtbot.addWidget(triage)

    press_and_wait(desk, "view_5", qtbot)

    tip = triage._buttons["next_view"].toolTip()
    assert "NDWI: (B03 - B08) / (B03 + B08), -1 to 1 in RdBu" in tip
    assert "Next view: N, view before: Shift+N" in tip


def test_keys_without_a_project_do_nothing(desk: Desk, told: list[str]) -> None:
    desk.close()
    told.clear()

    for action in ACTIONS:
        if "view" in action.id:
            press(desk, action.id)

    assert told == []
