"""The order by what the model finds, as one chooses it in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from napari_s2label.parts.queue_chooser import QueueChooser
from napari_s2label.parts.suggest_all import SuggestAll
from napari_s2label.parts.words import NO_WORTHS, chip_lines

from s2label.project import open_project
from s2label.queue_specs import QueueOrder
from s2label.worth_files import leave_worths

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot

    from s2label.review.session import ReviewSession


@pytest.fixture
def chooser(desk: Desk, qtbot: QtBot) -> QueueChooser:
    widget = QueueChooser(desk)
    qtbot.addWidget(widget)
    return widget


def session_of(desk: Desk) -> ReviewSession:
    assert desk.session is not None
    return desk.session


def image_ids(desk: Desk) -> list[str]:
    assert desk.project is not None
    return desk.project.catalog.image_ids()


def choose(chooser: QueueChooser, words: str) -> None:
    """Choose an order as a click on its line does."""
    chooser._order.setCurrentText(words)
    assert chooser._order.currentText() == words
    chooser._order.activated.emit(chooser._order.currentIndex())


def shown(desk: Desk) -> str | None:
    chip = session_of(desk).chip
    return chip.image.id if chip else None


def test_what_the_model_finds_most_on_comes_first(
    desk: Desk, chooser: QueueChooser, qtbot: QtBot
) -> None:
    assert desk.project is not None
    ids = image_ids(desk)
    desk.project.catalog.note_worths("tiny-1", {ids[3]: 1.0, ids[5]: 7.0})
    choose(chooser, "by what the model finds")
    qtbot.waitUntil(lambda: shown(desk) == ids[5])
    assert session_of(desk).queue.order is QueueOrder.WORTH
    assert chooser._descending.isChecked()
    chip = session_of(desk).chip
    assert chip is not None
    line = chip_lines(chip, session_of(desk), desk.project.classes)
    assert "1 of 12 by what the model finds" in line
    session_of(desk).forward()
    assert shown(desk) == ids[3]


def test_another_order_begins_at_its_own_start_again(
    desk: Desk, chooser: QueueChooser, qtbot: QtBot
) -> None:
    choose(chooser, "by what the model finds")
    choose(chooser, "by name")
    assert not session_of(desk).queue.descending
    chooser._descending.click()
    choose(chooser, "by date")
    assert session_of(desk).queue.descending


def test_where_no_model_has_looked_that_is_said(desk: Desk, chooser: QueueChooser) -> None:
    told: list[str] = []
    desk.told.connect(told.append)
    choose(chooser, "by date")
    choose(chooser, "by what the model finds")
    assert told == [NO_WORTHS]


def test_when_a_job_ends_what_it_found_gives_the_order(
    desk: Desk, chooser: QueueChooser, qtbot: QtBot
) -> None:
    assert desk.project is not None
    part = SuggestAll(desk)
    qtbot.addWidget(part)
    last = image_ids(desk)[-1]
    leave_worths(desk.project, "tiny-1", {last: 2.0})
    desk.jobs.ended.emit()
    choose(chooser, "by what the model finds")
    qtbot.waitUntil(lambda: shown(desk) == last)


def test_what_was_left_while_no_window_was_open_gives_the_order(
    desk: Desk, vessels_project: Path, chooser: QueueChooser, qtbot: QtBot
) -> None:
    assert desk.project is not None
    last = image_ids(desk)[-1]
    desk.close()
    with open_project(vessels_project) as reading:
        leave_worths(reading, "tiny-1", {last: 2.0})
    desk.open(vessels_project)
    choose(chooser, "by what the model finds")
    qtbot.waitUntil(lambda: shown(desk) == last)
