"""Why somebody should look at an image: noted, settled by a decision on it, back by its undo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s2label.doubts import DoubtRecord
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.types import Decision, Subject, Verdict
from tests.core.test_queue_plans import plans_of
from tests.factories.catalog import chip_record, merge, new_catalog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.catalog.store import Catalog

FOREMOST = QueueSpec(order=QueueOrder.DOUBT, descending=True, only_doubtful=True)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Return four places of two images with a mask for both."""
    catalog = new_catalog(tmp_path, [chip_record(n, images=["a", "b"]) for n in range(4)])
    yield catalog
    assert catalog.state_differences() == []
    catalog.close()


def doubt(image: str, rank: float = 1.0, words: str = "Almost called vessel.") -> DoubtRecord:
    return DoubtRecord(image, 1, "scene", "tiny-1", "near the threshold", words, 0.5, rank)


def decide(catalog: Catalog, image: str, verdict: Verdict = Verdict.ACCEPT) -> None:
    catalog.decide([Decision(Subject.IMAGE, image, verdict)])


def test_only_doubtful_images_come_the_foremost_first(catalog: Catalog) -> None:
    first, second, third, *others = catalog.image_ids()
    assert not catalog.has_doubts()
    assert catalog.note_doubts([doubt(second, 1.0), doubt(first, 0.2), doubt(third, 0.7)]) == 3
    assert catalog.has_doubts()
    assert catalog.queue(FOREMOST) == [second, third, first]
    everything = replace(FOREMOST, only_doubtful=False)
    assert catalog.queue(everything) == [second, third, first, *reversed(others)]


def test_a_decision_settles_a_doubt_and_its_undo_brings_it_back(catalog: Catalog) -> None:
    image = catalog.image_ids()[0]
    catalog.note_doubts([doubt(image)])
    everything = replace(FOREMOST, only_open=False)
    for verdict in (Verdict.ACCEPT, Verdict.REJECT):
        decide(catalog, image, verdict)
        assert catalog.doubts() == {}
        assert catalog.queue(everything) == []
    decide(catalog, image, Verdict.OPEN)
    assert [each.words for each in catalog.doubts()[image]] == ["Almost called vessel."]
    catalog.undo()
    assert catalog.doubts() == {}
    catalog.undo()
    catalog.undo()
    assert catalog.queue(everything) == [image]
    catalog.redo()
    assert catalog.queue(everything) == []


def test_a_decision_from_before_settles_nothing_even_if_it_is_done_again(catalog: Catalog) -> None:
    image = catalog.image_ids()[0]
    decide(catalog, image)
    catalog.note_doubts([doubt(image)])
    everything = replace(FOREMOST, only_open=False)
    assert catalog.queue(everything) == [image]
    decide(catalog, image, Verdict.REJECT)
    assert catalog.queue(everything) == []
    catalog.undo()
    assert catalog.queue(everything) == [image]
    catalog.undo()
    catalog.redo()
    assert catalog.queue(everything) == [image]


def test_the_last_result_counts_and_saying_the_same_again_adds_nothing(catalog: Catalog) -> None:
    first, second, *_ = catalog.image_ids()
    catalog.note_doubts(
        [doubt(first), doubt(first, 0.5, "Within 3 pixels of land."), doubt(second)]
    )
    assert [each.rank for each in catalog.doubts()[first]] == [1.0, 0.5]
    decide(catalog, first)
    assert catalog.note_doubts([doubt(second), doubt(first, 0.5, "Within 3 pixels of land.")]) == 1
    assert catalog.note_doubts([doubt(second)]) == 0
    assert [each.rank for each in catalog.doubts()[first]] == [0.5]


def test_what_was_said_of_an_earlier_version_says_nothing_of_this_one(catalog: Catalog) -> None:
    image = catalog.image_ids()[0]
    catalog.note_doubts([doubt(image), doubt("no such image"), replace(doubt(image), rank=0.1)])
    merge(catalog, [chip_record(0, images=["changed", "b"])])
    assert catalog.doubts() == {}
    assert catalog.queue(FOREMOST) == []
    assert catalog.note_doubts([doubt(image)]) == 0


def test_a_mask_is_asked_for_until_somebody_decides_on_it(catalog: Catalog) -> None:
    image = catalog.image_ids()[0]
    place = next(row["place"] for row in catalog.list_images() if row["id"] == image)
    (mask,) = (row["id"] for row in catalog.list_masks() if row["place"] == place)
    catalog.note_doubts([doubt(image)])
    of_masks = replace(FOREMOST, subject=Subject.MASK, only_open=False)
    assert catalog.queue(of_masks) == [mask]
    catalog.decide([Decision(Subject.MASK, mask, Verdict.ACCEPT)])
    assert catalog.queue(of_masks) == []


def test_lists_and_counts_tell_of_them(catalog: Catalog) -> None:
    image, other, *_ = catalog.image_ids()
    catalog.note_doubts([doubt(image)])
    rows = {row["id"]: row["doubts"] for row in catalog.list_images()}
    assert [each["kind"] for each in rows[image]] == ["near the threshold"]
    assert rows[other] == []
    assert catalog.counts()["images_doubtful"] == 1
    chip = catalog.chip(image)
    assert chip is not None
    assert chip.doubts == ("Almost called vessel.",)


def test_they_survive_that_the_states_are_made_anew(catalog: Catalog) -> None:
    first, second, *_ = catalog.image_ids()
    catalog.note_doubts([doubt(first), doubt(second, 0.5)])
    decide(catalog, first)
    catalog.rebuild_states()
    assert catalog.queue(FOREMOST) == [second]


@pytest.mark.parametrize("subject", Subject)
@pytest.mark.parametrize("only_doubtful", [True, False])
def test_the_queue_goes_by_an_index(
    catalog: Catalog, subject: Subject, only_doubtful: bool
) -> None:
    spec = replace(FOREMOST, subject=subject, only_doubtful=only_doubtful)
    steps = plans_of(catalog, lambda: catalog.queue(spec))
    assert all("COVERING INDEX ix_state_subject_state_doubt_id" in step for step in steps)


def test_the_reasons_of_a_chip_are_found_without_going_through_all(catalog: Catalog) -> None:
    ids = catalog.image_ids()
    catalog.note_doubts([doubt(id_) for id_ in ids])
    decide(catalog, ids[1])
    steps = plans_of(catalog, lambda: catalog.chip(ids[0]))
    assert any("doubt" in step for step in steps)
    scans = [step for step in steps if step.startswith("SCAN") and "last_said" not in step]
    assert scans == []
