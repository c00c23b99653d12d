"""When nobody is asked: it was called fine, the image is rejected, or the object is labelled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.canvases import CanvasKind, CanvasRef, StrokeRecord
from s2label.painting.stroke import Stroke
from s2label.suspicions import SuspicionKind, SuspicionRecord
from s2label.types import ChipRecord, Decision, State, Subject, Verdict
from tests.factories.catalog import (
    PIXELS,
    chip_record,
    image,
    image_record,
    mask,
    mask_record,
    merge,
    new_catalog,
    place_record,
)
from tests.factories.suspicions import (
    OBJECTS,
    SUSPICIOUS,
    chips_of,
    square,
    suspicion,
    unlabelled,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.types import Act

MISSING, SPURIOUS = SuspicionKind.MISSING, SuspicionKind.SPURIOUS
DISAGREEMENT = SuspicionKind.DISAGREEMENT
SHIFTED = SuspicionKind.SHIFTED


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Return three places of two dates each, with a mask per place: land cover."""
    catalog = new_catalog(tmp_path, [chip_record(n, images=("a", "b")) for n in range(3)])
    yield catalog
    assert catalog.state_differences() == []
    catalog.close()


@pytest.fixture
def chips(catalog: Catalog) -> list[ChipView]:
    """Return one chip of each place."""
    return chips_of(catalog)[::2]


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Catalog]:
    """Return a place of two dates with a mask each: vessels."""
    place = place_record()
    images = tuple(image_record(place, f"scene {n}", f"2020-06-0{n}") for n in (1, 2))
    masks = tuple(mask_record(place, each) for each in images)
    catalog = new_catalog(tmp_path / "moving", [ChipRecord(place, images, masks)])
    yield catalog
    assert catalog.state_differences() == []
    catalog.close()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    (tmp_path / "moving").mkdir()


def note(catalog: Catalog, *records: SuspicionRecord) -> int:
    return catalog.note_suspicions(records, [], records[0].audit)


def fine(catalog: Catalog, *records: SuspicionRecord) -> Act | None:
    return catalog.decide([Decision(Subject.SUSPICION, r.id, Verdict.REJECT) for r in records])


def told(catalog: Catalog) -> list[SuspicionRecord]:
    return [each for records in catalog.suspicions().values() for each in records]


def mask_of(chip: ChipView) -> str:
    assert chip.mask is not None
    return chip.mask.id


def paint(catalog: Catalog, chip: ChipView, x: int, y: int, side: int, value: int = 1) -> Act:
    """Paint a square on the mask of a chip, whose pixels nobody looks at here."""
    chosen = np.zeros((PIXELS, PIXELS), np.bool_)
    chosen[y : y + side, x : x + side] = True
    indices = np.flatnonzero(chosen).astype(np.uint32)
    was, becomes = np.zeros_like(indices, np.uint8), np.full_like(indices, value, np.uint8)
    stroke = Stroke(indices, was, becomes, was, np.full_like(was, 2))
    ref = CanvasRef(CanvasKind.MASK, mask_of(chip))
    return catalog.canvases.paint(StrokeRecord(ref, chip.image.id, "brush", stroke.packed()))


# -- the same reason ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("later", "is_asked"),
    [
        pytest.param({"rings": square(0, 0, 4)}, False, id="the same pixels"),
        pytest.param({"rings": square(0, 0, 3)}, False, id="a part of them"),
        pytest.param({"rings": square(2, 0, 4)}, False, id="half of it within"),
        pytest.param({"rings": square(3, 0, 4)}, True, id="less than half of it within"),
        pytest.param({"rings": square(3, 3, 8)}, True, id="one pixel in common"),
        pytest.param({"rings": square(0, 0, 8)}, True, id="much more than those"),
        pytest.param({"class_value": 5}, True, id="another class"),
        pytest.param({"labelled_as": 4}, True, id="labelled as another class"),
    ],
)
def test_fine_is_said_of_pixels_and_classes(
    catalog: Catalog, chips: Sequence[ChipView], later: dict[str, object], is_asked: bool
) -> None:
    before = suspicion(chips[0], DISAGREEMENT, rings=square(0, 0, 4), class_value=2)
    before = replace(before, labelled_as=3)
    note(catalog, before)
    fine(catalog, before)
    after = replace(before, audit="audit-2", **later)  # type: ignore[arg-type]
    assert note(catalog, after) == int(is_asked)
    assert told(catalog) == [after] * is_asked


