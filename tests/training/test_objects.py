"""Objects are counted as docs/scores.md says, and as a slow second count finds them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.objects import PROPOSED, TRUE, count_objects

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 24


def mask_of(*rectangles: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Return a mask (y, x) with rectangles of (x, y, width, height)."""
    mask = np.zeros((SIDE, SIDE), bool)
    for x, y, width, height in rectangles:
        mask[y : y + height, x : x + width] = True
    return mask


EVERYWHERE = np.ones((SIDE, SIDE), bool)
TWO_VESSELS = mask_of((5, 5, 2, 2), (10, 5, 2, 2))
TWO_SPECKS = mask_of((5, 5, 1, 1), (7, 5, 1, 1))


def objects_of(
    proposed: NDArray[np.bool_], truth: NDArray[np.bool_], counts: NDArray[np.bool_] = EVERYWHERE
) -> list[int]:
    """Return true, found, proposed and right objects of all sizes."""
    return [int(number) for number in count_objects(proposed, truth, counts).sum(axis=1)]


@pytest.mark.parametrize(
    ("proposed", "truth", "expected"),
    [
        pytest.param(mask_of((5, 5, 1, 1)), mask_of((5, 5, 4, 1)), [1, 1, 1, 1], id="a quarter"),
        pytest.param(mask_of((5, 5, 1, 1)), mask_of((5, 5, 5, 1)), [1, 0, 1, 1], id="a fifth"),
        pytest.param(mask_of((5, 5, 4, 1)), mask_of((5, 5, 1, 1)), [1, 1, 1, 1], id="4 px on 1"),
        pytest.param(mask_of((5, 5, 5, 1)), mask_of((5, 5, 1, 1)), [1, 1, 1, 0], id="5 px on 1"),
        pytest.param(mask_of((9, 9, 2, 2)), mask_of((5, 5, 2, 2)), [1, 0, 1, 0], id="beside"),
        pytest.param(mask_of(), mask_of((5, 5, 2, 2)), [1, 0, 0, 0], id="nothing proposed"),
        pytest.param(mask_of((5, 5, 2, 2)), mask_of(), [0, 0, 1, 0], id="nothing there"),
        pytest.param(mask_of((5, 5, 7, 2)), TWO_VESSELS, [2, 2, 1, 1], id="two in one"),
        pytest.param(TWO_SPECKS, mask_of((5, 5, 8, 1)), [1, 1, 2, 2], id="one in two"),
        pytest.param(EVERYWHERE, mask_of((5, 5, 3, 3)), [1, 1, 1, 0], id="all proposed"),
    ],
)
def test_a_quarter_makes_an_object_found_and_a_proposal_right(
    proposed: NDArray[np.bool_], truth: NDArray[np.bool_], expected: list[int]
) -> None:
    assert objects_of(proposed, truth) == expected


def test_pixels_that_touch_at_a_corner_are_one_object() -> None:
    assert objects_of(mask_of(), np.eye(SIDE, dtype=bool))[TRUE] == 1


def test_objects_of_which_less_than_half_is_known_do_not_count_on_either_side() -> None:
    vessel = mask_of((8, 8, 4, 1))
    for known, expected in ((1, 0), (2, 1), (4, 1)):
        counts = EVERYWHERE & ~mask_of((8 + known, 8, 9, 1))
        assert objects_of(mask_of(), vessel, counts)[TRUE] == expected
        assert objects_of(vessel, mask_of(), counts)[PROPOSED] == expected


@pytest.mark.parametrize(
    ("px", "size"),
    [(1, 0), (3, 0), (4, 1), (10, 1), (11, 2), (30, 2), (31, 3), (100, 3), (101, 4), (400, 4)],
)
def test_objects_are_counted_by_their_size(px: int, size: int) -> None:
    flat = np.zeros((20, SIDE), bool)
    flat.reshape(-1)[:px] = True
    counted = count_objects(flat, flat, np.ones_like(flat))
    assert counted[:, size].tolist() == [1, 1, 1, 1]
    assert counted.sum() == 4


def slow_components(mask: NDArray[np.bool_]) -> list[set[tuple[int, int]]]:
    left = set(zip(*(axis.tolist() for axis in np.nonzero(mask)), strict=True))
    found = []
    while left:
        component, edge = set(), [left.pop()]
        while edge:
            y, x = edge.pop()
            component.add((y, x))
            around = {(y + dy, x + dx) for dy, dx in product((-1, 0, 1), repeat=2)} & left
            left -= around
            edge += around
        found.append(component)
    return found


def slow_count(
    mask: NDArray[np.bool_], other: NDArray[np.bool_], counts: NDArray[np.bool_]
) -> list[int]:
    objects = [o for o in slow_components(mask) if sum(counts[at] for at in o) >= len(o) / 2]
    return [len(objects), sum(sum(other[at] for at in o) >= len(o) / 4 for o in objects)]


@pytest.mark.parametrize("seed", range(12))
def test_objects_agree_with_a_slow_count(seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth, proposed = generator.random((2, SIDE, SIDE)) < generator.uniform(0.05, 0.4)
    counts = generator.random((SIDE, SIDE)) < 0.6
    expected = slow_count(truth, proposed, counts) + slow_count(proposed, truth, counts)
    assert objects_of(proposed, truth, counts) == expected
