"""How much a look is worth: from a suggestion through a file into the order of a queue."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.catalog.rows import CHUNK
from s2label.classes import VESSELS
from s2label.errors import CatalogError
from s2label.handover import take_all
from s2label.project import open_project
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.suggestions import Suggestion
from s2label.types import Subject
from s2label.worth import worth_of
from s2label.worth_files import leave_worths, take_oldest_worths
from tests.core.test_queue_plans import plans_of
from tests.factories.catalog import chip_record, merge, new_catalog
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.catalog.store import Catalog
    from s2label.project import Project

MOST_FIRST = QueueSpec(order=QueueOrder.WORTH, descending=True)


def suggestion(vessel: float, pixels: int = 4, values: tuple[int, ...] = (0, 1)) -> Suggestion:
    """Return a suggestion that is so sure of a vessel in some pixels, and of none elsewhere."""
    likely = np.zeros((len(values), 8, 8), np.uint8)
    likely[-1].flat[:pixels] = round(255 * vessel)
    likely[0] = 255 - likely[-1]
    return Suggestion("image", "tiny-1", 16, values, likely)


# -- the number -----------------------------------------------------------------------------------


def test_nothing_proposed_is_worth_nothing() -> None:
    assert worth_of(suggestion(0.0)) == 0


def test_the_surer_of_a_class_and_the_more_of_it_the_more_it_is_worth() -> None:
    assert worth_of(suggestion(0.9)) > worth_of(suggestion(0.6)) > worth_of(suggestion(0.3)) > 0
    assert worth_of(suggestion(0.9, pixels=8)) > worth_of(suggestion(0.9, pixels=4))


def test_nodata_is_worth_nothing() -> None:
    empty = np.zeros((2, 8, 8), np.uint8)
    assert worth_of(Suggestion("image", "tiny-1", 16, (0, 1), empty)) == 0
    assert worth_of(Suggestion("image", "tiny-1", 16, (1, 2), empty)) == 0


def test_where_all_is_some_class_doubt_is_what_counts() -> None:
    sure, torn = suggestion(0.0, 64, (1, 2)), suggestion(0.5, 64, (1, 2))
    assert worth_of(torn) > worth_of(sure) == 0


# -- the catalog ----------------------------------------------------------------------------------


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Return four places of two images with a mask for both."""
    catalog = new_catalog(tmp_path, [chip_record(n, images=["a", "b"]) for n in range(4)])
    yield catalog
    catalog.close()


def test_the_most_worth_comes_first_and_what_no_model_saw_last(catalog: Catalog) -> None:
    first, second, third, *others = catalog.image_ids()
    assert catalog.note_worths("tiny-1", {first: 0.5, second: 0.0, third: 9.0}) == 3
    assert catalog.queue(MOST_FIRST) == [third, first, second, *reversed(others)]
    spec = QueueSpec(order=QueueOrder.WORTH)
    assert catalog.queue(spec) == [second, first, third, *others]


def test_a_mask_is_worth_what_the_best_of_its_images_is(catalog: Catalog) -> None:
    masks = {row["place"]: row["id"] for row in catalog.list_masks()}
    places = {row["id"]: row["place"] for row in catalog.list_images()}
    one, _, other, *_ = catalog.image_ids()
    catalog.note_worths("tiny-1", {one: 1.0, other: 2.0})
    spec = QueueSpec(Subject.MASK, QueueOrder.WORTH, descending=True)
    assert catalog.queue(spec, limit=2) == [masks[places[other]], masks[places[one]]]


def test_the_last_word_counts(catalog: Catalog) -> None:
    first, second, *_ = catalog.image_ids()
    catalog.note_worths("tiny-1", {first: 1.0, second: 2.0})
    catalog.note_worths("tiny-2", {first: 3.0})
    assert catalog.queue(MOST_FIRST, limit=2) == [first, second]


def test_what_is_known_already_is_not_written_again(catalog: Catalog) -> None:
    first, *_ = catalog.image_ids()
    assert catalog.note_worths("tiny-1", {first: 1.0, "no such image": 2.0}) == 1
    assert catalog.note_worths("tiny-1", {first: 1.0, "no such image": 2.0}) == 0
    assert catalog.note_worths("tiny-1", {first: 1.5}) == 1


