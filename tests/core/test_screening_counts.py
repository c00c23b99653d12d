"""How far screening is and what it found, in numbers; and queues of a few images only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.review.session import ReviewSession
from s2label.screening_records import FindingCount, FindingRecord, ScreeningRecord, SettledFinding
from s2label.types import Decision, State, Subject, Verdict
from tests.factories.catalog import chip_record, merge, new_catalog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.catalog.store import Catalog
    from s2label.types import Act

SHARES = (0.1, 0.4, 0.8)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Yield a catalog of three places with two dates each; five of the images are screened."""
    catalog = new_catalog(tmp_path, [chip_record(n, images=("first", "second")) for n in range(3)])
    clouds = (0.9, 0.5, 0.4, 0.05, None)
    methods = ("scl", "scl", "scl", "index", "index")
    found = zip(catalog.image_ids(), clouds, methods, strict=False)
    catalog.screenings.note(
        [
            ScreeningRecord(id_, 1, method, cloud or 0.0, valid_cloud=cloud)
            for id_, cloud, method in found
        ]
    )
    yield catalog
    catalog.close()


def note_findings(catalog: Catalog, kind: str, *ids: str) -> None:
    found = [FindingRecord(id_, 1, kind, f"{kind}: look at it") for id_ in ids]
    catalog.screenings.note_findings(ids, found, [kind])


def reject(catalog: Catalog, *ids: str) -> Act | None:
    return catalog.decide([Decision(Subject.IMAGE, id_, Verdict.REJECT, "") for id_ in ids])


def test_images_are_counted_by_method_and_by_how_much_cloud_they_have(catalog: Catalog) -> None:
    counts = catalog.screenings.counts(SHARES)
    assert (counts.images, counts.screened) == (6, 5)
    assert counts.by_method == {"scl": 3, "index": 2}
    assert counts.cloudier == {0.1: 3, 0.4: 2, 0.8: 1}


def test_an_image_whose_source_changed_counts_as_not_screened(catalog: Catalog) -> None:
    merge(catalog, [chip_record(0, images=("other", "second"))])
    counts = catalog.screenings.counts(SHARES)
    assert counts.by_method == {"scl": 2, "index": 2}
    assert counts.cloudier[0.8] == 0


def test_findings_are_counted_by_kind_and_those_of_rejected_images_are_not(
    catalog: Catalog,
) -> None:
    first, second, third, *_ = catalog.image_ids()
    note_findings(catalog, "level", first, second, third)
    note_findings(catalog, "saturated", first)
    reject(catalog, second)
    assert catalog.screenings.counts().findings == (
        FindingCount("level", 2, "level: look at it"),
        FindingCount("saturated", 1, "saturated: look at it"),
    )
    assert catalog.screenings.images_with_open("level") == [first, third]
    assert catalog.screenings.words_of(first) == ["level: look at it", "saturated: look at it"]


def test_what_is_settled_is_told_with_its_reason_until_it_is_open_again(catalog: Catalog) -> None:
    first, second, *_ = catalog.image_ids()
    note_findings(catalog, "saturated", first, second)
    catalog.screenings.settle("saturated", [first], "sun glint")
    counts = catalog.screenings.counts()
    (settled,) = counts.settled
    assert replace(settled, who="") == SettledFinding("saturated", 1, "sun glint", "")
    assert settled.who
    assert [f.images for f in counts.findings] == [1]
    assert catalog.screenings.words_of(first) == []
    catalog.screenings.reopen("saturated", None)
    assert catalog.screenings.counts().settled == ()


def test_a_finding_that_is_gone_is_settled_no_more(catalog: Catalog) -> None:
    first = catalog.image_ids()[0]
    note_findings(catalog, "saturated", first)
    catalog.screenings.settle("saturated", None, "sun glint")
    catalog.screenings.note_findings([first], [])
    assert catalog.screenings.counts().settled == ()


def test_whether_an_order_is_known_of_any_image_is_told(catalog: Catalog) -> None:
    assert catalog.screenings.has_any(QueueOrder.CLOUD)
    assert not catalog.screenings.has_any(QueueOrder.REJECTION)
    catalog.screenings.note_chances({catalog.image_ids()[0]: 0.5}, 50)
    assert catalog.screenings.has_any(QueueOrder.REJECTION)


def test_a_queue_among_a_few_images_has_these_only_in_its_order(catalog: Catalog) -> None:
    first, second, third, *_ = catalog.image_ids()
    spec = QueueSpec(order=QueueOrder.CLOUD, among=(first, "gone", third))
    assert catalog.queue(spec) == [third, first]
    assert catalog.queue(replace(spec, descending=True), limit=1) == [first]
    reject(catalog, first)
    assert catalog.queue(spec) == [third]
    assert catalog.queue(replace(spec, only_open=False)) == [third, first]
    assert second not in catalog.queue(replace(spec, only_open=False))


def test_a_bookmark_keeps_the_order_but_not_the_few_images(catalog: Catalog) -> None:
    session = ReviewSession(catalog)
    session.set_queue(QueueSpec(among=tuple(catalog.image_ids()[:2]), title="of two"))
    assert session.number == (1, 2)
    assert session.bookmark.queue == QueueSpec()
    session.close()


def test_an_act_that_takes_long_is_told_when_it_is_written_and_its_images_are_passed_over(
    catalog: Catalog,
) -> None:
    first, second, third, *_ = catalog.image_ids()
    session = ReviewSession(catalog)
    acts: list[Act] = []
    told: list[Act | None] = []
    session.acted.connect(acts.append)
    session.submit_act(lambda: reject(catalog, first, second), then=told.append)
    assert [act.changes for act in acts] == [2]
    assert told == acts
    assert session.chip is not None
    assert session.chip.image_state is State.REJECTED
    session.forward()
    assert session.chip.image.id == third
    session.undo()
    assert catalog.counts()["images_open"] == 6
    session.close()