def test_two_that_are_fine_cover_a_new_one_until_either_is_taken_back(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    left = suspicion(chips[0], rings=square(0, 0, 4))
    right = suspicion(chips[0], rings=square(4, 0, 4))
    note(catalog, left, right)
    for each in (left, right):
        fine(catalog, each)
    both = ((0, 0), (4, 0), (4, 8), (0, 8), (0, 0))
    third = ((0, 2), (2, 2), (2, 11), (0, 11), (0, 2))
    whole = suspicion(chips[0], rings=(both,), audit="audit-2")
    wide = suspicion(chips[0], rings=(third,), audit="audit-2")
    assert note(catalog, whole, wide) == 0
    catalog.undo()
    assert told(catalog) == [wide]
    catalog.undo()
    assert {each.id for each in told(catalog)} == {whole.id, wide.id}


@pytest.mark.parametrize("is_first", [True, False])
def test_what_several_fine_ones_say_stays_fine_while_one_of_them_says_it(
    catalog: Catalog, chips: Sequence[ChipView], is_first: bool
) -> None:
    one, two = (suspicion(chips[0], SHIFTED, audit=f"audit-{n}") for n in (1, 2))
    for each in (one, two):
        note(catalog, each)
    for each in (one, two) if is_first else (two, one):
        fine(catalog, each)
    assert note(catalog, suspicion(chips[0], SHIFTED, audit="audit-3")) == 0
    catalog.undo()
    assert told(catalog) == []


def test_undo_gives_back_what_was_called_fine_of_an_earlier_version(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    before = suspicion(chips[0], SPURIOUS, rings=square())
    note(catalog, before)
    fine(catalog, before)
    merge(catalog, [chip_record(n, images=("a", "b"), mask="changed") for n in range(3)])
    catalog.decide([Decision(Subject.SUSPICION, before.id, Verdict.ACCEPT)])
    catalog.undo()
    assert note(catalog, replace(before, mask_version=2, audit="audit-2")) == 0


@pytest.mark.parametrize("said_of", [0, 1])
def test_a_missing_and_an_unlabelled_object_are_one_question(
    catalog: Catalog, chips: Sequence[ChipView], said_of: int
) -> None:
    records = [suspicion(chips[0], MISSING, rings=square()), unlabelled(chips[0])]
    other = unlabelled(chips[0], x=20)
    note(catalog, *records, other)
    act = fine(catalog, records[said_of])
    assert act is not None
    assert catalog.queue(SUSPICIOUS) == []
    assert catalog.queue(OBJECTS) == [other.id]
    assert catalog.suspicious_masks_of_act(act.id) == {mask_of(chips[0]): False}
    assert catalog.states_of_act(act.id)[records[1].id] is State.REJECTED
    again = [replace(each, audit="audit-2") for each in records]
    assert note(catalog, *again) == 0
    catalog.undo()
    assert {each.id for each in told(catalog)} == {each.id for each in again}


# -- few at a time --------------------------------------------------------------------------------


def test_three_of_a_kind_are_told_and_the_others_when_those_are_fine(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    spots = [suspicion(chips[0], SPURIOUS, 1 - n / 10, rings=square(4 * n, 0, 3)) for n in range(7)]
    objects = [unlabelled(chips[0], 1 - n / 10, x=5 * n, y=20) for n in range(5)]
    assert note(catalog, *spots, *objects) == 12
    for n in (0, 3):
        assert told(catalog) == [*spots[n : n + 3], *objects]
        assert catalog.queue(SUSPICIOUS) == [mask_of(chips[0])]
        act = fine(catalog, *spots[n : n + 3])
        assert act is not None
        assert catalog.suspicious_masks_of_act(act.id) == {mask_of(chips[0]): True}
    assert told(catalog) == [spots[6], *objects]
    assert note(catalog, *(replace(each, audit="audit-2") for each in spots)) == 1


# -- images that are rejected ---------------------------------------------------------------------


def test_an_object_counts_while_its_image_is_not_rejected(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    here, there = unlabelled(chips[0]), unlabelled(chips[1], 0.5)
    note(catalog, here, there)
    act = catalog.decide([image(here.image_id, "reject", "cloud")])
    assert act is not None
    assert catalog.queue(OBJECTS) == [there.id]
    assert catalog.states_of_act(act.id)[here.id] is State.REJECTED
    catalog.undo()
    assert catalog.queue(OBJECTS) == [here.id, there.id]


def test_a_mask_of_a_place_is_suspected_while_one_of_its_images_is_left(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    note(catalog, suspicion(chips[0]))
    first, second = [each.id for each in catalog.dates_of_place(chips[0].place.id)]
    catalog.decide([image(first, "reject", "cloud")])
    assert catalog.queue(SUSPICIOUS) == [mask_of(chips[0])]
    act = catalog.decide([image(second, "reject", "cloud")])
    assert act is not None
    assert catalog.queue(SUSPICIOUS) == []
    assert catalog.suspicious_masks_of_act(act.id) == {mask_of(chips[0]): False}
    catalog.undo()
    assert catalog.queue(SUSPICIOUS) == [mask_of(chips[0])]


def test_a_mask_of_an_image_is_suspected_while_that_is_not_rejected(moving: Catalog) -> None:
    one, other = chips_of(moving)
    note(moving, suspicion(one), suspicion(other, rank=0.5))
    moving.decide([image(one.image.id, "reject", "cloud")])
    assert moving.queue(SUSPICIOUS) == [mask_of(other)]
    assert moving.count_suspicions() == (1, 0)


def test_an_image_that_is_imported_anew_is_not_rejected_any_more(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    note(catalog, suspicion(chips[0]))
    images = [each.id for each in catalog.dates_of_place(chips[0].place.id)]
    catalog.decide([image(id_, "reject", "cloud") for id_ in images])
    records = [chip_record(n, images=("a", "changed")) for n in range(3)]
    merge(catalog, records)
    assert catalog.queue(SUSPICIOUS) == [mask_of(chips[0])]


# -- objects that are labelled by now -------------------------------------------------------------


def test_an_object_that_somebody_paints_is_not_asked_about_until_that_is_undone(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    painted, beside = unlabelled(chips[0]), unlabelled(chips[0], 0.5, x=20)
    note(catalog, painted, beside)
    act = paint(catalog, chips[0], 1, 1, 4)
    assert catalog.queue(OBJECTS) == [beside.id]
    assert catalog.states_of_act(act.id) == {painted.id: State.REJECTED, beside.id: State.OPEN}
    catalog.undo()
    assert catalog.queue(OBJECTS) == [painted.id, beside.id]
    catalog.redo()
    assert catalog.queue(OBJECTS) == [beside.id]


@pytest.mark.parametrize(
    ("where", "value", "is_asked"),
    [
        pytest.param((3, 2, 4), 1, False, id="half of it"),
        pytest.param((3, 3, 4), 1, True, id="a corner of it"),
        pytest.param((2, 2, 4), 0, True, id="as background"),
        pytest.param((2, 2, 4), 254, True, id="as not labelled"),
        pytest.param((2, 2, 4), 9, False, id="as another class"),
    ],
)
def test_half_of_an_object_has_to_be_painted_with_a_class(
    catalog: Catalog,
    chips: Sequence[ChipView],
    where: tuple[int, int, int],
    value: int,
    is_asked: bool,
) -> None:
    note(catalog, unlabelled(chips[0]))
    paint(catalog, chips[0], *where, value)
    assert bool(catalog.queue(OBJECTS)) is is_asked


def test_the_last_stroke_on_an_object_counts(catalog: Catalog, chips: Sequence[ChipView]) -> None:
    note(catalog, unlabelled(chips[0]))
    for value in (1, 0):
        paint(catalog, chips[0], 0, 0, 6, value)
    assert len(catalog.queue(OBJECTS)) == 1


def test_an_object_that_was_answered_keeps_its_answer_when_it_is_painted(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    note(catalog, unlabelled(chips[0]))
    fine(catalog, unlabelled(chips[0]))
    paint(catalog, chips[0], 0, 0, 6)
    assert catalog.count_open(Subject.SUSPICION) == (0, 1)


def test_objects_of_a_mask_that_is_imported_with_labels_wait_for_the_next_audit(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    note(catalog, unlabelled(chips[0]))
    merge(catalog, [chip_record(n, images=("a", "b"), mask="labelled") for n in range(3)])
    assert catalog.queue(OBJECTS) == []
    again = replace(unlabelled(chips[0], audit="audit-2"), mask_version=2)
    assert note(catalog, again) == 1


def test_objects_stay_where_a_mask_is_imported_anew_without_a_label(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    note(catalog, unlabelled(chips[0]))
    records = [chip_record(n, images=("a", "b"), mask="empty") for n in range(3)]
    empty = [replace(each.masks[0], class_counts={0: 30, 255: 4, 1: 0}) for each in records]
    merge(catalog, [replace(r, masks=(m,)) for r, m in zip(records, empty, strict=True)])
    assert catalog.queue(OBJECTS) == [unlabelled(chips[0]).id]


def test_a_damaged_stroke_does_not_keep_a_queue_from_being_read(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    ref = CanvasRef(CanvasKind.MASK, mask_of(chips[0]))
    catalog.canvases.paint(StrokeRecord(ref, chips[0].image.id, "brush", b"damaged"))
    note(catalog, unlabelled(chips[0]))
    assert len(catalog.queue(OBJECTS)) == 1


# -- decisions on masks ---------------------------------------------------------------------------


def test_accepting_a_mask_leaves_its_suspicions_open(
    catalog: Catalog, chips: Sequence[ChipView]
) -> None:
    note(catalog, suspicion(chips[0]))
    catalog.decide([image(chips[0].image.id), mask(mask_of(chips[0]))])
    assert catalog.queue(SUSPICIOUS) == [mask_of(chips[0])]


def test_when_the_last_audit_was_is_known(catalog: Catalog, chips: Sequence[ChipView]) -> None:
    assert catalog.last_audit() is None
    catalog.note_suspicions([], [mask_of(chips[0])], "audit-1")
    assert catalog.last_audit() == catalog.now()