def test_the_states_agree_with_what_was_noted_also_after_another_import(catalog: Catalog) -> None:
    first, second, *_ = catalog.image_ids()
    catalog.note_worths("tiny-1", {first: 1.0, second: 2.0})
    before = catalog.queue(MOST_FIRST)
    assert catalog.state_differences() == []
    merge(catalog, [chip_record(0, images=["changed", "b"])])
    assert catalog.state_differences() == []
    catalog.rebuild_states()
    assert catalog.queue(MOST_FIRST) == before


def test_whether_there_is_any_worth_can_be_asked(catalog: Catalog) -> None:
    assert not catalog.has_worths()
    catalog.note_worths("tiny-1", {catalog.image_ids()[0]: 0.0})
    assert catalog.has_worths()


@pytest.mark.parametrize("subject", Subject)
def test_a_queue_by_worth_goes_by_an_index(catalog: Catalog, subject: Subject) -> None:
    spec = QueueSpec(subject, QueueOrder.WORTH, descending=True)
    steps = plans_of(catalog, lambda: catalog.queue(spec, limit=1))
    assert all("COVERING INDEX ix_state_subject_state_worth_id" in s for s in steps)


# -- the files between two programs ---------------------------------------------------------------


@pytest.fixture
def vessels_project(tmp_path: Path) -> Path:
    """Return a project of three places with two dates each and moving masks."""
    return make_project(tmp_path, apart(3, mask_values=(0, 1)), VESSELS)


@pytest.fixture
def project(vessels_project: Path) -> Iterator[Project]:
    with open_project(vessels_project, write=True) as project:
        yield project


def test_what_was_left_is_taken_over_once_and_the_latest_counts(project: Project) -> None:
    first, second, *_ = project.catalog.image_ids()
    leave_worths(project, "tiny-1", {first: 2.0, second: 1.0})
    leave_worths(project, "tiny-2", {first: 0.5})
    assert take_all(take_oldest_worths, project) == 2
    assert project.catalog.queue(MOST_FIRST, limit=2) == [second, first]
    assert take_all(take_oldest_worths, project) == 0
    assert list((project.folder / "models" / ".worth").iterdir()) == []


def test_many_worths_come_in_files_that_are_taken_over_one_by_one(project: Project) -> None:
    first, second, *_ = project.catalog.image_ids()
    elsewhere = {f"elsewhere-{number}": 1.0 for number in range(CHUNK - 1)}
    leave_worths(project, "tiny-1", {first: 1.0} | elsewhere | {second: 2.0})
    assert take_oldest_worths(project)
    assert project.catalog.queue(MOST_FIRST, limit=1) == [first]
    assert take_oldest_worths(project)
    assert project.catalog.queue(MOST_FIRST, limit=2) == [second, first]
    assert not take_oldest_worths(project)


def test_nothing_to_say_leaves_nothing(project: Project) -> None:
    leave_worths(project, "tiny-1", {})
    assert not (project.folder / "models" / ".worth").exists()


@pytest.mark.parametrize(
    "text", ["", "{", '{"model": "a", "worths": {"b": -1}}', '{"model": "a", "worths": {"b": NaN}}']
)
def test_a_damaged_file_is_dropped(project: Project, text: str) -> None:
    leave_worths(project, "tiny-1", {project.catalog.image_ids()[0]: 1.0})
    (path,) = (project.folder / "models" / ".worth").iterdir()
    path.write_text(text)
    take_all(take_oldest_worths, project)
    assert not project.catalog.has_worths()
    assert not path.exists()


def test_a_catalog_that_cannot_be_written_keeps_the_files(vessels_project: Path) -> None:
    with open_project(vessels_project) as reading:
        leave_worths(reading, "tiny-1", {reading.catalog.image_ids()[0]: 1.0})
        with pytest.raises(CatalogError):
            take_all(take_oldest_worths, reading)
    assert len(os.listdir(vessels_project / "models" / ".worth")) == 1
