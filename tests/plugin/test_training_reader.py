"""Questions about a project for the train dock: nobody waits for them, nothing is lost."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from napari_s2label import label_counting
from napari_s2label.training_reader import TrainingReader
from s2label_training.shelf import Shelf

from s2label.labelled.survey import LabelSurvey, survey_labels
from tests.factories.suggesting import put_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from s2label.project import Project

LONG_S = 20.0


@pytest.fixture
def reader(qapp: object, vessels_project: Path) -> TrainingReader:
    """Return what reads of a project with two models, of which the second is in use."""
    put_in_use(vessels_project, "first")
    put_in_use(vessels_project, "second")
    reader = TrainingReader()
    reader.begin(vessels_project)
    return reader


class SlowCount:
    """Counts labels when a test lets it."""

    def __init__(self) -> None:
        self.go_on, self.begun, self.count = threading.Event(), threading.Event(), 0

    def __call__(self, project: Project, groups: dict[str, str]) -> LabelSurvey:
        self.count += 1
        self.begun.set()
        assert self.go_on.wait(LONG_S)
        return survey_labels(project, groups)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowCount]:
    """Return what lets the counting of labels go on."""
    slow = SlowCount()
    monkeypatch.setattr(label_counting, "survey_labels", slow)
    yield slow
    slow.go_on.set()


def test_many_questions_during_a_count_are_one_more_count(
    reader: TrainingReader, slow: SlowCount, qtbot: QtBot, tmp_path: Path
) -> None:
    surveys: list[object] = []
    reader.surveyed.connect(surveys.append)
    for _ in range(5):
        reader.ask_survey()
    assert slow.begun.wait(LONG_S)
    slow.go_on.set()

    qtbot.waitUntil(lambda: len(surveys) >= 2)
    with qtbot.waitSignal(reader._counting.failed):  # asked last, so answered last
        reader._counting.begin(tmp_path / "none")
        reader.ask_survey()
    assert slow.count == 2


def test_a_model_comes_into_use_while_labels_are_counted(
    reader: TrainingReader, slow: SlowCount, qtbot: QtBot, vessels_project: Path
) -> None:
    reader.ask_survey()
    assert slow.begun.wait(LONG_S)

    with qtbot.waitSignal(reader.use_changed):
        reader.promote("first", "for a test")

    assert Shelf(vessels_project).in_use == "first"
    assert not slow.go_on.is_set()


def test_another_project_is_begun_while_labels_are_counted(
    reader: TrainingReader, slow: SlowCount, qtbot: QtBot, vessels_project: Path
) -> None:
    surveys: list[object] = []
    reader.surveyed.connect(surveys.append)
    reader.ask_survey()
    assert slow.begun.wait(LONG_S)

    reader.begin(None)  # waits for nobody: only this test lets the count go on
    slow.go_on.set()
    reader.begin(vessels_project)
    reader.ask_survey()

    qtbot.waitUntil(lambda: bool(surveys))
    assert slow.count == 2
    assert len(surveys) == 1, "that of the project before is dropped"


def test_a_model_that_shall_come_into_use_does_though_the_project_is_closed(
    reader: TrainingReader, qtbot: QtBot, vessels_project: Path
) -> None:
    with qtbot.waitSignal(reader.use_changed):
        for _ in range(20):
            reader.ask_models()
        reader.roll_back()
        reader.begin(None)

    assert Shelf(vessels_project).in_use == "first"
