"""Doubtful places of a predicted scene, as one goes through them in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from napari_s2label.parts.queue_chooser import QueueChooser
from napari_s2label.parts.words import NO_DOUBTS, chip_lines

from s2label.doubts import DoubtRecord
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.types import Decision, Subject, Verdict

if TYPE_CHECKING:
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


def doubt(image: str, words: str, rank: float) -> DoubtRecord:
    return DoubtRecord(image, 1, "scene", "tiny-1", "at the quay", words, 0.5, rank)


def choose(chooser: QueueChooser, words: str) -> None:
    """Choose an order as a click on its line does."""
    chooser._order.setCurrentText(words)
    assert chooser._order.currentText() == words
    chooser._order.activated.emit(chooser._order.currentIndex())


def lines(desk: Desk) -> str:
    chip, project = session_of(desk).chip, desk.project
    assert chip is not None
    assert project is not None
    return chip_lines(chip, session_of(desk), project.classes)


def test_only_doubtful_chips_come_the_foremost_first_with_the_reason(
    desk: Desk, chooser: QueueChooser, qtbot: QtBot
) -> None:
    assert desk.project is not None
    first, second, *_ = desk.project.catalog.image_ids()
    desk.project.catalog.note_doubts(
        [doubt(first, "Called vessel <near> land.", 0.5), doubt(second, "Almost called vessel.", 1)]
    )
    choose(chooser, "doubtful places")
    qtbot.waitUntil(lambda: session_of(desk).number == (1, 2))
    assert chooser._only_doubtful.isVisibleTo(chooser)
    assert chooser._only_doubtful.isChecked()
    assert "1 of 2 doubtful places: Almost called vessel." in lines(desk)
    session_of(desk).forward()
    qtbot.waitUntil(lambda: "Called vessel &lt;near&gt; land." in lines(desk))


def test_all_may_come_after_them(desk: Desk, chooser: QueueChooser, qtbot: QtBot) -> None:
    assert desk.project is not None
    ids = desk.project.catalog.image_ids()
    desk.project.catalog.note_doubts([doubt(ids[3], "Almost called vessel.", 1)])
    choose(chooser, "doubtful places")
    chooser._only_doubtful.click()
    qtbot.waitUntil(lambda: session_of(desk).number == (1, len(ids)))
    assert session_of(desk).queue == QueueSpec(order=QueueOrder.DOUBT, descending=True)


def test_in_another_order_the_reason_stands_on_a_line_of_its_own(
    desk: Desk, chooser: QueueChooser, qtbot: QtBot
) -> None:
    assert desk.project is not None
    chip = session_of(desk).chip
    assert chip is not None
    image = chip.image.id
    desk.project.catalog.note_doubts([doubt(image, "Almost called vessel.", 1)])
    choose(chooser, "doubtful places")
    choose(chooser, "by name")
    assert not chooser._only_doubtful.isVisibleTo(chooser)
    session_of(desk).show(image)
    qtbot.waitUntil(lambda: "doubtful: Almost called vessel." in lines(desk))
    assert not session_of(desk).queue.only_doubtful


def test_where_no_scene_brought_any_it_says_what_is_missing(
    desk: Desk, chooser: QueueChooser
) -> None:
    told: list[str] = []
    desk.told.connect(told.append)
    choose(chooser, "doubtful places")
    assert told == [NO_DOUBTS]


def test_a_decided_chip_is_doubtful_no_more(desk: Desk) -> None:
    assert desk.project is not None
    catalog = desk.project.catalog
    image = catalog.image_ids()[0]
    catalog.note_doubts([doubt(image, "Almost called vessel.", 1)])
    catalog.decide([Decision(Subject.IMAGE, image, Verdict.ACCEPT)])
    chip = catalog.chip(image)
    assert chip is not None
    assert chip.doubts == ()
