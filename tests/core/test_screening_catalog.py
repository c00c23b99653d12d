"""What screening found, in the catalog: kept for a version, carried into the queues, settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.screening_records import FindingRecord, ScreeningRecord
from s2label.types import State, Subject, Verdict
from tests.core.test_queue_plans import plans_of
from tests.factories.catalog import chip_record, image, merge, new_catalog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.catalog.store import Catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Yield a catalog of three places with two dates each, and static masks."""
    catalog = new_catalog(tmp_path, [chip_record(n, images=("first", "second")) for n in range(3)])
    yield catalog
    catalog.close()


def screening(id_: str, cloud: float | None, **facts: object) -> ScreeningRecord:
    share = 0.0 if cloud is None else cloud
    return ScreeningRecord(id_, 1, "scl", share, valid_cloud=cloud, **facts)  # type: ignore[arg-type]


def finding(id_: str, kind: str = "offset", version: int = 1) -> FindingRecord:
    return FindingRecord(id_, version, kind, f"{kind} of {id_}; look at it")


# -- clouds ---------------------------------------------------------------------------------------


def test_what_was_found_is_read_again_as_it_was(catalog: Catalog) -> None:
    id_ = catalog.image_ids()[0]
    statistics = {"B02": {"mean": 0.1, "deviation": 0.02, "p2": 0.05, "p98": 0.2}}
    record = screening(id_, 0.25, shadow=0.1, water_cloud=0.5, statistics=statistics)
    assert catalog.screenings.note([record]) == 1
    assert catalog.screenings.records() == {id_: record}
    assert catalog.screenings.methods() == {id_: "scl"}
    assert catalog.state_differences() == []


def test_the_latest_word_counts(catalog: Catalog) -> None:
    id_ = catalog.image_ids()[0]
    catalog.screenings.note([screening(id_, 0.25)])
    catalog.screenings.note([screening(id_, 0.75)])
    assert catalog.screenings.records()[id_].cloud == 0.75


def test_images_that_are_not_there_and_other_versions_are_left_out(catalog: Catalog) -> None:
    id_ = catalog.image_ids()[0]
    later = ScreeningRecord(id_, 2, "scl", 0.5)
    assert catalog.screenings.note([later, screening("no such image", 0.5)]) == 0
    assert catalog.screenings.records() == {}


def test_a_changed_image_has_no_clouds_until_it_is_screened_again(catalog: Catalog) -> None:
    id_ = catalog.image_ids()[0]
    catalog.screenings.note([screening(id_, 0.5)], [finding(id_)])
    merge(catalog, [chip_record(0, images=("other", "second"))])
    assert catalog.screenings.records() == {}
    assert catalog.screenings.open_findings() == []
    assert catalog.state_differences() == []


def test_a_mask_forgets_the_clouds_of_an_image_that_changed(catalog: Catalog) -> None:
    first, _, third, *_ = catalog.image_ids()
    catalog.screenings.note([screening(first, 0.1), screening(third, 0.5)])
    by_cloud = QueueSpec(Subject.MASK, QueueOrder.CLOUD)
    before = catalog.queue(by_cloud)[0]
    place = catalog.images([first])[first].place_id
    assert before == f"{place}-mask"
    merge(catalog, [chip_record(n, images=("other", "second")) for n in range(1)])
    assert catalog.queue(by_cloud)[0] != before


@pytest.mark.parametrize("descending", [False, True])
def test_a_queue_goes_by_cloud_and_what_was_not_screened_comes_last(
    catalog: Catalog, *, descending: bool
) -> None:
    first, second, third, *rest = catalog.image_ids()
    catalog.screenings.note([screening(first, 0.9), screening(second, None), screening(third, 0.1)])
    spec = QueueSpec(order=QueueOrder.CLOUD, descending=descending)
    known = [first, third] if descending else [third, first]
    assert catalog.queue(spec)[:2] == known
    assert set(catalog.queue(spec)[2:]) == {second, *rest}


def test_a_mask_of_a_place_has_the_clouds_of_its_clearest_date(catalog: Catalog) -> None:
    ids = catalog.image_ids()
    catalog.screenings.note(
        [screening(id_, c) for id_, c in zip(ids, (0.9, 0.2, 0.1, 0.8), strict=False)]
    )
    masks = catalog.queue(QueueSpec(Subject.MASK, QueueOrder.CLOUD))
    of_image = {id_: image.place_id for id_, image in catalog.images(ids).items()}
    expected = [of_image[ids[2]], of_image[ids[0]]]
    assert [m.removesuffix("-mask") for m in masks[:2]] == expected
    assert catalog.state_differences() == []


@pytest.mark.parametrize("order", [QueueOrder.CLOUD, QueueOrder.FINDING, QueueOrder.REJECTION])
def test_queues_by_what_screening_found_go_by_an_index(catalog: Catalog, order: QueueOrder) -> None:
    spec = QueueSpec(order=order, descending=True)
    steps = plans_of(catalog, lambda: catalog.queue(spec, limit=1))
    assert all(f"COVERING INDEX ix_state_subject_state_{order}_id" in s for s in steps)


# -- findings -------------------------------------------------------------------------------------


def test_images_with_a_finding_come_first_in_their_queue(catalog: Catalog) -> None:
    *_, last = ids = catalog.image_ids()
    catalog.screenings.note([screening(id_, 0.0) for id_ in ids], [finding(last)])
    assert catalog.queue(QueueSpec(order=QueueOrder.FINDING))[0] == last
    (found,) = catalog.screenings.open_findings()
    assert (found.image_id, found.kind, found.words) == (
        last,
        "offset",
        f"offset of {last}; look at it",
    )
    assert catalog.state_differences() == []


