"""Which epoch of a fit is the best, and how much of its time is spent."""

from __future__ import annotations

import json
import math

import pytest
from s2label_training import course
from s2label_training.course import Best, Course
from s2label_training.sections import FitSettings

from tests.factories.clocks import Clock


def course_with(headline: float | None, loss: float | None) -> Course:
    fit = Course(FitSettings())
    fit.best = Best(1, "best-00001.safetensors", "0" * 64, 0.5, headline, loss, {})
    return fit


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


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(course, "time", made)
    return made


def test_without_minutes_none_are_spent(clock: Clock) -> None:
    fit = Course(FitSettings())
    fit.start_clock()
    clock.now += 1e6
    assert fit.share_of_minutes == fit.share_of_stage_minutes == 0
    assert not fit.is_out_of_time


def test_a_stage_has_the_minutes_that_were_left_when_it_began(clock: Clock) -> None:
    fit = Course(FitSettings(max_minutes=10))
    fit.begin_stage()
    fit.start_clock()
    clock.now += 120
    assert (fit.share_of_minutes, fit.share_of_stage_minutes) == (0.2, 0.2)
    fit.begin_stage()
    clock.now += 120
    assert (fit.share_of_minutes, fit.share_of_stage_minutes) == (0.4, 0.25)
    clock.now += 1000
    assert (fit.share_of_minutes, fit.share_of_stage_minutes) == (1, 1)
    assert fit.is_out_of_time


def test_a_stage_that_begins_when_the_time_is_up_has_none(clock: Clock) -> None:
    fit = Course(FitSettings(max_minutes=1))
    fit.start_clock()
    clock.now += 61
    fit.begin_stage()
    assert fit.share_of_stage_minutes == 1


def test_a_resumed_fit_goes_on_with_the_minutes_that_it_had(clock: Clock) -> None:
    fit = Course(FitSettings(max_minutes=10))
    fit.start_clock()
    clock.now += 120
    fit.begin_stage()
    clock.now += 120
    kept = json.loads(json.dumps(fit.as_dict()))
    clock.now += 10_000  # nobody trains
    resumed = Course(FitSettings(max_minutes=10))
    resumed.load(kept)
    assert (resumed.share_of_minutes, resumed.share_of_stage_minutes) == (0.4, 0.25)
    resumed.start_clock()
    clock.now += 240
    assert (resumed.share_of_minutes, resumed.share_of_stage_minutes) == (0.8, 0.75)
