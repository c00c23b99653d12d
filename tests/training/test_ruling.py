"""From what two models got right to a verdict that says why."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from s2label_training.bundle import ModelClass
from s2label_training.comparison import ComparedChip, Comparison, Own
from s2label_training.opponents import HeldOutChips, Opponent
from s2label_training.rivals import ConstantRival
from s2label_training.ruling import Case, rule
from s2label_training.tallies import ChipTally

from s2label.grid import Grid
from s2label.labelled.chips import LabelledChip
from s2label.types import ImageRecord, Lifetime, PlaceRecord
from tests.factories import bundles

if TYPE_CHECKING:
    from s2label_training.verdicts import Verdict

CLASSES = {
    value: ModelClass(value=value, name=name, colour="#ff0000")
    for value, name in ((0, "background"), (1, "vessel"), (2, "pier"))
}
FAVOURED = ", so that it is favoured"
Objects = tuple[int, int, int, int]


def chip(number: int, group: str) -> LabelledChip:
    grid = Grid("EPSG:32633", (10.0, 0.0, 0.0, 0.0, -10.0, 0.0), 64, 64)
    place = PlaceRecord(f"place{number}", f"p{number}", grid)
    image = ImageRecord(f"image{number}", place.id, "scene", None, ())
    return LabelledChip(image, place, group, f"mask{number}", 1, True, {})


def tally(vessels: Objects, piers: Objects) -> ChipTally:
    """Return a tally of two moving classes by true, found, proposed and right objects."""
    empty = ChipTally.empty((0, 1, 2), (1, 2))
    objects, confusion = empty.objects.copy(), empty.confusion.copy()
    objects[:, :, 0] = (vessels, piers)
    confusion[1, 1] = confusion[2, 2] = 5000
    return ChipTally((0, 1, 2), (1, 2), confusion, objects)


def pixels(*confusion: tuple[int, int]) -> ChipTally:
    """Return a tally of two static classes by (true, proposed) pixels."""
    empty = ChipTally.empty((1, 2), ())
    whole = empty.confusion.copy()
    whole[:2, :2] = confusion
    return ChipTally((1, 2), (), whole, empty.objects)


def case(*, is_first: bool = False, learnt_from: int = 0, **sections: Any) -> Case:
    new = bundles.record("new", recipe=bundles.recipe(**sections), classes=tuple(CLASSES.values()))
    old = None if is_first else bundles.record("old")
    name = "proposing only background" if is_first else "old, the model in use"
    opponent = Opponent(ConstantRival(0), name, old)
    return Case(new, opponent, HeldOutChips([], learnt_from, ()), CLASSES, "2024-05-01")


def verdict(old: ChipTally, new: ChipTally, its: Case | None = None, chips: int = 8) -> Verdict:
    """Return the verdict where each chip, in a group of its own, gives the same tallies."""
    compared = [ComparedChip(chip(n, f"group{n}"), old, new, 1) for n in range(chips)]
    return rule(its or case(), Comparison(compared))


MIDDLE, GOOD, BAD = (10, 5, 10, 5), (10, 9, 10, 9), (10, 1, 10, 1)


def test_better_everywhere_is_better() -> None:
    found = verdict(tally(MIDDLE, MIDDLE), tally(GOOD, GOOD))
    assert found.is_better
    assert found.reason == (
        "Better: object F1 0.900 against 0.500 of old, the model in use, on 8 checked held-out "
        "chips of 8 places; better in 100% of 2,000 resamples, 80% needed."
    )


def test_a_class_that_loses_more_than_the_margin_needs_the_users_word() -> None:
    found = verdict(tally(BAD, MIDDLE), tally(GOOD, (10, 4, 10, 4)))
    assert not found.is_better
    assert found.confidence == 1
    assert "pier falls from 0.500 to 0.400 (margin 0.02)" in found.reason
    assert "--anyway" in found.reason
    assert [row.name for row in found.classes if row.is_lost] == ["pier"]


def test_a_loss_within_the_margin_is_none() -> None:
    allowed = case(gate={"margin": 0.15})
    assert verdict(tally(BAD, MIDDLE), tally(GOOD, (10, 4, 10, 4)), allowed).is_better


def test_a_first_model_may_be_worse_at_a_class_than_the_simplest_opponent() -> None:
    first = case(is_first=True)
    record = first.record.model_copy(update={"lifetime": Lifetime.STATIC})
    # Proposing class 1 everywhere is better at class 1, and right nowhere else.
    everywhere, better = pixels((700, 0), (300, 0)), pixels((450, 250), (0, 300))
    found = verdict(everywhere, better, replace(first, record=record))
    assert found.classes[0].old.iou == pytest.approx(0.7)
    assert found.classes[0].new.iou == pytest.approx(450 / 700)
    assert found.is_better, found.reason


@pytest.mark.parametrize(("confidence", "is_better"), [(0.6, True), (0.95, False)])
def test_how_sure_it_has_to_be_is_the_recipes(confidence: float, is_better: bool) -> None:
    # Five units where it wins, three where it loses as much: a bit better on the whole.
    pairs = [(MIDDLE, GOOD)] * 5 + [(GOOD, MIDDLE)] * 3
    chips = [
        ComparedChip(chip(n, f"g{n}"), tally(a, a), tally(b, b), 1)
        for n, (a, b) in enumerate(pairs)
    ]
    found = rule(case(gate={"confidence": confidence}), Comparison(chips))
    assert 0.6 < found.confidence < 0.95
    assert found.is_better == is_better
    if not is_better:
        assert "the difference may be chance" in found.reason


def test_one_group_that_wins_cannot_carry_many_that_lose_by_being_drawn_once() -> None:
    chips = [
        ComparedChip(chip(n, "g"), tally(MIDDLE, MIDDLE), tally(GOOD, GOOD), 1) for n in range(9)
    ]
    found = rule(case(), Comparison(chips))
    assert found.resampled == "places"
    assert any("1 group of ground only" in told for told in found.warnings)


def test_chips_without_an_object_are_no_ground_for_a_verdict() -> None:
    found = verdict(tally((0, 0, 1, 0), (0, 0, 0, 0)), tally((0, 0, 0, 0), (0, 0, 0, 0)))
    assert not found.is_better
    assert "no checked held-out chip shows vessel, pier" in found.reason


def test_inventing_a_class_costs_more_than_the_gain_at_another() -> None:
    # No pier in truth: the new one is better at vessels, and proposes piers where there are none.
    honest, inventive = tally(MIDDLE, (0, 0, 0, 0)), tally(GOOD, (0, 0, 5, 0))
    found = verdict(honest, inventive)
    assert not found.is_better
    assert found.old_score == 0.5
    assert found.new_score == pytest.approx(0.45)
    back = verdict(inventive, honest)
    assert (back.confidence, back.new_score) == (1, 0.5)
    assert any("pier: no checked true objects, it is not scored" in told for told in back.warnings)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        pytest.param((30, 0, 100), "30% of the checked labels were proposed by old", id="old"),
        pytest.param((0, 11, 100), "11% of the checked labels were proposed by new", id="new"),
        pytest.param((10, 10, 100), "", id="a tenth"),
        pytest.param((0, 0, 0), "", id="no labels"),
    ],
)
def test_truth_that_a_rival_proposed_itself_is_told(own: tuple[int, int, int], told: str) -> None:
    chips = [
        ComparedChip(chip(n, f"g{n}"), tally(MIDDLE, MIDDLE), tally(GOOD, GOOD), 1, Own(*own))
        for n in range(6)
    ]
    found = rule(case(), Comparison(chips))
    share = max(own[2], 1)
    assert (found.old_own_share, found.new_own_share) == (own[0] / share, own[1] / share)
    assert [w for w in found.warnings if "proposed by" in w] == ([f"{told}{FAVOURED}"] * bool(told))


def test_nothing_held_out_is_told() -> None:
    found = rule(case(), Comparison())
    assert not found.is_better
    assert found.reason == "Not compared: no labelled chip is held out."


def test_unchecked_chips_are_named_with_where_they_are() -> None:
    unchecked = [chip(n, f"port{n % 5}") for n in range(10)]
    found = rule(case(), Comparison(unchecked=unchecked))
    assert "none of the 10 held-out chips is checked" in found.reason
    assert "2 in port0, 2 in port1, 2 in port2 and 2 more groups" in found.reason


def test_what_was_left_out_is_told_beside_the_verdict() -> None:
    chips = [
        ComparedChip(chip(n, f"g{n}"), tally(MIDDLE, MIDDLE), tally(GOOD, GOOD), 1)
        for n in range(6)
    ]
    refused = Counter({"no B11; old needs B11": 3})
    found = rule(case(learnt_from=2), Comparison(chips, [chip(9, "g9")], refused))
    for told in (
        "2 held-out chips left out",
        "1 held-out chip not compared",
        "3 held-out chips left",
    ):
        assert any(told in warning for warning in found.warnings), told


def test_small_numbers_are_told() -> None:
    found = verdict(tally((1, 0, 0, 0), (9, 3, 9, 3)), tally((1, 1, 1, 1), (9, 8, 9, 8)))
    assert any("vessel: only 8 checked true objects" in warning for warning in found.warnings)


def test_land_cover_is_judged_by_mean_iou() -> None:
    moving = case()
    record = moving.record.model_copy(update={"lifetime": Lifetime.STATIC})
    old, new = pixels((60, 40), (40, 60)), pixels((90, 10), (10, 90))
    found = verdict(old, new, replace(moving, record=record))
    assert found.is_better
    assert found.score_name == "mean IoU"
    assert found.new_score == pytest.approx(90 / 110)
    assert found.classes[0].new.score == found.classes[0].new.iou
