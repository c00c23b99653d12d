"""The time ledger: hand-made logs whose seconds are known."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2label.canvases import CanvasKind, CanvasRef, StrokeRecord
from s2label.catalog.work_log import LoggedStroke
from s2label.classes import VESSELS
from s2label.explore.drawn_objects import count_drawn
from s2label.explore.intervals import LEAST, draw_medians, draw_ratios, percentile_interval
from s2label.explore.pieces import WorkKind
from s2label.explore.time_ledger import read_ledger
from s2label.painting.accepting import SUGGESTION_TOOL
from s2label.painting.canvas import canvas_of, read_canvas
from s2label.painting.painter import Painter
from s2label.painting.stroke import Stroke
from s2label.project import open_project
from s2label.review.session import ReviewSession
from s2label.types import Decision, Subject, Verdict
from tests.factories.projects import DATES, apart, make_project
from tests.factories.work_logs import Log, kinds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture
def log() -> Log:
    return Log()


def test_the_median_is_that_of_what_was_decided(log: Log) -> None:
    seconds = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 12.0]
    for number, each in enumerate(seconds):
        log.decide(number, Verdict.ACCEPT, each)
    row = log.ledger.row(WorkKind.ACCEPTED)
    assert row is not None
    assert row.median is not None
    assert row.mean is not None
    assert (row.done, row.median.value, row.drawn) == (9, 5.0, "chips")
    assert row.mean.value == pytest.approx(48 / 9)
    assert row.median.low < 5 < row.median.high


def test_below_nine_it_is_too_few_to_say(log: Log) -> None:
    for number in range(LEAST - 1):
        log.decide(number, Verdict.ACCEPT, 2.0)
    row = log.ledger.row(WorkKind.ACCEPTED)
    assert row is not None
    assert (row.timed, row.median, row.mean, log.ledger.cost) == (8, None, None, None)


def test_a_break_is_in_the_median_but_not_in_the_mean(log: Log) -> None:
    for number in range(10):
        log.decide(number, Verdict.ACCEPT, 2.0)
    log.decide(10, Verdict.ACCEPT, 20.0)
    row = log.ledger.row(WorkKind.ACCEPTED)
    assert row is not None
    assert row.median is not None
    assert row.mean is not None
    assert (row.timed, row.breaks, row.median.value) == (11, 1, 2.0)
    assert row.mean.value == row.mean.high == 2.0
    assert log.ledger.days[0].seconds == 40.0


def test_the_seconds_of_painting_count_once_though_the_decision_holds_them_too(log: Log) -> None:
    log.paint(0, 5.0)
    log.paint(0, 4.0)
    log.decide(0, Verdict.ACCEPT, 11.0, of=(Subject.IMAGE,))
    log.decide(1, Verdict.ACCEPT, 3.0)
    assert kinds(log) == [(WorkKind.PAINTED, 11.0, True), (WorkKind.ACCEPTED, 3.0, True)]
    assert log.ledger.days[0].seconds == 14.0


def test_a_pause_after_painting_is_a_break_of_that_mask(log: Log) -> None:
    log.paint(0, 5.0)
    log.decide(0, Verdict.ACCEPT, 25.0, of=(Subject.IMAGE,))
    (piece,) = log.pieces
    assert (piece.seconds, piece.worked_seconds, piece.is_break) == (25.0, 5.0, False)


def test_a_suggestion_that_stands_makes_it_work_with_a_suggestion(log: Log) -> None:
    log.paint(0, 2.0, SUGGESTION_TOOL)
    log.paint(0, 3.0)
    log.paint(1, 2.0, SUGGESTION_TOOL, stands=False)
    log.paint(1, 3.0)
    expected = [(WorkKind.SUGGESTED, 5.0, True), (WorkKind.PAINTED, 5.0, True)]
    assert kinds(log) == expected


def test_an_undone_stroke_is_time_but_no_result(log: Log) -> None:
    for number in range(LEAST):
        log.paint(number, 4.0)
    log.paint(50, 9.0, stands=False)
    row = log.ledger.row(WorkKind.PAINTED)
    assert row is not None
    assert row.median is not None
    assert row.mean is not None
    assert (row.done, row.undone, row.seconds) == (9, 1, 45.0)
    assert (row.median.value, row.mean.value) == (4.0, 5.0)
    assert log.ledger.cost is not None
    assert log.ledger.cost.value == 5.0


def test_where_all_strokes_were_undone_the_decision_is_work_of_its_own(log: Log) -> None:
    log.paint(0, 6.0, stands=False)
    log.decide(0, Verdict.ACCEPT, 8.0)
    assert kinds(log) == [(WorkKind.PAINTED, 6.0, False), (WorkKind.ACCEPTED, 2.0, True)]


def test_what_was_decided_otherwise_later_is_no_result_any_more(log: Log) -> None:
    log.decide(0, Verdict.REJECT, 2.0, of=(Subject.IMAGE,))
    log.decide(0, Verdict.ACCEPT, 3.0)
    log.paint(1, 4.0)
    log.decide(1, Verdict.REJECT, 5.0, of=(Subject.MASK,))
    assert kinds(log) == [
        (WorkKind.REJECTED_IMAGE, 2.0, False),
        (WorkKind.ACCEPTED, 3.0, True),
        (WorkKind.PAINTED, 5.0, False),
    ]


@pytest.mark.parametrize(
    ("of", "verdict", "kind"),
    [
        ((Subject.IMAGE, Subject.MASK), Verdict.ACCEPT, WorkKind.ACCEPTED),
        ((Subject.IMAGE,), Verdict.ACCEPT, WorkKind.ACCEPTED_IMAGE),
        ((Subject.MASK,), Verdict.REJECT, WorkKind.REJECTED_MASK),
        ((Subject.IMAGE,), Verdict.REJECT, WorkKind.REJECTED_IMAGE),
        ((Subject.IMAGE,), Verdict.OPEN, WorkKind.OTHER),
        ((Subject.IMAGE, Subject.IMAGE), Verdict.ACCEPT, WorkKind.TOGETHER),
        ((Subject.SUSPICION, Subject.SUSPICION), Verdict.REJECT, WorkKind.JUDGED),
    ],
    ids=["both", "without mask", "mask", "image", "opened", "several", "suspicions"],
)
def test_decisions_are_told_apart(
    log: Log, of: tuple[Subject, ...], verdict: Verdict, kind: WorkKind
) -> None:
    log.decide(0, verdict, 1.0, of=of)
    assert [piece.kind for piece in log.pieces] == [kind]


def test_ignored_pixels_are_work_beside_the_decision(log: Log) -> None:
    log.paint(0, 5.0, kind=CanvasKind.IGNORE)
    log.decide(0, Verdict.ACCEPT, 7.0)
    assert kinds(log) == [(WorkKind.IGNORED, 5.0, True), (WorkKind.ACCEPTED, 2.0, True)]


def test_a_decision_without_a_time_is_counted_and_not_timed(log: Log) -> None:
    log.decide(0, Verdict.ACCEPT, None)
    assert (log.ledger.untimed, log.ledger.has_time, log.ledger.days) == (1, False, ())


def test_a_chip_that_was_accepted_and_painted_is_labelled_once(log: Log) -> None:
    log.decide(0, Verdict.ACCEPT, 2.0)
    log.paint(0, 4.0)
    assert log.ledger.labelled == 1


def test_people_have_rows_of_their_own_where_there_are_several(log: Log) -> None:
    for number, who in enumerate(("ann", "ann", "bob")):
        log.who = who
        log.decide(number, Verdict.ACCEPT, 2.0)
    rows = [(row.who, row.done) for row in log.ledger.rows]
    assert rows == [("everybody", 3), ("ann", 2), ("bob", 1)]


def test_a_day_has_its_hours_its_chips_and_a_pace(log: Log) -> None:
    for number in range(4):
        log.day = f"2024-05-0{1 + number % 2}"
        log.decide(number, Verdict.ACCEPT, 9.0)
    days = [(day.day, day.seconds, day.chips, day.chips_per_hour) for day in log.ledger.days]
    assert days == [("2024-05-01", 18.0, 2, 400.0), ("2024-05-02", 18.0, 2, 400.0)]
    assert log.ledger.days[1].images == ("i1", "i3")


def test_from_nine_days_on_days_are_drawn(log: Log) -> None:
    for number in range(18):
        log.day = f"2024-05-{10 + number // 2}"
        log.decide(number, Verdict.ACCEPT, 2.0 + number)
    row = log.ledger.row(WorkKind.ACCEPTED)
    assert row is not None
    assert row.drawn == "days"


# -- with against without a suggestion ------------------------------------------------------------


def painted(log: Log, tool: str, seconds: Sequence[float], first: int) -> None:
    for number, each in enumerate(seconds):
        log.paint(first + number, each, tool)


def test_the_ratio_has_the_planted_one_in_its_interval(log: Log) -> None:
    random = np.random.default_rng(0)
    painted(log, "brush", (20 * random.lognormal(0, 0.3, 30)).clip(0, 19).tolist(), 0)
    painted(log, SUGGESTION_TOOL, (10 * random.lognormal(0, 0.3, 30)).clip(0, 19).tolist(), 30)
    ratio = log.ledger.ratio
    assert ratio is not None
    assert ratio.low < 10 / 19 < ratio.high
    assert ratio.high < 1


def test_eight_masks_with_a_suggestion_are_too_few_for_a_ratio(log: Log) -> None:
    painted(log, "brush", [5.0] * 20, 0)
    painted(log, SUGGESTION_TOOL, [4.0] * 8, 30)
    assert log.ledger.ratio is None
    painted(log, SUGGESTION_TOOL, [4.0], 40)
    assert log.ledger.ratio is not None


# -- intervals ------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=12))
def test_drawn_medians_lie_among_the_values_and_are_those_of_numpy(values: list[float]) -> None:
    drawn = draw_medians(values, range(len(values)))
    assert drawn.min() >= min(values)
    assert drawn.max() <= max(values)
    random = np.random.default_rng(0)
    first = random.integers(len(values), size=len(values))
    assert drawn[0] == pytest.approx(median(np.array(values)[first]), abs=1e-9)


def test_values_of_one_day_are_drawn_together() -> None:
    drawn = draw_ratios([1.0, 3.0, 10.0, 10.0], [1] * 4, [0, 0, 1, 1])
    assert set(drawn) == {2.0, 6.0, 10.0}


def test_the_interval_of_a_median_holds_the_true_one_nearly_always() -> None:
    random = np.random.default_rng(5)
    hits = 0
    for _ in range(40):
        values = random.lognormal(1.0, 0.6, 20).tolist()
        found = percentile_interval(median(values), draw_medians(values, range(20)))
        hits += found.low <= np.exp(1.0) <= found.high
    assert hits >= 34


# -- a real log -----------------------------------------------------------------------------------


def stroke(rows: slice, columns: slice, side: int) -> bytes:
    indices = np.arange(side * side, dtype=np.uint32).reshape(side, side)[rows, columns].ravel()
    nothing, vessel = np.zeros(len(indices), np.uint8), np.ones(len(indices), np.uint8)
    return Stroke(indices, nothing, vessel, nothing, 2 * vessel).packed()


def test_objects_are_pixels_that_touch_in_what_is_left_of_the_strokes() -> None:
    ref = CanvasRef(CanvasKind.MASK, "m")
    drawn = [
        LoggedStroke(ref, "i", "brush", stroke(rows, columns, 16))
        for rows, columns in (
            (slice(0, 3), slice(0, 3)),
            (slice(3, 5), slice(3, 5)),  # touches the first at a corner
            (slice(10, 12), slice(10, 14)),
        )
    ]
    assert count_drawn(drawn, {"m": (16, 16)}) == 2


def test_a_real_log_is_read_with_its_undo(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1, dates=DATES[:1], mask_values=(0, 1)), VESSELS)
    with open_project(folder, write=True) as project:
        (row,) = project.catalog.list_masks()
        ref = CanvasRef(CanvasKind.MASK, row["id"])
        for rows in (slice(0, 2), slice(8, 10)):
            record = StrokeRecord(ref, row["image"], "brush", stroke(rows, slice(0, 4), 32))
            project.catalog.canvases.paint(record, 4.0)
        project.catalog.undo()
        project.catalog.decide([Decision(Subject.IMAGE, row["image"], Verdict.ACCEPT)], 10.0)
        ledger = read_ledger(project)
    found = [(each.what, each.done, each.seconds) for each in ledger.rows]
    assert found == [(WorkKind.PAINTED, 1, 10.0), ("an object", 1, 10.0)]
    assert [day.chips for day in ledger.days] == [1]


def test_what_a_session_notes_is_the_time_between_showing_a_chip_and_deciding(
    tmp_path: Path,
) -> None:
    folder = make_project(tmp_path, apart(2, dates=DATES[:1], mask_values=(0, 1)), VESSELS)
    now_s = [0.0]
    with open_project(folder, write=True) as project:
        session = ReviewSession(project.catalog, clock=lambda: now_s[0])
        painter = Painter(project, session.ledger, clock=lambda: now_s[0])
        session.take_painter(painter)
        assert session.chip is not None
        ref = canvas_of(session.chip, CanvasKind.MASK, VESSELS.lifetime)
        painter.look_at(session.chip, read_canvas(project, ref), None)
        for column in (4, 9):
            now_s[0] += 4
            painter.set_pixels(CanvasKind.MASK, "brush", np.arange(32 * 32) == column, 1)
            session.ledger.flush()
        now_s[0] += 2
        session.accept()
        now_s[0] += 60
        session.accept()
        assert session.close()
        pieces = [(row.what, row.seconds, row.breaks) for row in read_ledger(project).rows]
    assert pieces[:2] == [(WorkKind.ACCEPTED, 20.0, 1), (WorkKind.PAINTED, 10.0, 0)]
