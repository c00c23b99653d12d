"""Which epoch of a fit is the best."""

from __future__ import annotations

import math

import pytest
from s2label_training.course import Best, Course
from s2label_training.sections import FitSettings


def course_with(headline: float | None, loss: float | None) -> Course:
    course = Course(FitSettings())
    course.best = Best(1, "best-00001.safetensors", "0" * 64, 0.5, headline, loss, {})
    return course


@pytest.mark.parametrize(
    ("headline", "loss", "is_better"),
    [
        (0.6, 0.9, True),
        (0.4, 0.1, False),
        (0.5, 0.2, True),
        (0.5, 0.3, False),
        (math.nan, 0.1, False),
    ],
)
def test_the_best_epoch_has_the_best_score_and_of_equal_ones_the_lowest_loss(
    headline: float, loss: float, is_better: bool
) -> None:
    assert course_with(0.5, 0.3).is_better(headline, loss) is is_better


@pytest.mark.parametrize("loss", [None, math.nan])
def test_where_nothing_can_be_told_the_latest_epoch_is_kept(loss: float | None) -> None:
    assert course_with(None, loss).is_better(math.nan, math.nan)
