"""What an audit suspects: noted, decided on through the one timeline, remembered, queued."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s2label.errors import DecisionError
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.suspicions import SuspicionKind, SuspicionRecord
from s2label.types import Decision, State, Subject, Verdict
from tests.core.test_queue_plans import plans_of
from tests.factories.catalog import chip_record, mask, merge, new_catalog, open_again
from tests.factories.suspicions import (
    OBJECTS,
    SUSPICIOUS,
    chips_of,
    square,
    suspicion,
    unlabelled,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.types import Act, ChipRecord

PLACES = 4
SPURIOUS = SuspicionKind.SPURIOUS


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Return four places of one image each, with a mask."""
    catalog = new_catalog(tmp_path, [chip_record(n) for n in range(PLACES)])
    yield catalog
    assert catalog.state_differences() == []
    catalog.close()


@pytest.fixture
def chips(catalog: Catalog) -> list[ChipView]:
    return chips_of(catalog)


def note(catalog: Catalog, *records: SuspicionRecord, looked: Iterable[ChipView] = ()) -> int:
    """Note suspicions of one audit, which looked at some chips besides."""
    audit = records[0].audit if records else "audit-2"
    return catalog.note_suspicions(records, [mask_of(chip) for chip in looked], audit)


def mask_of(chip: ChipView) -> str:
    assert chip.mask is not None
    return chip.mask.id


def say(catalog: Catalog, record: SuspicionRecord, verdict: Verdict = Verdict.REJECT) -> Act | None:
    return catalog.decide([Decision(Subject.SUSPICION, record.id, verdict)])


def open_ids(catalog: Catalog) -> list[str]:
    return [record.id for records in catalog.suspicions().values() for record in records]


# -- noting and reading ---------------------------------------------------------------------------


def test_what_was_noted_comes_back_as_it_was(catalog: Catalog, chips: Sequence[ChipView]) -> None:
    assert not catalog.has_suspicions()
    ring, rim = square(3, 5, 9)[0], square(4, 6, 2)[0]
    of_pixels = suspicion(chips[0], SPURIOUS, 0.25, rings=(ring, rim), class_value=None)
    of_mask = suspicion(chips[0], SuspicionKind.SHIFTED, 1 / 3)
    assert note(catalog, of_pixels, of_mask) == 2
    assert catalog.has_suspicions()
    assert catalog.suspicions() == {mask_of(chips[0]): [of_mask, of_pixels]}
    assert catalog.suspicions([mask_of(chips[1])]) == {}
    assert catalog.suspicion(of_pixels.id) == of_pixels
    assert catalog.suspicion("no such suspicion") is None