def test_a_settled_finding_does_not_block_until_that_is_taken_back(catalog: Catalog) -> None:
    first, second, *_ = ids = catalog.image_ids()
    catalog.screenings.note([screening(i, 0.0) for i in ids], [finding(first), finding(second)])
    assert catalog.screenings.settle("offset", [first], "a dark lake") == 1
    assert [f.image_id for f in catalog.screenings.open_findings()] == [second]
    assert catalog.screenings.settle("offset", None, "all lakes") == 1
    assert catalog.screenings.open_findings() == []
    assert catalog.state_differences() == []
    assert catalog.screenings.reopen("offset", None) == 2
    assert catalog.screenings.count_open_findings() == {"offset": 2}
    verdicts = [(s["who"], s["verdict"], s["why"]) for s in catalog.screenings.settlements()]
    assert verdicts == [
        ("Zoë", "settled", "a dark lake"),
        ("Zoë", "settled", "all lakes"),
        ("Zoë", "open", ""),
        ("Zoë", "open", ""),
    ]


def test_settling_one_kind_leaves_the_others(catalog: Catalog) -> None:
    id_ = catalog.image_ids()[0]
    catalog.screenings.note([screening(id_, 0.0)], [finding(id_), finding(id_, "blank")])
    catalog.screenings.settle("offset", None, "")
    assert [f.kind for f in catalog.screenings.open_findings()] == ["blank"]
    assert catalog.queue(QueueSpec(order=QueueOrder.FINDING))[0] == id_


def test_what_was_settled_stays_so_when_it_is_found_again(catalog: Catalog) -> None:
    id_ = catalog.image_ids()[0]
    catalog.screenings.note([screening(id_, 0.0)], [finding(id_)])
    catalog.screenings.settle("offset", None, "")
    catalog.screenings.note([screening(id_, 0.0)], [finding(id_)])
    assert catalog.screenings.open_findings() == []


def test_a_rejected_image_blocks_nothing_and_an_undo_brings_its_finding_back(
    catalog: Catalog,
) -> None:
    id_ = catalog.image_ids()[0]
    catalog.screenings.note([screening(id_, 0.0)], [finding(id_)])
    by_finding = QueueSpec(order=QueueOrder.FINDING, only_open=False, descending=True)
    catalog.decide([image(id_, Verdict.REJECT)])
    assert catalog.screenings.open_findings() == []
    assert catalog.queue(by_finding)[0] != id_
    assert catalog.state_differences() == []
    catalog.undo()
    assert catalog.queue(by_finding)[0] == id_
    assert [f.image_id for f in catalog.screenings.open_findings()] == [id_]


def test_findings_of_some_kinds_can_be_replaced_alone(catalog: Catalog) -> None:
    id_ = catalog.image_ids()[0]
    catalog.screenings.note([screening(id_, 0.0)], [finding(id_), finding(id_, "level")])
    assert catalog.screenings.note_findings([id_], [], kinds={"level"}) == 0
    assert [f.kind for f in catalog.screenings.open_findings([id_])] == ["offset"]


# -- chances of rejection -------------------------------------------------------------------------


def test_a_queue_goes_by_the_chance_of_rejection(catalog: Catalog) -> None:
    first, second, *_ = catalog.image_ids()
    assert catalog.screenings.note_chances({first: 0.2, second: 0.7, "none": 1.0}, 50) == 2
    spec = QueueSpec(order=QueueOrder.REJECTION, descending=True)
    assert catalog.queue(spec)[:2] == [second, first]
    assert catalog.state_differences() == []


def test_a_decided_image_keeps_the_chance_that_stood(catalog: Catalog) -> None:
    first, second, *_ = catalog.image_ids()
    catalog.screenings.note_chances({first: 0.2, second: 0.7}, 50)
    catalog.decide([image(first, Verdict.REJECT)])
    assert catalog.screenings.note_chances({first: 0.9, second: 0.8}, 51) == 1
    spec = QueueSpec(order=QueueOrder.REJECTION, only_open=False, descending=True)
    assert catalog.queue(spec)[:2] == [second, first]


# -- dates ----------------------------------------------------------------------------------------


def test_dates_tell_clouds_states_and_what_was_not_screened(catalog: Catalog) -> None:
    first, second, *_ = catalog.image_ids()
    catalog.screenings.note([screening(first, 0.25, nodata=0.5)])
    catalog.decide([image(second, Verdict.REJECT)])
    dates = {d.image_id: d for d in catalog.screenings.dates()}
    assert (dates[first].cloud, dates[first].nodata, dates[first].is_screened) == (0.25, 0.5, True)
    assert (dates[second].cloud, dates[second].is_screened) == (None, False)
    assert dates[second].state is State.REJECTED


def test_a_chip_and_the_dates_of_its_place_show_what_was_found(catalog: Catalog) -> None:
    first, second, *_ = catalog.image_ids()
    catalog.screenings.note([screening(first, 0.25)], [finding(first)])
    catalog.screenings.note_chances({first: 0.75}, 50)
    chip = catalog.chip(first)
    assert chip is not None
    assert (chip.cloud, chip.finding, chip.rejection) == (0.25, "offset", 0.75)
    shown = {d.id: (d.cloud, d.finding) for d in catalog.dates_of_place(chip.place.id)}
    assert shown == {first: (0.25, "offset"), second: (None, None)}
    listed = {row["id"]: (row["scores"]["cloud"], row["finding"]) for row in catalog.list_images()}
    assert listed[first] == (0.25, "offset")
