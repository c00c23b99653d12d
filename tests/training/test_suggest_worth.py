"""``s2label suggest`` says which chips a look is worth most at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from s2label_training.shelf import Shelf
from s2label_training.suggesting import suggest_all

from s2label.conditions import Conditions
from s2label.handover import take_all
from s2label.project import open_project
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.suggestion_files import read_suggestion
from s2label.worth import worth_of
from s2label.worth_files import take_oldest_worths
from tests.factories import bundles, fleet
from tests.factories.catalog import writing_elsewhere
from tests.factories.commands import do

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "tiny-1"
MOST_FIRST = QueueSpec(order=QueueOrder.WORTH, descending=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of four images with a model in use."""
    project = fleet.make_fleet(tmp_path, groups=2, places=2)
    bundles.write_bundle(project / "models" / MODEL, bundles.record(MODEL, threshold=0.3))
    Shelf(project).promote(MODEL, "for the test")
    return project


def by_suggestion(project: Path) -> list[str]:
    """Return the images in the order of what was suggested for them, the most first."""
    worths = {}
    with open_project(project) as opened:
        for id_, chip in opened.catalog.chips(opened.catalog.image_ids()).items():
            found = read_suggestion(opened, chip.image, MODEL)
            assert found is not None
            worths[id_] = worth_of(found)
    assert len(set(worths.values())) == len(worths)
    return sorted(worths, key=lambda id_: -worths[id_])


def queue(project: Path) -> list[str]:
    with open_project(project) as opened:
        return opened.catalog.queue(MOST_FIRST)


def test_the_command_brings_the_order_of_what_it_found(project: Path) -> None:
    do("suggest", project)
    assert queue(project) == by_suggestion(project)


def test_beside_a_program_that_writes_the_order_waits_until_that_takes_it(project: Path) -> None:
    with writing_elsewhere(project):
        do("suggest", project)
        with open_project(project) as reading:
            assert not reading.catalog.has_worths()
    with open_project(project, write=True) as writing:
        take_all(take_oldest_worths, writing)
    assert queue(project) == by_suggestion(project)


def test_what_was_done_before_a_stop_is_known(project: Path) -> None:
    with open_project(project, write=True) as opened:
        job = suggest_all(opened, Conditions())
        next(job)
        next(job)
        job.close()
        take_all(take_oldest_worths, opened)
    assert queue(project) == by_suggestion(project)


def test_suggestions_that_are_there_already_get_their_order_too(project: Path) -> None:
    do("suggest", project)
    with open_project(project, write=True) as opened:
        opened.catalog.note_worths("another", dict.fromkeys(opened.catalog.image_ids(), 0.0))
    assert "0 of 4 images got a suggestion now, 4 had one" in do("suggest", project).out
    assert queue(project) == by_suggestion(project)
