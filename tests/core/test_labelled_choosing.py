"""A place that was held out once never trains, however labels grow and groups join."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s2label.grid import Grid
from s2label.groups import find_overlapping, group_places
from s2label.labelled.choosing import choose
from s2label.labelled.frozen import FrozenSides, Side
from s2label.labelled.places import LabelledPlace
from s2label.splits import split_groups
from s2label.types import PlaceRecord
from tests.faults.seeds import LONG

if TYPE_CHECKING:
    from collections.abc import Iterable

TRAINING, VALIDATION, SET_ASIDE = Side
WEST, NORTH, CRS = 500_000.0, 5_200_000.0, "EPSG:32633"
PX, GSD_M = 64, 10.0
SIDE_M = PX * GSD_M
SHARE = 0.2


def ground(id_: str, east_m: float, south_m: float = 0.0) -> PlaceRecord:
    transform = (GSD_M, 0.0, WEST + east_m, 0.0, -GSD_M, NORTH - south_m)
    return PlaceRecord(id_, f"name of {id_}", Grid(CRS, transform, PX, PX))


def labelled(
    records: Iterable[PlaceRecord],
    pixels: dict[int, int] | None = None,
    distance_m: float = 2500.0,
    scenes: dict[str, str] | None = None,
) -> dict[str, LabelledPlace]:
    """Return places with a chip each, grouped as a project groups them."""
    known = {record.id: record for record in records}
    groups = group_places(known, sorted((scenes or {}).items()), distance_m)
    return {
        id_: LabelledPlace(record, groups[id_], 1, dict(pixels or {0: 4000, 1: 96}))
        for id_, record in known.items()
    }


def far_apart(count: int, start: int = 0) -> list[PlaceRecord]:
    return [ground(f"p{n:03d}", n * 20_000) for n in range(start, start + count)]


def one_scene(columns: int, rows: int = 1, step_m: float = SIDE_M) -> dict[str, LabelledPlace]:
    """Return the chips of one scene, cut at a step."""
    records = [
        ground(f"r{row:02d}c{column:02d}", column * step_m, row * step_m)
        for row, column in product(range(rows), range(columns))
    ]
    return labelled(records, scenes=dict.fromkeys((r.id for r in records), "scene"))


def of_side(sides: dict[str, Side], side: Side) -> set[str]:
    return {id_ for id_, its in sides.items() if its is side}


def chosen(places: dict[str, LabelledPlace]) -> dict[str, Side]:
    return choose(places, FrozenSides(), SHARE)[0]


# -- whole groups --------------------------------------------------------------------------------


def test_a_fifth_of_equal_groups_is_held_out() -> None:
    assert Counter(chosen(labelled(far_apart(20))).values()) == {TRAINING: 16, VALIDATION: 4}


def test_neighbours_are_on_one_side() -> None:
    pairs = [ground(f"{n}{i}", n * 20_000 + i * 3000) for n, i in product(range(10), range(2))]
    sides = chosen(labelled(pairs))

    assert all(sides[f"{n}0"] is sides[f"{n}1"] for n in range(10))
    assert Counter(sides.values()) == {TRAINING: 16, VALIDATION: 4}


def test_a_rare_class_is_on_both_sides_where_two_groups_have_it() -> None:
    places = labelled(far_apart(30))
    for id_ in ("p003", "p017"):
        places[id_].pixels[7] = 5
    sides = chosen(places)

    assert {sides["p003"], sides["p017"]} == {TRAINING, VALIDATION}


def test_a_class_of_one_group_is_learnt_from() -> None:
    places = labelled(far_apart(30))
    places["p004"].pixels[7] = 5

    assert chosen(places)["p004"] is TRAINING


def test_checked_labels_are_on_both_sides() -> None:
    places = labelled(far_apart(30))
    for id_ in ("p011", "p012"):
        places[id_].pixels[256 + 1] = 96
    sides = chosen(places)

    assert {sides["p011"], sides["p012"]} == {TRAINING, VALIDATION}


def test_of_two_groups_one_is_held_out() -> None:
    assert Counter(chosen(labelled(far_apart(2))).values()) == {TRAINING: 1, VALIDATION: 1}


def test_new_groups_bring_the_share_back_one_by_one() -> None:
    frozen = FrozenSides()
    for count in range(2, 40):
        sides, frozen = choose(labelled(far_apart(count)), frozen, SHARE)
    held = len(of_side(sides, VALIDATION))

    assert held / len(sides) == pytest.approx(SHARE, abs=0.04)


def test_new_places_follow_their_group() -> None:
    sides, frozen = choose(labelled(far_apart(10)), FrozenSides(), SHARE)
    beside = [ground(f"{p.id} beside", n * 20_000 + 3000) for n, p in enumerate(far_apart(10))]
    later, _ = choose(labelled([*far_apart(10), *beside]), frozen, SHARE)

    assert all(later[f"{id_} beside"] is side for id_, side in sides.items())
    assert all(later[id_] is side for id_, side in sides.items())


def joined(frozen: FrozenSides) -> tuple[dict[str, Side], FrozenSides]:
    """Let new ground join two groups, one held out and one learnt from."""
    bridge = [ground(f"bridge {n}", 2000 * n) for n in range(1, 10)]
    return choose(labelled([*far_apart(10), *bridge]), frozen, SHARE)


def test_ground_that_was_learnt_from_is_set_aside_when_it_joins_held_out_ground() -> None:
    places = labelled(far_apart(10))
    frozen = FrozenSides({id_: VALIDATION if id_ < "p001" else TRAINING for id_ in places})
    sides, after = joined(frozen)

    assert sides["p000"] is VALIDATION
    assert of_side(sides, SET_ASIDE) == {"p001"}
    assert of_side(sides, VALIDATION) >= {f"bridge {n}" for n in range(1, 10)}
    assert joined(after) == (sides, after)


def test_new_chips_over_ground_that_was_learnt_from_are_never_held_out() -> None:
    places = labelled(far_apart(10))
    frozen = FrozenSides({id_: VALIDATION if id_ < "p001" else TRAINING for id_ in places})
    bridge = [ground(f"bridge {n}", 2000 * n) for n in range(1, 10)]
    over = [ground("over", 20_000 + SIDE_M / 2), ground("beside", 20_000 + 2 * SIDE_M)]
    grown = labelled([*far_apart(10), *bridge, *over])
    sides, after = choose(grown, frozen, SHARE)

    # Another id on ground that models know would flatter those that learnt from it.
    assert of_side(sides, SET_ASIDE) == {"p001", "over"}
    assert sides["beside"] is VALIDATION
    assert choose(grown, after, SHARE) == (sides, after)


def test_held_out_ground_stays_so_when_its_labels_are_gone_for_a_while() -> None:
    places = labelled(far_apart(10))
    sides, frozen = choose(places, FrozenSides(), SHARE)
    (gone, *_) = of_side(sides, VALIDATION)
    places[gone] = replace(places[gone], chips=0, pixels={})
    _, after = choose(places, frozen, SHARE)

    assert after.places[gone] is VALIDATION
    beside = ground("beside", int(gone[1:]) * 20_000 + 3000)
    more = labelled([*far_apart(10), beside])
    more[gone] = replace(more[gone], chips=0, pixels={})
    assert choose(more, after, SHARE)[0]["beside"] is VALIDATION


def test_when_no_held_out_ground_has_labels_the_next_group_is_held_out() -> None:
    records = far_apart(3)
    places = labelled(records)
    places["p000"] = replace(places["p000"], chips=0, pixels={})
    frozen = FrozenSides({"p000": VALIDATION, "p001": TRAINING})

    assert choose(places, frozen, SHARE)[0] == {
        "p000": VALIDATION,
        "p001": TRAINING,
        "p002": VALIDATION,
    }


# -- one scene -----------------------------------------------------------------------------------


def test_one_scene_is_divided_by_a_block_across_its_longer_side() -> None:
    sides = chosen(one_scene(columns=20, rows=5))
    columns = {int(id_[4:]) for id_ in of_side(sides, VALIDATION)}

    assert Counter(sides.values()) == {TRAINING: 80, VALIDATION: 20}
    assert len(columns) <= 5
    assert columns == set(range(min(columns), max(columns) + 1))


def test_the_block_lies_where_a_rare_class_comes_to_both_sides() -> None:
    places = one_scene(columns=50)
    for id_ in ("r00c20", "r00c22", "r00c31", "r00c40"):
        places[id_].pixels[7] = 10
    sides = chosen(places)
    of_class = Counter(sides[id_] for id_, place in places.items() if 7 in place.pixels)

    assert of_class[VALIDATION] >= 1
    assert of_class[TRAINING] >= 2
    assert Counter(sides.values())[VALIDATION] == pytest.approx(10, abs=3)


def test_a_class_of_two_neighbours_comes_to_both_sides() -> None:
    places = one_scene(columns=50)
    for id_ in ("r00c20", "r00c21"):
        places[id_].pixels[7] = 10
    sides = chosen(places)

    assert {sides["r00c20"], sides["r00c21"]} == {TRAINING, VALIDATION}


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_class_of_one_chip_is_learnt_from(share: float) -> None:
    places = one_scene(columns=10)
    for value in (10, 11):
        places["r00c00"].pixels[value] = 10
    sides, _ = choose(places, FrozenSides(), share)

    assert sides["r00c00"] is TRAINING


def test_chips_that_overlap_both_sides_are_set_aside() -> None:
    places = one_scene(columns=20, step_m=400)
    sides = chosen(places)

    assert of_side(sides, VALIDATION)
    assert of_side(sides, TRAINING)
    assert 1 <= len(of_side(sides, SET_ASIDE)) <= 2
    assert not overlapping_pairs(places, sides)


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([ground("a", 0)], id="one place"),
        pytest.param([ground("a", 0), ground("b", 100)], id="two that overlap"),
    ],
)
def test_where_nothing_can_be_held_out_all_is_learnt_from_and_nothing_kept(
    records: list[PlaceRecord],
) -> None:
    sides, frozen = choose(labelled(records), FrozenSides(), SHARE)

    assert set(sides.values()) == {TRAINING}
    assert frozen == FrozenSides()


def test_two_neighbours_are_divided() -> None:
    assert Counter(chosen(one_scene(columns=2)).values()) == {TRAINING: 1, VALIDATION: 1}


def test_a_divided_scene_keeps_its_block_near_the_share_as_labels_grow() -> None:
    whole = one_scene(columns=40, rows=3)
    frozen = FrozenSides()
    for count in range(10, 41, 3):
        some = {id_: place for id_, place in whole.items() if int(id_[4:]) < count}
        sides, frozen = choose(some, frozen, SHARE)
        assert len(of_side(sides, VALIDATION)) / len(sides) == pytest.approx(SHARE, abs=0.1)


def test_a_divided_scene_learns_on_when_other_scenes_come() -> None:
    first = [p.record for p in one_scene(columns=10).values()]
    sides, frozen = choose(one_scene(columns=10), FrozenSides(), SHARE)
    others = [ground(f"z{n}", 100_000 + n * 20_000) for n in range(20)]
    scenes = dict.fromkeys((r.id for r in first), "scene")
    places = labelled([*first, *others], scenes=scenes)
    later, after = choose(places, frozen, SHARE)

    assert {id_: later[id_] for id_ in sides} == sides
    assert {later[f"z{n}"] for n in range(20)} == {TRAINING, VALIDATION}
    assert after.divided == set(sides)
    assert Counter(later.values())[VALIDATION] == pytest.approx(6, abs=1)


# -- over time -----------------------------------------------------------------------------------


def overlapping_pairs(
    places: dict[str, LabelledPlace], sides: dict[str, Side]
) -> list[tuple[str, str]]:
    """Return the pairs of a training and a held-out place that share ground, the slow way."""
    found = []
    for held, learnt in product(of_side(sides, VALIDATION), of_side(sides, TRAINING)):
        (l1, b1, r1, t1), (l2, b2, r2, t2) = (places[i].record.grid.bounds for i in (held, learnt))
        if min(r1, r2) - max(l1, l2) > 1.5 and min(t1, t2) - max(b1, b2) > 1.5:
            found.append((held, learnt))
    return found


def divided_groups(places: dict[str, LabelledPlace], frozen: FrozenSides) -> set[str]:
    return {places[id_].group for id_ in frozen.divided}


# Corners in steps of 320 m on some ground, with a scene each or none.
steps = st.lists(
    st.lists(
        st.tuples(
            st.integers(0, 60), st.integers(0, 12), st.sampled_from(["", "", "A", "B"]),
            st.sampled_from([{0: 4000}, {0: 4000, 1: 96}, {1: 10, 257: 10}]),
        ),
        min_size=1, max_size=8,
    ),
    min_size=2, max_size=6,
)  # fmt: skip


@settings(max_examples=150 if LONG else 25, deadline=None)
@given(steps, st.sampled_from([0.1, 0.2, 0.5]))
@example([[(0, 0, "A", {1: 9})], [(1, 0, "A", {1: 9}), (3, 0, "A", {1: 9})]], 0.2)
def test_no_place_ever_changes_sides(
    growth: list[list[tuple[int, int, str, dict[int, int]]]], share: float
) -> None:
    records: dict[str, PlaceRecord] = {}
    pixels: dict[str, dict[int, int]] = {}
    scenes: dict[str, str] = {}
    frozen = FrozenSides()
    for number, step in enumerate(growth):
        for count, (east, south, scene, labels) in enumerate(step):
            id_ = f"{number}-{count}"
            records[id_] = ground(id_, east * 320, south * 320)
            pixels[id_] = labels
            if scene:
                scenes[id_] = scene
        places = labelled(records.values(), scenes=scenes)
        for id_, labels in pixels.items():
            places[id_].pixels = dict(labels)
        sides, after = choose(places, frozen, share)

        check_step(places, sides, frozen, after)
        assert choose(places, after, share) == (sides, after), "asked again, the same"
        turned = dict(reversed(places.items()))
        assert choose(turned, frozen, share) == (sides, after), "whatever the order"
        frozen = after


def check_step(
    places: dict[str, LabelledPlace],
    sides: dict[str, Side],
    before: FrozenSides,
    after: FrozenSides,
) -> None:
    assert sides.keys() == places.keys()
    for id_, side in before.places.items():
        assert after.places[id_] is side, "what was kept stays"
        allowed = {side, SET_ASIDE} if side is TRAINING else {side}
        assert sides[id_] in allowed
    assert not overlapping_pairs(places, sides)
    known = {id_: side for id_, side in before.places.items() if side is TRAINING}
    fresh = {id_: sides[id_] for id_ in sides if id_ not in before.places}
    assert not overlapping_pairs(places, fresh | known), "nothing new is scored on learnt ground"
    divided = divided_groups(places, after)
    for group in {place.group for place in places.values()} - divided:
        its = {sides[id_] for id_, place in places.items() if place.group == group}
        assert not {TRAINING, VALIDATION} <= its, "whole groups are on one side"
    if len({place.group for place in places.values()}) > 1 and not before.places:
        assert {TRAINING, VALIDATION} <= set(sides.values())


# -- what they are made of -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_places_over_others_are_those_of_a_slow_search(seed: int) -> None:
    random = np.random.default_rng(seed)
    corners = random.integers(0, 300, (60, 2)) * 40
    records = [ground(f"{n}", *map(float, corner)) for n, corner in enumerate(corners)]
    is_chosen = random.random(60) < 0.3

    found = find_overlapping(records, is_chosen)

    for number, corner in enumerate(corners):
        gaps = np.abs(corners[is_chosen] - corner).max(axis=1)
        assert found[number] == (not is_chosen[number] and bool((gaps < SIDE_M - 1.5).any()))


def test_nothing_lies_over_nothing() -> None:
    records = [ground("a", 0), ground("b", 0)]

    assert not find_overlapping(records, np.zeros(2, bool)).any()
    assert not find_overlapping(records, np.ones(2, bool)).any()


def test_groups_that_are_fixed_stay_and_the_others_are_shared_out_around_them() -> None:
    pairs = {f"g{n}": 10 for n in range(20)}
    shares = {"training": 0.8, "validation": 0.2}
    fixed = dict.fromkeys(("g0", "g1", "g2"), "validation")

    splits = split_groups({}, pairs, shares, fixed=fixed)

    assert fixed.items() <= splits.items()
    assert Counter(splits.values()) == {"training": 16, "validation": 4}


def test_the_last_free_group_fills_an_empty_split() -> None:
    pairs = {"a": 1000, "b": 1}
    shares = {"training": 0.8, "validation": 0.2}

    assert split_groups({}, pairs, shares, fixed={"a": "validation"})["b"] == "training"
    assert split_groups({}, pairs, shares, fixed={"a": "training"})["b"] == "validation"


def test_where_all_groups_are_fixed_nothing_moves() -> None:
    fixed = {"a": "validation", "b": "validation"}
    shares = {"training": 0.8, "validation": 0.2}

    assert split_groups({}, {"a": 5, "b": 5}, shares, fixed=fixed) == fixed