def test_suspicious_masks_come_the_foremost_first_whatever_their_state(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    first, second, third, _ = chips
    catalog.decide([mask(mask_of(first))])
    note(
        catalog,
        suspicion(first, rank=0.5),
        suspicion(first, SPURIOUS, 0.9),
        suspicion(second, rank=0.7),
        suspicion(third, rank=1.0),
        unlabelled(third, 0.1),
    )
    assert catalog.queue(SUSPICIOUS) == [mask_of(each) for each in (third, first, second)]
    assert catalog.count_suspicions() == (3, 1)
    everything = replace(SUSPICIOUS, only_suspicious=False)
    assert catalog.queue(everything) == [mask_of(chips[n]) for n in (2, 1, 3)]


def test_objects_of_a_chip_come_together_and_the_foremost_chip_first(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    first, second, *_ = chips
    a, b = unlabelled(first, 0.9), unlabelled(first, 0.2, x=20)
    c, d = unlabelled(second, 0.5), unlabelled(second, 0.4, x=20)
    note(catalog, a, b, c, d, suspicion(first))
    assert catalog.queue(OBJECTS) == [a.id, b.id, c.id, d.id]
    assert catalog.queue(OBJECTS, limit=3) == [a.id, b.id, c.id]
    assert catalog.queue(replace(OBJECTS, among=(d.id, b.id))) == [b.id, d.id]
    assert catalog.images_of_objects() == {
        **dict.fromkeys((a.id, b.id), first.image.id),
        **dict.fromkeys((c.id, d.id), second.image.id),
    }
    say(catalog, a)
    assert catalog.queue(OBJECTS) == [c.id, d.id, b.id]
    assert catalog.queue(replace(OBJECTS, only_open=False)) == [a.id, b.id, c.id, d.id]
    assert catalog.count_open(Subject.SUSPICION) == (3, 4)


def test_a_chip_tells_of_its_mask_first_and_of_objects_where_they_were_seen(
    tmp_path: Path,
) -> None:
    catalog = new_catalog(tmp_path, [chip_record(images=("a", "b"))])
    one, other = chips_of(catalog)
    seen, weak, strong = unlabelled(one), suspicion(one, rank=0.1), suspicion(one, SPURIOUS, 0.4)
    note(catalog, seen, weak, strong)
    first, second = chips_of(catalog)
    assert first.suspicions == (strong, weak, seen)
    assert second.suspicions == (strong, weak)
    assert other.mask is not None
    catalog.close()


def test_what_names_nothing_that_is_there_is_left_out(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    right = suspicion(chips[0])
    wrong = [
        replace(right, mask_id="no such mask"),
        replace(right, image_id="no such image"),
        replace(right, mask_version=2),
        replace(right, image_version=2),
    ]
    assert note(catalog, *wrong) == 0
    assert catalog.note_suspicions([], ["no such mask"], "audit-1") == 0
    assert note(catalog, right) == 1


def test_records_of_another_audit_are_refused(catalog: Catalog, chips: Sequence[ChipView]) -> None:
    with pytest.raises(ValueError, match="audit-1"):
        catalog.note_suspicions([suspicion(chips[0])], [], "audit-2")
    assert not catalog.has_suspicions()


# -- which audit counts ---------------------------------------------------------------------------


def test_the_last_audit_that_looked_at_a_mask_counts(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    first, second, third, _ = chips
    note(catalog, suspicion(first), suspicion(second), suspicion(third), unlabelled(first))
    again = suspicion(second, rank=0.3, audit="audit-2")
    assert note(catalog, again, looked=[first]) == 1
    assert catalog.queue(SUSPICIOUS) == [mask_of(third), mask_of(second)]
    assert catalog.queue(OBJECTS) == []
    assert catalog.suspicions([mask_of(second)]) == {mask_of(second): [again]}
    assert catalog.count_open(Subject.SUSPICION) == (0, 0)


def test_an_audit_that_found_nothing_at_all_leaves_nothing_suspicious(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    note(catalog, *(suspicion(chip) for chip in chips))
    assert note(catalog, looked=chips) == 0
    assert catalog.queue(SUSPICIOUS) == []
    assert catalog.count_suspicions() == (0, 0)


def test_taking_a_result_over_twice_changes_nothing(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    first, second, *_ = chips
    old = [suspicion(first), suspicion(second, rank=0.5)]
    note(catalog, *old)
    say(catalog, old[0])
    note(catalog, looked=[second])
    assert note(catalog, *old) == 0
    assert open_ids(catalog) == []


def test_a_result_may_come_in_pieces(catalog: Catalog, chips: Sequence[ChipView]) -> None:
    records = [suspicion(chip, rank=(n + 1) / 4) for n, chip in enumerate(chips)]
    for record in records:
        assert note(catalog, record) == 1
    assert catalog.queue(SUSPICIOUS) == [record.mask_id for record in reversed(records)]


# -- what counts ----------------------------------------------------------------------------------


def test_a_rejected_mask_is_not_suspected_until_that_is_taken_back(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    first = chips[0]
    note(catalog, suspicion(first), unlabelled(first))
    rejection = catalog.decide([mask(mask_of(first), "reject")])
    assert open_ids(catalog) == []
    assert catalog.queue(SUSPICIOUS) == catalog.queue(OBJECTS) == []
    assert rejection is not None
    assert State.REJECTED in catalog.states_of_act(rejection.id).values()
    back = catalog.undo()
    assert back is not None
    assert set(catalog.states_of_act(back.id).values()) == {State.OPEN}
    assert catalog.suspicious_masks_of_act(back.id) == {mask_of(first): True}
    assert len(open_ids(catalog)) == 2


def test_a_changed_mask_is_another_but_an_object_is_seen_in_the_image(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    first, second, *_ = chips
    note(catalog, suspicion(first), unlabelled(first), suspicion(second), unlabelled(second))
    merge(catalog, [still_empty(chip_record(n, mask="changed")) for n in range(PLACES)])
    assert catalog.queue(SUSPICIOUS) == []
    assert len(catalog.queue(OBJECTS)) == 2
    say(catalog, unlabelled(second))
    assert catalog.queue(OBJECTS) == [unlabelled(first).id]
    catalog.undo()
    column = next(n for n in range(PLACES) if chip_record(n).images[0].id == first.image.id)
    changed = chip_record(column, images=("changed",), mask="changed")
    merge(catalog, [still_empty(changed)])
    (left,) = catalog.queue(OBJECTS)
    assert catalog.images_of_objects()[left] == second.image.id


def still_empty(chip: ChipRecord) -> ChipRecord:
    """Return a chip whose mask calls all of it background."""
    return replace(chip, masks=tuple(replace(each, class_counts={0: 64}) for each in chip.masks))


# -- deciding -------------------------------------------------------------------------------------


def test_it_is_fine_is_an_act_that_can_be_undone_and_redone(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    a, b = suspicion(chips[0], rank=0.5), suspicion(chips[0], SPURIOUS, 1.0)
    note(catalog, a, b)
    act = catalog.decide([Decision(Subject.SUSPICION, r.id, Verdict.REJECT) for r in (a, b)])
    assert act is not None
    assert act.changes == 2
    assert catalog.queue(SUSPICIOUS) == []
    assert catalog.image_of_act(act.id) == chips[0].image.id
    assert catalog.suspicious_masks_of_act(act.id) == {mask_of(chips[0]): False}
    back = catalog.undo()
    assert back is not None
    assert catalog.suspicious_masks_of_act(back.id) == {mask_of(chips[0]): True}
    assert catalog.suspicions() == {mask_of(chips[0]): [b, a]}
    catalog.redo()
    assert open_ids(catalog) == []
    entries = [(row["subject"], row["decision"], row["version"]) for row in catalog.history()]
    assert entries[:2] == [("suspicion", "reject", 1)] * 2


def test_an_answered_object_keeps_its_answer(catalog: Catalog, chips: Sequence[ChipView]) -> None:
    object_ = unlabelled(chips[0])
    note(catalog, object_)
    act = say(catalog, object_, Verdict.ACCEPT)
    assert act is not None
    assert catalog.states_of_act(act.id) == {object_.id: State.ACCEPTED}
    assert catalog.object_of_act(act.id) == object_.id
    assert catalog.count_open(Subject.SUSPICION) == (0, 1)
    back = catalog.undo()
    assert back is not None
    assert catalog.states_of_act(back.id) == {object_.id: State.OPEN}


def test_a_decision_about_another_version_or_an_unknown_suspicion_is_refused(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    record = suspicion(chips[0])
    note(catalog, record)
    wrong = Decision(Subject.SUSPICION, record.id, Verdict.REJECT, version=2)
    with pytest.raises(DecisionError, match="version 2 was decided on, version 1 is there now"):
        catalog.decide([wrong])
    with pytest.raises(DecisionError, match="not in this project"):
        catalog.decide([replace(wrong, id="ghost")])


def test_counts_of_images_and_masks_know_nothing_of_suspicions(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    before = catalog.counts()
    note(catalog, suspicion(chips[0]), unlabelled(chips[0]))
    assert catalog.counts() == before
    assert len(catalog.dates_of_place(chips[0].place.id)) == 1


# -- what is remembered ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fine", "later", "is_asked"),
    [
        pytest.param({"rings": square(2, 2, 4)}, {"rings": square(4, 2, 4)}, False, id="overlap"),
        pytest.param({"rings": square(2, 2, 4)}, {"rings": square(6, 2, 3)}, True, id="beside"),
        pytest.param({}, {}, False, id="both the whole mask"),
        pytest.param({}, {"rings": square()}, True, id="pixels after the whole mask"),
        pytest.param({"rings": square()}, {}, True, id="the whole mask after pixels"),
        pytest.param({}, {"kind": SPURIOUS}, True, id="another kind"),
        pytest.param(
            {"rings": square()}, {"rings": square(), "kind": SPURIOUS}, True, id="other kind there"
        ),
    ],
)
def test_what_was_called_fine_is_not_asked_again_for_the_same_reason(
    catalog: Catalog,
    chips: Sequence[ChipView],
    fine: dict[str, object],
    later: dict[str, object],
    is_asked: bool,
) -> None:
    before = replace(suspicion(chips[0]), **fine)  # type: ignore[arg-type]
    after = replace(suspicion(chips[0], audit="audit-2"), **later)  # type: ignore[arg-type]
    note(catalog, before)
    say(catalog, before)
    assert note(catalog, after) == int(is_asked)
    assert open_ids(catalog) == [after.id] * is_asked


def test_only_fine_is_remembered_not_that_it_was_so(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    before, after = suspicion(chips[0]), suspicion(chips[0], audit="audit-2")
    note(catalog, before)
    say(catalog, before, Verdict.ACCEPT)
    assert note(catalog, after) == 1


def test_of_a_changed_mask_the_same_pixels_stay_fine_but_the_whole_is_asked_again(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    whole, part = suspicion(chips[0]), suspicion(chips[0], SPURIOUS, rings=square())
    note(catalog, whole, part)
    say(catalog, whole)
    say(catalog, part)
    merge(catalog, [chip_record(n, mask="changed") for n in range(PLACES)])
    later = [replace(each, mask_version=2, audit="audit-2") for each in (whole, part)]
    assert note(catalog, *later) == 1
    assert open_ids(catalog) == [later[0].id]


def test_if_fine_is_taken_back_the_later_audit_asks_again(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    before, after = unlabelled(chips[0]), unlabelled(chips[0], 0.5, audit="audit-2")
    note(catalog, before)
    say(catalog, before)
    note(catalog, after)
    assert catalog.queue(OBJECTS) == []
    catalog.undo()
    assert catalog.queue(OBJECTS) == [after.id]
    catalog.redo()
    assert catalog.queue(OBJECTS) == []


# -- the table of states --------------------------------------------------------------------------


def test_states_can_be_made_anew_and_a_tampered_one_is_noticed(
    tmp_path: Path, catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    records = [suspicion(chips[0]), unlabelled(chips[0]), unlabelled(chips[1], 0.5)]
    note(catalog, *records)
    say(catalog, records[2])
    queues = [catalog.queue(spec) for spec in (SUSPICIOUS, OBJECTS)]
    for damage, told in (
        ("UPDATE state SET suspicion = 0.9 WHERE subject = 'mask'", "state differs"),
        ("DELETE FROM state WHERE subject = 'suspicion'", "no state"),
        ("INSERT INTO audit_look SELECT mask_id, 9 FROM audit_look", "it counts no more"),
    ):
        with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as connection, connection:
            connection.execute(damage)
        assert any(told in line for line in catalog.state_differences())
        catalog.rebuild_states()
        assert catalog.state_differences() == []
        if "audit_look" not in damage:
            assert [catalog.queue(spec) for spec in (SUSPICIOUS, OBJECTS)] == queues


def test_they_are_there_after_a_restart(
    tmp_path: Path, catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    note(catalog, suspicion(chips[0]))
    say(catalog, suspicion(chips[0]))
    other = open_again(tmp_path)
    assert other.undo() is not None
    assert other.queue(SUSPICIOUS) == [mask_of(chips[0])]
    other.close()


# -- by an index ----------------------------------------------------------------------------------


@pytest.mark.parametrize("only_suspicious", [True, False])
@pytest.mark.parametrize("only_open", [True, False])
def test_the_queue_of_masks_goes_by_an_index(
    catalog: Catalog, only_suspicious: bool, only_open: bool
) -> None:
    spec = replace(SUSPICIOUS, only_suspicious=only_suspicious, only_open=only_open)
    steps = plans_of(catalog, lambda: catalog.queue(spec))
    assert steps
    assert all("COVERING INDEX ix_state_subject_" in step for step in steps)
    assert all("suspicion_id" in step for step in steps)


def test_objects_are_found_by_an_index_and_only_they_are_sorted(catalog: Catalog) -> None:
    steps = plans_of(catalog, lambda: catalog.queue(OBJECTS))
    assert any("SEARCH state USING" in step and "state=?" in step for step in steps)
    by_name = QueueSpec(Subject.SUSPICION, QueueOrder.NAME)
    assert not any("TEMP B-TREE" in s for s in plans_of(catalog, lambda: catalog.queue(by_name)))


def test_the_suspicions_of_a_chip_are_found_without_going_through_all(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    note(catalog, *(suspicion(chip) for chip in chips), *(unlabelled(chip) for chip in chips))
    steps = plans_of(catalog, lambda: catalog.chip(chips[0].image.id))
    assert any("ix_suspicion_mask_id_audit_id" in step for step in steps)
    tables = ("suspicion", "audit", "mask", "image", "state", "decision")
    assert not [step for step in steps if step.removeprefix("SCAN ") in tables]
