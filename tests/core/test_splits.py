"""Groups never miss a neighbour, and splits never divide a group."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from s2label.errors import InputError
from s2label.grid import Grid
from s2label.groups import group_places
from s2label.splits import SHARES, missing_splits, split_groups
from s2label.types import PlaceRecord

UTM33 = "EPSG:32633"
DISTANCE_M = 2500.0
SIDE_M = 2560.0
# On the central meridian 1 m of the ground is 0.9996 m of the grid.
WEST, NORTH = 500_000.0, 5_200_000.0


def place(
    id_: str, west: float, north: float, crs: str = UTM33, px: int = 256, gsd: float = 10.0
) -> PlaceRecord:
    return PlaceRecord(id_, f"name of {id_}", Grid(crs, (gsd, 0, west, 0, -gsd, north), px, px))


def groups_of(
    *places: PlaceRecord, cut: tuple[tuple[str, str], ...] = (), distance_m: float = DISTANCE_M
) -> dict[str, str]:
    return group_places({p.id: p for p in places}, cut, distance_m)


def are_together(*places: PlaceRecord, cut: tuple[tuple[str, str], ...] = ()) -> bool:
    return len(set(groups_of(*places, cut=cut).values())) == 1


@pytest.mark.parametrize(
    ("east_m", "south_m", "together"),
    [
        pytest.param(0, 0, True, id="same ground, other grid"),
        pytest.param(SIDE_M - 10, 0, True, id="overlap by a pixel"),
        pytest.param(SIDE_M, 0, True, id="side by side"),
        pytest.param(SIDE_M + 2490, 0, True, id="just near"),
        pytest.param(SIDE_M + 2500, 0, True, id="at the limit of the grid"),
        pytest.param(SIDE_M + 2510, 0, False, id="just too far"),
        pytest.param(0, SIDE_M + 2490, True, id="near to the south"),
        pytest.param(0, -SIDE_M - 2510, False, id="too far to the north"),
        pytest.param(SIDE_M + 1700, SIDE_M + 1700, True, id="corners near"),
        pytest.param(SIDE_M + 1800, SIDE_M + 1800, False, id="corners too far"),
    ],
)
def test_places_join_by_the_distance_of_their_edges(
    east_m: float, south_m: float, together: bool
) -> None:
    other = place("b", WEST + east_m, NORTH - south_m, px=257 if east_m == south_m == 0 else 256)

    assert are_together(place("a", WEST, NORTH), other) is together


def test_neighbours_of_neighbours_join() -> None:
    row = [place(f"p{n}", WEST + n * (SIDE_M + 2000), NORTH) for n in range(5)]
    far = place("far", WEST + 100_000, NORTH)

    groups = groups_of(*row, far)

    assert {groups[p.id] for p in row} == {"name of p0"}
    assert groups["far"] == "name of far"


def beside(
    crs: str, gap_m: float, *, gsd: float = 10.0, lon: float = 12.0, lat: float = 47.0
) -> tuple[PlaceRecord, PlaceRecord]:
    """Return a place of 64 px west of a meridian in UTM, and one east of it in another CRS."""
    zone = int((lon + 180) // 6) or 60
    west_crs = f"EPSG:{32600 + zone}"
    x, y = Transformer.from_crs("EPSG:4326", west_crs, always_xy=True).transform(lon - 1e-9, lat)
    a = place("a", x - 640, y, west_crs, px=64)
    metre_lon = 1 / (111_320 * np.cos(np.radians(lat)))
    start = (lon + gap_m * metre_lon + 180) % 360 - 180
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(start, lat)
    return a, place("b", x, y, crs, px=64, gsd=gsd)


@pytest.mark.parametrize(
    ("crs", "gsd", "lon", "lat"),
    [
        pytest.param("EPSG:32633", 10, 12, 47, id="zones 32 and 33"),
        pytest.param("EPSG:32601", 10, 180, -16, id="across the date line"),
        pytest.param("EPSG:3857", 10, 12, 60, id="web mercator"),
        pytest.param("EPSG:4326", 1e-4, 12, 60, id="degrees"),
    ],
)
def test_neighbours_are_found_across_crs(crs: str, gsd: float, lon: float, lat: float) -> None:
    near = beside(crs, 2300, gsd=gsd, lon=lon, lat=lat)
    far = beside(crs, 2800, gsd=gsd, lon=lon, lat=lat)

    assert are_together(*near)
    assert not are_together(*far)


def test_a_place_that_is_nowhere_is_refused() -> None:
    with pytest.raises(InputError, match="nowhere on Earth"):
        groups_of(place("a", 1e9, 1e9, "EPSG:4326"))


def test_cut_chips_are_grouped_by_scene() -> None:
    a, b = place("a", WEST, NORTH, px=64), place("b", WEST + 80_000, NORTH, px=64)

    assert groups_of(a, b, cut=(("a", "S1"), ("b", "S1"))) == {"a": "S1", "b": "S1"}
    assert groups_of(a, b, cut=(("a", "S1"), ("b", "S2"))) == {"a": "S1", "b": "S2"}


@pytest.mark.parametrize(
    ("east_m", "together"),
    [
        pytest.param(640, False, id="side by side"),
        pytest.param(630, True, id="overlap by a pixel"),
        pytest.param(700, False, id="near"),
    ],
)
def test_cut_chips_of_two_scenes_join_only_where_they_overlap(
    east_m: float, together: bool
) -> None:
    a, b = place("a", WEST, NORTH, px=64), place("b", WEST + east_m, NORTH, px=64)

    assert are_together(a, b, cut=(("a", "S1"), ("b", "S2"))) is together


def test_overlapping_chips_join_scenes_of_two_zones() -> None:
    a, b = beside("EPSG:32633", -300)
    apart = place("c", WEST, NORTH, px=64)
    cut = (("a", "S32"), ("b", "S33"), ("c", "S33"))

    assert set(groups_of(a, b, apart, cut=cut).values()) == {"S32"}


def test_a_place_of_two_scenes_joins_them() -> None:
    chips = [place(id_, WEST + n * 50_000, NORTH, px=64) for n, id_ in enumerate("abc")]
    cut = (("a", "S2"), ("b", "S2"), ("b", "S1"), ("c", "S1"))

    assert set(groups_of(*chips, cut=cut).values()) == {"S1"}


def test_a_place_near_a_cut_chip_joins_its_scene() -> None:
    chip, other = place("a", WEST, NORTH, px=64), place("b", WEST + 640 + 2000, NORTH, px=64)

    assert are_together(chip, other, cut=(("a", "S1"),))


def test_small_places_at_the_limit_of_the_grid_are_near() -> None:
    a, b = place("a", WEST, NORTH, px=64), place("b", WEST + 640 + DISTANCE_M, NORTH, px=64)

    assert are_together(a, b)


def test_the_bent_edge_of_a_great_place_is_minded() -> None:
    # Half way between its corners a parallel lies some 100 m south of the straight line.
    great = place("a", 11.0, 61.0, "EPSG:4326", px=1000, gsd=1e-3)
    gap_lat = (2450 + 0.5) / 111_412
    small = place("b", 11.5, 60.0 - gap_lat, "EPSG:4326", px=16, gsd=1e-4)

    assert are_together(great, small)


def test_chips_that_overlap_at_a_common_corner_join() -> None:
    wide = PlaceRecord("a", "a", Grid(UTM33, (10, 0, WEST, 0, -10, NORTH), 16, 256))
    tall = PlaceRecord("b", "b", Grid(UTM33, (10, 0, WEST, 0, -10, NORTH), 256, 16))

    assert are_together(wide, tall, cut=(("a", "S1"), ("b", "S2")))


def test_groups_of_one_name_stay_apart() -> None:
    places = {
        id_: PlaceRecord(id_, "chip", place(id_, west, NORTH).grid)
        for id_, west in (("a", WEST), ("b", WEST + 90_000))
    }

    assert group_places(places, (), DISTANCE_M) == {"a": "chip a", "b": "chip b"}


def test_without_places_there_are_no_groups() -> None:
    assert group_places({}, [], DISTANCE_M) == {}


def rectangle_gap_m(a: PlaceRecord, b: PlaceRecord) -> float:
    (l1, b1, r1, t1), (l2, b2, r2, t2) = a.grid.bounds, b.grid.bounds
    return float(np.hypot(max(l2 - r1, l1 - r2, 0), max(b2 - t1, b1 - t2, 0)))


def brute_groups(places: list[PlaceRecord], limit_m: float) -> set[frozenset[str]]:
    group = {p.id: {p.id} for p in places}
    for a, b in combinations(places, 2):
        if rectangle_gap_m(a, b) <= limit_m and group[a.id] is not group[b.id]:
            group[a.id] |= group[b.id]
            for id_ in group[b.id]:
                group[id_] = group[a.id]
    return {frozenset(members) for members in group.values()}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 30_000), st.integers(0, 30_000), st.sampled_from([16, 64, 256])),
        max_size=25,
    )
)
def test_groups_are_those_of_a_slow_search(corners: list[tuple[int, int, int]]) -> None:
    places = [place(f"{n}", WEST + x, NORTH + y, px=px) for n, (x, y, px) in enumerate(corners)]
    found: dict[str, set[str]] = {}
    for id_, group in groups_of(*places).items():
        found.setdefault(group, set()).add(id_)
    groups = {frozenset(members) for members in found.values()}

    # Never finer than the exact limit, never coarser than a limit that is a little wider.
    assert all(any(fine <= group for group in groups) for fine in brute_groups(places, 2499))
    assert all(any(group <= wide for wide in brute_groups(places, 2506)) for group in groups)


def test_order_of_places_changes_nothing() -> None:
    row = [place(f"p{n}", WEST + n * 3000, NORTH, px=64) for n in range(20)]

    assert groups_of(*row) == groups_of(*reversed(row))


# -- splits --------------------------------------------------------------------------------------

some_groups = st.dictionaries(
    st.text("abcdef0123456789", min_size=1, max_size=6),
    st.tuples(
        st.dictionaries(st.sampled_from([0, 1, 2, 7]), st.integers(0, 60_000)), st.integers(1, 90)
    ),
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(some_groups, st.integers(0, 5))
def test_every_group_has_one_split_and_none_is_empty(
    groups: dict[str, tuple[dict[int, int], int]], seed: int
) -> None:
    pixels = {name: counts for name, (counts, _) in groups.items()}
    pairs = {name: count for name, (_, count) in groups.items()}

    splits = split_groups(pixels, pairs, seed=seed)

    assert splits.keys() == groups.keys()
    assert len(set(splits.values())) == min(len(groups), 3)
    assert splits == split_groups(
        dict(reversed(pixels.items())), dict(reversed(pairs.items())), seed=seed
    )


def pairs_by_split(splits: dict[str, str], pairs: dict[str, int]) -> Counter[str]:
    count: Counter[str] = Counter()
    for group, split in splits.items():
        count[split] += pairs[group]
    return count


@pytest.mark.parametrize("seed", range(5))
def test_pairs_and_classes_come_near_the_shares(seed: int) -> None:
    random = np.random.default_rng(seed)
    pairs = {f"g{n}": int(random.integers(1, 5)) for n in range(200)}
    pixels = {g: {1: int(random.integers(1000, 60_000))} for g in pairs}
    for rare in random.choice(200, 20, replace=False):
        pixels[f"g{rare}"][4] = int(random.integers(100, 5000))

    splits = split_groups(pixels, pairs, seed=seed)

    for counts in (
        pairs_by_split(splits, pairs),
        pairs_by_split(splits, {g: c.get(1, 0) for g, c in pixels.items()}),
        pairs_by_split(splits, {g: c.get(4, 0) for g, c in pixels.items()}),
    ):
        for split, share in SHARES.items():
            assert counts[split] / counts.total() == pytest.approx(share, abs=0.03)


def slow_cost(
    splits: dict[str, str], pixels: dict[str, dict[int, int]], pairs: dict[str, int]
) -> float:
    classes = sorted({class_ for counts in pixels.values() for class_ in counts})
    columns = [{g: pixels[g].get(c, 0) for g in pairs} for c in classes]
    cost = 0.0
    for column, weight in [*((c, 1) for c in columns), (pairs, len(classes))]:
        got = pairs_by_split(splits, column)
        for split, wanted in SHARES.items():
            cost += weight * (got[split] / got.total() - wanted) ** 2 / wanted
    return cost


@pytest.mark.parametrize("seed", range(30))
def test_no_single_move_would_come_nearer(seed: int) -> None:
    random = np.random.default_rng(seed)
    pairs = {f"g{n}": int(random.integers(1, 100)) for n in range(15)}
    pixels = {
        g: {int(c): int(random.integers(1, 60_000)) for c in random.choice(4, 2, replace=False)}
        for g in pairs
    }

    splits = split_groups(pixels, pairs)

    cost, sizes = slow_cost(splits, pixels, pairs), Counter(splits.values())
    moves = [(g, side) for g in pairs for side in SHARES if sizes[splits[g]] > 1]
    assert all(slow_cost(splits | {g: s}, pixels, pairs) > cost - 1e-6 for g, s in moves)


def test_a_class_of_a_single_group_is_learnt_from() -> None:
    pairs = {f"g{n}": 10 for n in range(10)}
    pixels = {g: {1: 1000} for g in pairs} | {"g3": {1: 1000, 2: 5}}

    assert split_groups(pixels, pairs)["g3"] == "train"


def test_one_great_group_is_for_training() -> None:
    pairs = {"great": 1000, "a": 60, "b": 50, "c": 40}

    splits = split_groups({}, pairs)

    assert splits["great"] == "train"
    assert set(splits.values()) == set(SHARES)


@pytest.mark.parametrize(
    ("groups", "expected", "missing"),
    [
        pytest.param([], {}, ["train", "validation", "test"], id="none"),
        pytest.param(["a"], {"a": "train"}, ["validation", "test"], id="one"),
        pytest.param(["a", "b"], {"a": "train", "b": "test"}, ["validation"], id="two"),
    ],
)
def test_few_groups_fill_train_then_test(
    groups: list[str], expected: dict[str, str], missing: list[str]
) -> None:
    splits = split_groups({}, {g: 10 - n for n, g in enumerate(groups)})

    assert splits == expected
    assert missing_splits(splits) == missing


def test_a_share_of_zero_gets_nothing_and_is_not_missed() -> None:
    shares = {"train": 0.8, "validation": 0.2, "test": 0.0}
    splits = split_groups({}, {f"g{n}": 3 for n in range(10)}, shares)

    assert Counter(splits.values()) == {"train": 8, "validation": 2}
    assert missing_splits(splits, shares) == []


def test_another_seed_splits_otherwise() -> None:
    pairs = {f"g{n}": 4 for n in range(30)}

    assert len({tuple(split_groups({}, pairs, seed=s).items()) for s in range(5)}) > 1
