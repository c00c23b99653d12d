"""What is seen more often in wrong masks than in masks as they are makes a mask suspicious."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from s2label.audit.evidence import Evidence, chance_of


def test_a_strength_counts_by_how_much_more_usual_it_is_in_wrong_masks() -> None:
    evidence = Evidence(usual=[0.1] * 8 + [0.5, 0.9], wrong=[0.6] * 3 + [0.95], usual_of=10)
    evidence.wrong_of = 4
    # 0.5 or more: 4 of 4 wrong ones, 2 of 10 usual ones; 0.9 or more: 1 of 4 and 1 of 10.
    assert evidence.times([0.1, 0.5]) == pytest.approx([1, 5])


def test_what_is_stronger_never_counts_less() -> None:
    random = np.random.default_rng(0)
    evidence = Evidence(list(random.random(90)), list(random.random(40)), 100, 50)
    strengths = sorted(evidence.usual)
    times = evidence.times(strengths)
    assert all(a <= b for a, b in pairwise(times))


def test_nothing_is_suspicious_where_nothing_can_be_compared() -> None:
    assert Evidence([0.5], [], 1, 0).times([0.5]) == [0]
    assert Evidence().times([]) == []


@pytest.mark.parametrize(("times", "prior", "chance"), [(0, 0.1, 0), (9, 0.1, 0.5), (4, 0.2, 0.5)])
def test_the_chance_follows_from_the_ratio_and_from_what_was_thought_before(
    times: float, prior: float, chance: float
) -> None:
    assert chance_of(times, prior) == pytest.approx(chance)
