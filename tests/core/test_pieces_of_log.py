"""Pieces of work: what begins and ends one, what it counts as, and that no second counts twice."""

from __future__ import annotations

import pytest

from s2label.canvases import CanvasKind
from s2label.explore.intervals import LEAST
from s2label.explore.pieces import WorkKind
from s2label.painting.accepting import SUGGESTION_TOOL
from s2label.types import Subject, Verdict
from tests.factories.work_logs import Log, kinds


@pytest.fixture
def log() -> Log:
    return Log()


def days(log: Log) -> list[tuple[str, float, int]]:
    return [(day.day, day.seconds, day.chips) for day in log.ledger.days]


def test_painting_on_a_chip_left_undecided_is_no_time_of_the_next_decision(log: Log) -> None:
    log.paint(0, 60.0)
    log.decide(1, Verdict.ACCEPT, 63.0)
    assert kinds(log) == [(WorkKind.PAINTED, 60.0, True), (WorkKind.ACCEPTED, 3.0, True)]


def test_a_decision_at_once_or_by_another_person_takes_out_only_its_own_painting(log: Log) -> None:
    log.paint(0, 6.0)
    log.who = "bob"
    log.decide(1, Verdict.ACCEPT, 2.0)
    log.who = "ann"
    log.decide(2, Verdict.ACCEPT, None)
    log.decide(0, Verdict.ACCEPT, 7.0)
    assert [(kind, seconds) for kind, seconds, _ in kinds(log)] == [
        (WorkKind.PAINTED, 7.0),
        (WorkKind.ACCEPTED, 2.0),
        (WorkKind.ACCEPTED, 0.0),
    ]


def test_in_earlier_logs_a_decision_holds_no_strokes_of_a_window_closed_before(log: Log) -> None:
    log.paint(0, 15.0)
    log.paint(0, 4.0)
    log.decide(0, Verdict.ACCEPT, 12.0, of=(Subject.IMAGE,))
    assert kinds(log) == [(WorkKind.PAINTED, 27.0, True)]


def test_several_looks_of_more_than_a_pause_are_work_and_no_break(log: Log) -> None:
    log.decide(0, Verdict.ACCEPT, 30.0)
    log.decide(1, Verdict.ACCEPT, 20.0)
    assert [piece.is_break for piece in log.pieces] == [False, True]


def test_a_chip_accepted_without_a_mask_is_done_but_not_labelled(log: Log) -> None:
    for number in range(LEAST):
        log.decide(number, Verdict.ACCEPT, 2.0, of=(Subject.IMAGE,))
    assert (log.ledger.labelled, log.ledger.cost) == (0, None)
    assert days(log) == [("2024-05-01", 18.0, LEAST)]


def test_work_stays_on_its_day_when_the_chip_is_touched_up_later(log: Log) -> None:
    for number in range(2):
        log.paint(number, 12.0)
        log.decide(number, Verdict.ACCEPT, 14.0, of=(Subject.IMAGE,))
    log.paint(2, 5.0)
    log.day = "2024-06-01"
    for number in range(3):
        log.paint(number, 3.0)
    log.decide(2, Verdict.ACCEPT, 11.0)
    assert days(log) == [("2024-05-01", 33.0, 3), ("2024-06-01", 11.0, 3)]
    assert log.ledger.labelled == 3


def test_a_decision_ends_what_was_painted_before(log: Log) -> None:
    for seconds in (6.0, 3.0):
        log.paint(0, seconds)
        log.decide(0, Verdict.ACCEPT, seconds + 1)
    assert kinds(log) == [(WorkKind.PAINTED, 7.0, True), (WorkKind.PAINTED, 4.0, True)]
    assert days(log) == [("2024-05-01", 11.0, 1)]


def test_a_touched_up_suggestion_is_still_work_with_a_suggestion(log: Log) -> None:
    log.paint(0, 2.0, SUGGESTION_TOOL)
    log.decide(0, Verdict.ACCEPT, 3.0)
    log.paint(0, 4.0)
    assert [piece.kind for piece in log.pieces] == [WorkKind.SUGGESTED] * 2


def test_ignored_pixels_and_judged_suspicions_are_no_chips_done(log: Log) -> None:
    log.paint(0, 5.0, kind=CanvasKind.IGNORE)
    log.decide(1, Verdict.ACCEPT, 7.0)
    log.decide(2, Verdict.REJECT, 2.0, of=(Subject.SUSPICION,))
    assert days(log) == [("2024-05-01", 9.0, 1)]


def test_the_same_verdict_again_leaves_the_first_one_a_result(log: Log) -> None:
    for who in ("ann", "bob"):
        log.who = who
        log.decide(0, Verdict.ACCEPT, 2.0)
    assert kinds(log) == [(WorkKind.ACCEPTED, 2.0, True)] * 2
    assert (log.ledger.labelled, days(log)) == (1, [("2024-05-01", 4.0, 1)])


def test_an_undone_verdict_is_no_result_though_somebody_says_the_same_later(log: Log) -> None:
    log.decide(0, Verdict.ACCEPT, 2.0, stands=False)
    log.decide(0, Verdict.ACCEPT, 3.0)
    assert [piece.is_result for piece in log.pieces] == [False, True]


@pytest.mark.parametrize(("number", "expected"), [(0, 1), (1, 2)], ids=["same chip", "other chip"])
def test_a_judged_suspicion_belongs_to_the_painting_of_its_own_chip_only(
    log: Log, number: int, expected: int
) -> None:
    log.paint(0, 5.0)
    log.decide(number, Verdict.REJECT, 8.0, of=(Subject.SUSPICION,))
    assert len(log.pieces) == expected
    assert days(log)[0][1] == 8.0
