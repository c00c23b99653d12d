"""Folds: each labelled place is held once, and no model learns from what it is asked about."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from s2label.grid import Grid
from s2label.groups import find_overlapping
from s2label.labelled.folds import Folds, choose_folds, things_to_learn
from s2label.labelled.places import LabelledPlace
from s2label.types import PlaceRecord

SIDE = 64
VESSEL, SOME_PX = 1, 40


def place(name: str, column: int, row: int = 0, group: str = "", **kept: int) -> LabelledPlace:
    """Return a place of 64 px at a column and row of a grid of such places."""
    corner = (10.0, 0.0, 300_000.0 + column * SIDE * 10, 0.0, -10.0, 5_000_000.0 - row * SIDE * 10)
    record = PlaceRecord(name, name, Grid("EPSG:32633", corner, SIDE, SIDE))
    vessels = kept.get("vessels", SOME_PX)
    pixels = {0: SIDE**2 - vessels, VESSEL: vessels} if vessels else {0: SIDE**2}
    return LabelledPlace(record, group or name, 1, pixels)


def by_id(*places: LabelledPlace) -> dict[str, LabelledPlace]:
    return {each.id: each for each in places}


def groups_of(count: int, places: int = 2, **kept: int) -> dict[str, LabelledPlace]:
    """Return groups far from each other, of some places each."""
    return by_id(
        *(
            place(f"g{group}-{number}", 100 * group + number, group=f"g{group}", **kept)
            for group in range(count)
            for number in range(places)
        )
    )


def one_scene(columns: int, rows: int) -> dict[str, LabelledPlace]:
    """Return places side by side, all of one group."""
    return by_id(*(place(f"{c}-{r}", c, r, "scene") for c in range(columns) for r in range(rows)))


def require_each_held_once(folds: Folds, places: dict[str, LabelledPlace]) -> None:
    held = Counter(id_ for ids in folds.held for id_ in ids)
    assert held == Counter(list(places))


def test_folds_are_of_whole_groups() -> None:
    places = groups_of(7)
    folds = choose_folds(places, 5)

    assert folds.is_by_group
    assert len(folds.held) == 5
    require_each_held_once(folds, places)
    for held, training in zip(folds.held, folds.training, strict=True):
        assert {places[id_].group for id_ in held}.isdisjoint(places[i].group for i in training)
        assert held | training == places.keys()


def test_classes_are_shared_out_evenly() -> None:
    places = groups_of(4, vessels=0) | {
        f"v{n}": place(f"v{n}", 1000 + 100 * n, group=f"v{n}") for n in range(4)
    }
    folds = choose_folds(places, 4)
    assert [sum(id_.startswith("v") for id_ in held) for held in folds.held] == [1, 1, 1, 1]


def test_of_fewer_groups_come_as_many_folds() -> None:
    assert len(choose_folds(groups_of(3), 5).held) == 3


def test_one_scene_is_cut_into_blocks_that_touch_nothing_they_are_judged_by() -> None:
    places = one_scene(20, 3)
    folds = choose_folds(places, 4)

    assert not folds.is_by_group
    assert [len(held) for held in folds.held] == [15, 15, 15, 15]
    require_each_held_once(folds, places)
    records = [each.record for each in places.values()]
    for held, training in zip(folds.held, folds.training, strict=True):
        is_held = np.array([id_ in held for id_ in places])
        touching = find_overlapping(records, is_held, or_touching=True)
        near = {id_ for id_, is_near in zip(places, touching, strict=True) if is_near}
        assert near
        assert training == places.keys() - held - near


def test_the_blocks_of_a_scene_hold_about_as_much_of_each_class() -> None:
    crowded = one_scene(20, 2)
    for id_, each in crowded.items():
        if int(id_.partition("-")[0]) >= 5:
            each.pixels = {0: SIDE**2}
    folds = choose_folds(crowded, 2)
    shares = [sum(VESSEL in crowded[id_].pixels for id_ in held) / 10 for held in folds.held]
    assert shares == pytest.approx([0.8, 0.2], abs=0.25)
    assert len(folds.held[0]) < len(folds.held[1])


def test_where_all_places_touch_only_what_overlaps_is_left_out() -> None:
    places = by_id(place("a", 0, group="scene"), place("b", 1, group="scene"))
    folds = choose_folds(places, 5)
    assert folds.training == (frozenset({"b"}), frozenset({"a"}))


def test_fewer_blocks_are_cut_where_nothing_would_be_left_to_learn_from() -> None:
    places = one_scene(4, 1)
    for id_ in ("1-0", "2-0"):
        places[id_].pixels = {0: SIDE**2}
    folds = choose_folds(places, 4)
    assert all(things_to_learn(places, training) for training in folds.training)


def test_a_single_place_cannot_be_parted() -> None:
    assert len(choose_folds(one_scene(1, 1), 5).held) < 2


def test_the_same_places_always_come_to_the_same_folds() -> None:
    places = groups_of(9, 3)
    backwards = dict(reversed(places.items()))
    assert choose_folds(places, 4) == choose_folds(backwards, 4)


def test_one_fold_is_none() -> None:
    with pytest.raises(ValueError, match="1 folds"):
        choose_folds(groups_of(3), 1)
