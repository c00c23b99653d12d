"""An epoch sees every tile, rare things more often, and what went wrong lately."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from s2label_training.sampling import Sampler, find_objects, find_slots
from s2label_training.sections import SamplingSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from s2label_training.sampling import Tile

TILE = 32


def sampler_of(
    targets: list[NDArray[np.uint8]], batch_size: int = 4, seed: int = 0, **shares: float
) -> Sampler:
    weights = [np.ones(target.shape, np.float32) for target in targets]
    wanted = SamplingSettings.model_validate(shares)
    return Sampler(targets, weights, (1, 2), wanted, TILE, batch_size, seed)


def chips(count: int, side: int = TILE) -> list[NDArray[np.uint8]]:
    return [np.zeros((side, side), np.uint8) for _ in range(count)]


def tiles_of(sampler: Sampler, epoch: int = 0) -> list[Tile]:
    return list(chain.from_iterable(sampler.draw(epoch)))


def test_by_chance_every_tile_comes_once_before_any_comes_twice() -> None:
    sampler = sampler_of(chips(10))
    counts = Counter(tile.chip for tile in tiles_of(sampler))
    assert sampler.steps == 3  # whole batches: 12 tiles
    assert set(counts) == set(range(10))
    assert max(counts.values()) == 2


def test_the_recipe_says_how_many_tiles_an_epoch_has() -> None:
    sampler = sampler_of(chips(10), tiles_per_epoch=100)
    assert [len(batch) for batch in sampler.draw(0)] == [4] * 25


def test_a_large_chip_is_seen_as_many_tiles_all_of_them_inside() -> None:
    sampler = sampler_of([np.zeros((70, 100), np.uint8)])
    tiles = tiles_of(sampler)
    assert len({tile.slot for tile in tiles}) == 3 * 4
    assert all(0 <= tile.y <= 70 - TILE and 0 <= tile.x <= 100 - TILE for tile in tiles)


def test_tiles_without_any_label_are_left_out() -> None:
    weight = np.zeros((64, 64), np.float32)
    weight[40, 40] = 1
    np.testing.assert_array_equal(find_slots([weight], TILE), [[0, 32, 32]])


def test_objects_are_connected_pixels_with_labels() -> None:
    target = np.zeros((TILE, TILE), np.uint8)
    target[2:4, 2:6] = target[4, 6] = 1  # the last one touches by its corner
    target[20:22, 20:22] = 2
    target[30, 30] = 1
    weight = np.ones((TILE, TILE), np.float32)
    weight[30, 30] = 0
    first, second = find_objects([target], [weight], (1, 2))
    np.testing.assert_array_equal(first, [[0, 3, 4]])
    np.testing.assert_array_equal(second, [[0, 21, 21]])


def test_objects_of_rare_classes_come_as_often_as_those_of_common_ones() -> None:
    targets = chips(50)
    for target in targets[:9]:
        target[5:9, 5:9] = 1
    targets[9][5:9, 5:9] = 2
    tiles = tiles_of(sampler_of(targets, tiles_per_epoch=4000, object_share=0.5))
    counts = Counter(tile.chip for tile in tiles)
    common = sum(counts[chip] for chip in range(9))
    # Half of 4,000 near objects, half of these of each class, beside what comes by chance.
    assert counts[9] == pytest.approx(1000 + 2000 / 50, rel=0.1)
    assert common == pytest.approx(1000 + 2000 * 9 / 50, rel=0.1)


def test_tiles_near_an_object_hold_it_and_not_always_in_their_middle() -> None:
    target = np.zeros((200, 200), np.uint8)
    target[100:103, 60:63] = 1
    tiles = tiles_of(sampler_of([target], tiles_per_epoch=40, object_share=1.0))
    assert all(t.y <= 100 and t.y + TILE >= 103 and t.x <= 60 and t.x + TILE >= 63 for t in tiles)
    assert len({(tile.y, tile.x) for tile in tiles}) > 20


def test_near_an_object_tiles_hold_it_near_their_edges_too() -> None:
    target = np.zeros((200, 200), np.uint8)
    target[100, 60] = 1
    tiles = tiles_of(sampler_of([target], tiles_per_epoch=400, object_share=1.0))
    at = {100 - tile.y for tile in tiles}
    assert min(at) == 4
    assert max(at) == TILE - 4


def test_hard_tiles_are_those_with_the_most_wrong_lately() -> None:
    sampler = sampler_of(chips(20), tiles_per_epoch=100, hard_share=0.5)
    sampler.note(np.arange(20), np.linspace(0, 1, 20, dtype=np.float32))
    counts = Counter(tile.chip for tile in tiles_of(sampler))
    # Half of 100 from the worst quarter; of the others every chip comes at least twice.
    assert sum(counts[chip] for chip in range(15, 20)) >= 50 + 2 * 5
    sampler.note(np.arange(15, 20), np.zeros(5, np.float32))
    sampler.note(np.arange(15, 20), np.zeros(5, np.float32))
    counts = Counter(tile.chip for tile in tiles_of(sampler))
    assert sum(counts[chip] for chip in range(10, 15)) >= 50 + 2 * 5  # the others were learnt


def test_before_anything_was_seen_hard_tiles_come_by_chance() -> None:
    counts = Counter(tile.chip for tile in tiles_of(sampler_of(chips(8), hard_share=0.5)))
    assert counts == Counter(range(8))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(8, 90), st.integers(8, 90)), min_size=1, max_size=4),
    st.integers(0, 5),
    st.integers(1, 7),
)
def test_an_epoch_depends_on_seed_epoch_and_what_was_noted_alone(
    shapes: list[tuple[int, int]], epoch: int, batch_size: int
) -> None:
    targets = [np.zeros(shape, np.uint8) for shape in shapes]
    for target in targets:
        target[2:4, 2:4] = 1
    shares = {"object_share": 0.4, "hard_share": 0.3}
    one, other = (sampler_of(targets, batch_size, 3, **shares) for _ in range(2))
    _ = one.draw(epoch + 1)  # what was drawn before changes nothing
    noted = np.arange(len(targets)), np.ones(len(targets), np.float32)
    one.note(*noted)
    other.wrongness = one.wrongness
    assert one.draw(epoch) == other.draw(epoch)
    assert all(len(batch) == batch_size for batch in one.draw(epoch))


def test_another_seed_or_epoch_draws_otherwise() -> None:
    targets = chips(30)
    first = sampler_of(targets).draw(0)
    assert sampler_of(targets).draw(1) != first
    assert sampler_of(targets, seed=1).draw(0) != first


def test_wrongness_of_other_chips_is_refused() -> None:
    with pytest.raises(ValueError, match="3 tiles"):
        sampler_of(chips(3)).wrongness = np.zeros(4, np.float32)
