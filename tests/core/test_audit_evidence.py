"""What is seen more often in wrong masks than in masks as they are makes a mask suspicious."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from s2label.audit.evidence import Evidence, chance_of


def test_a_strength_counts_by_how_much_more_usual_it_is_in_wrong_masks() -> None:
    evidence = Evidence([0.1] * 80 + [0.5] * 10 + [0.9] * 10, [0.6] * 30 + [0.95] * 10, 100, 40)
    # 0.5 or more: 40 of 40 wrong ones, 20 of 100 usual ones; 0.6 or more: 40 of 40, 10 of 100.
    assert evidence.times([0.5, 0.6, 0.9]) == pytest.approx([5, 10, 10])


def test_what_is_as_usual_in_masks_as_they_are_tells_nothing() -> None:
    evidence = Evidence([0.1] * 80 + [0.9] * 20, [0.1] * 80 + [0.9] * 20, 100, 100)
    assert evidence.times([0.1, 0.9]) == [0, 0]
    assert not evidence.tells


def test_what_is_hardly_more_usual_in_wrong_masks_tells_nothing_however_many_there_are() -> None:
    assert Evidence([0.9] * 3000, [0.9] * 4200, 9000, 9000).times([0.9]) == [0]
    assert Evidence([0.9] * 3000, [0.9] * 4800, 9000, 9000).times([0.9]) == pytest.approx([1.6])


def test_few_things_tell_nothing_and_as_many_more_tell_much() -> None:
    few, many = Evidence([0.9], [0.9] * 3, 5, 5), Evidence([0.9] * 20, [0.9] * 60, 100, 100)
    assert few.times([0.9]) == [0]
    assert many.times([0.9]) == pytest.approx([3])
    assert (few.tells, many.tells) == (False, True)


@pytest.mark.parametrize("seed", range(5))
def test_chance_makes_nothing_of_strengths_that_are_alike(seed: int) -> None:
    usual, wrong = np.random.default_rng(seed).random((2, 300))
    assert not any(Evidence(list(usual), list(wrong), 300, 300).times(sorted(usual)))


def test_what_is_seen_by_luck_as_often_tells_nothing() -> None:
    rare = Evidence([0.9] * 60, [0.9] * 40, 100, 100, luck=[0.9] * 120, luck_of=300)
    clear = Evidence([0.9] * 60, [0.9] * 40, 100, 100, luck=[0.9] * 12, luck_of=300)
    assert rare.times([0.9]) == [0]
    assert clear.times([0.9]) == pytest.approx([2 / 3])


def test_what_is_stronger_never_counts_less() -> None:
    random = np.random.default_rng(0)
    evidence = Evidence(list(random.random(900) ** 2), list(random.random(400)), 1000, 500)
    strengths = sorted(evidence.usual)
    times = evidence.times(strengths)
    assert len(set(times)) > 10
    assert all(a <= b for a, b in pairwise(times))


def test_nothing_is_suspicious_where_nothing_can_be_compared() -> None:
    assert Evidence([0.5], [], 1, 0).times([0.5]) == [0]
    assert Evidence().times([]) == []


@pytest.mark.parametrize(("times", "prior", "chance"), [(0, 0.1, 0), (9, 0.1, 0.5), (4, 0.2, 0.5)])
def test_the_chance_follows_from_the_ratio_and_from_what_was_thought_before(
    times: float, prior: float, chance: float
) -> None:
    assert chance_of(times, prior) == pytest.approx(chance)
