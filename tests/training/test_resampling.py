"""How sure one can be that one model is better than another."""

from __future__ import annotations

import numpy as np
import pytest
from s2label_training.resampling import resample
from s2label_training.tallies import ChipTally

from s2label.types import Lifetime


def tally(true: int, found: int, proposed: int, right: int) -> ChipTally:
    """Return a tally of one moving class by its objects."""
    empty = ChipTally.empty((0, 1), (1,))
    objects = empty.objects.copy()
    objects[0, :, 0] = (true, found, proposed, right)
    return ChipTally((0, 1), (1,), empty.confusion, objects)


def pixels(*confusion: tuple[int, int]) -> ChipTally:
    """Return a tally of two static classes by (true, proposed) pixels."""
    empty = ChipTally.empty((1, 2), ())
    whole = empty.confusion.copy()
    whole[:2, :2] = confusion
    return ChipTally((1, 2), (), whole, empty.objects)


GOOD, BAD = tally(10, 9, 10, 9), tally(10, 5, 10, 5)


def test_who_is_better_everywhere_wins_every_time() -> None:
    found = resample([BAD] * 6, [GOOD] * 6, Lifetime.MOVING)
    assert found.confidence == 1
    assert (found.old, found.new) == pytest.approx((0.5, 0.9))
    assert found.interval == pytest.approx((0.4, 0.4))


def test_equal_ones_never_win() -> None:
    assert resample([GOOD] * 6, [GOOD] * 6, Lifetime.MOVING).confidence == 0


def test_who_wins_half_the_units_is_not_shown_to_be_better() -> None:
    old, new = [GOOD, BAD] * 4, [BAD, GOOD] * 4
    found = resample(old, new, Lifetime.MOVING)
    assert 0.3 < found.confidence < 0.6
    assert found.interval is not None
    assert found.interval[0] < 0 < found.interval[1]


def test_hard_ground_counts_for_both() -> None:
    # Both are bad on half of the units, the new one is a little better on each.
    easy, hard = (
        (tally(10, 9, 10, 9), tally(10, 10, 10, 10)),
        (tally(10, 1, 10, 1), tally(10, 2, 10, 2)),
    )
    pairs = [easy, hard] * 4
    found = resample([a for a, _ in pairs], [b for _, b in pairs], Lifetime.MOVING)
    assert found.confidence == 1


def test_it_agrees_with_a_slow_second_version() -> None:
    draw = np.random.default_rng(5)
    old = [tally(10, int(n), 10, int(n)) for n in draw.integers(3, 8, 7)]
    new = [tally(10, int(n), 10, int(n)) for n in draw.integers(4, 9, 7)]
    found = resample(old, new, Lifetime.MOVING)
    wins = 0
    for _ in range(4000):
        chosen = draw.integers(0, 7, 7)
        wins += sum(new[i].objects[0, 1, 0] - old[i].objects[0, 1, 0] for i in chosen) > 0
    assert found.confidence == pytest.approx(wins / 4000, abs=0.03)


def test_units_without_the_class_do_not_make_it_uncertain() -> None:
    nothing = tally(0, 0, 0, 0)
    found = resample([BAD, *[nothing] * 5], [GOOD, *[nothing] * 5], Lifetime.MOVING)
    assert found.confidence == 1


def test_without_anything_to_score_nobody_wins() -> None:
    nothing = [tally(0, 0, 3, 0)] * 3
    found = resample(nothing, nothing, Lifetime.MOVING)
    assert np.isnan(found.new)
    assert (found.confidence, found.interval) == (0, None)


def test_land_cover_is_compared_by_mean_iou_and_by_class() -> None:
    old, new = pixels((50, 50), (0, 100)), pixels((100, 0), (20, 80))
    found = resample([old] * 3, [new] * 3, Lifetime.STATIC)
    np.testing.assert_allclose(found.old_classes, [0.5, 100 / 150])
    np.testing.assert_allclose(found.new_classes, [100 / 120, 0.8])
    assert found.new == pytest.approx((100 / 120 + 0.8) / 2)
    assert found.class_intervals[1] == pytest.approx((0.8 - 2 / 3, 0.8 - 2 / 3))


def test_the_same_seed_gives_the_same_answer() -> None:
    old, new = [GOOD, BAD, GOOD, BAD, BAD], [BAD, GOOD, GOOD, GOOD, BAD]
    first, again = (resample(old, new, Lifetime.MOVING).confidence for _ in range(2))
    assert first == again
