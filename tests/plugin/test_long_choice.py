"""Long names in a narrow dock: what tells them apart stays in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.long_choice import LongChoice
from napari_s2label.parts.scene_form import SceneForm
from napari_s2label.training_facts import Models, model_name

from tests.factories.shelf import record

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# What a dock of 310 px leaves for it in a window of 1366 x 768.
ROOM_PX = 213
LONG, SHORT = "landcover_resnet34 11-21 17:04", "tiny 11-21 17:04"


@pytest.fixture
def choice(qtbot: QtBot) -> LongChoice:
    choice = LongChoice({"long": LONG, "short": SHORT}, "A model")
    qtbot.addWidget(choice)
    choice.resize(ROOM_PX, 28)
    choice.show()
    return choice


def test_both_ends_of_long_words_stay_in_sight_and_short_ones_are_whole(
    choice: LongChoice,
) -> None:
    before, _, after = choice.shown.partition("…")
    assert LONG.startswith(before)
    assert before.startswith("landcover_")
    assert after.endswith(" 17:04")
    assert choice.fontMetrics().horizontalAdvance(choice.shown) < ROOM_PX
    choice.choose("short")
    assert choice.shown == SHORT


def test_what_is_painted_is_what_is_said_to_be_shown(choice: LongChoice) -> None:
    long = choice.grab().toImage()
    choice.setItemText(0, choice.shown)
    assert choice.grab().toImage() == long


def test_a_model_is_called_by_recipe_and_time_and_its_tip_says_all(qtbot: QtBot) -> None:
    its = record()
    form = SceneForm(Dialogs())
    qtbot.addWidget(form)
    form.show_models(Models((its,), in_use=its.id))
    words = [form.model.itemText(number) for number in range(form.model.count())]
    when = model_name(its).removeprefix("vessels_unet of 2024-")  # local time, wherever this runs
    assert words == ["in use: vessels_unet", f"vessels_unet {when}"]
    assert form.model.toolTip().splitlines()[1:] == [
        f"vessels_unet of 2024-{when}, score 0.61",
        its.id,
    ]
