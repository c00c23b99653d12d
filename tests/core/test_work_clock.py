"""The clock of a person at work: sessions at known times, and what the ledger makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.explore.pieces import WorkKind
from s2label.explore.time_ledger import read_ledger
from s2label.painting.canvas import canvas_of, read_canvas
from s2label.painting.painter import Painter
from s2label.project import open_project
from s2label.review.session import ReviewSession
from s2label.review.work_clock import PAUSE_S, WorkClock
from s2label.types import Provenance
from tests.factories.projects import DATES, apart, make_project
from tests.factories.suspicions import OBJECTS, chips_of, unlabelled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.chip_views import ChipView
    from s2label.project import Project


class AtWork:
    """A session with a painter, at times that are set."""

    def __init__(self, project: Project, now_s: float = 0.0) -> None:
        self.project = project
        self.now_s = now_s
        self.strokes = 0
        self.begin()

    def begin(self) -> None:
        self.session = ReviewSession(self.project.catalog, clock=lambda: self.now_s)
        self.painter = Painter(self.project, self.session.ledger, clock=lambda: self.now_s)
        self.session.take_painter(self.painter)
        self.session.chip_changed.connect(self._show)
        self._show(self.session.chip)

    def _show(self, chip: ChipView | None) -> None:
        if chip is not None and not self.painter.holds(chip):
            refs = [canvas_of(chip, kind, VESSELS.lifetime) for kind in CanvasKind]
            self.painter.look_at(chip, *(read_canvas(self.project, ref) for ref in refs))

    def wait(self, seconds: float) -> ReviewSession:
        self.now_s += seconds
        return self.session

    def paint(self, *seconds: float) -> None:
        for each in seconds:
            self.wait(each)
            self.strokes += 1
            chosen = np.arange(32 * 32) % 32 == self.strokes
            assert self.painter.set_pixels(CanvasKind.MASK, "brush", chosen, 1)
            self.session.ledger.flush()

    def ledger(self) -> list[tuple[str, float, int]]:
        """Close the session and return what was done: kind, seconds, breaks."""
        assert self.session.close()
        rows = read_ledger(self.project).rows
        return [(row.what, row.seconds, row.breaks) for row in rows if row.what != "an object"]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[AtWork]:
    folder = make_project(tmp_path, apart(5, dates=DATES[:1], mask_values=(0, 1)), VESSELS)
    with open_project(folder, write=True) as project:
        yield AtWork(project)


def test_a_chip_painted_and_left_undecided_counts_once(work: AtWork) -> None:
    work.paint(*[10] * 6)
    work.session.forward()
    work.wait(3).accept()
    assert work.ledger() == [(WorkKind.ACCEPTED, 3.0, 0), (WorkKind.PAINTED, 60.0, 0)]


def test_looks_at_chips_left_undecided_are_no_time_of_the_next(work: AtWork) -> None:
    for _ in range(4):
        work.wait(15).forward()
    work.wait(2).accept()
    assert work.ledger() == [(WorkKind.ACCEPTED, 2.0, 0)]


def test_a_look_counts_when_its_chip_is_decided_on_later(work: AtWork) -> None:
    work.wait(15).forward()
    work.wait(4).back()
    work.wait(2).accept()
    work.wait(1).accept()
    assert work.ledger() == [(WorkKind.ACCEPTED, 22.0, 0)]


def test_a_stroke_takes_the_looks_at_its_chip_before(work: AtWork) -> None:
    work.wait(7).forward()
    work.wait(1).back()
    work.paint(3)
    assert work.ledger() == [(WorkKind.PAINTED, 10.0, 0)]


def test_strokes_that_change_nothing_are_no_pause(work: AtWork) -> None:
    work.paint(5)
    for _ in range(2):
        work.wait(15)
        nothing = np.zeros(32 * 32, bool)
        assert not work.painter.set_pixels(CanvasKind.MASK, "brush", nothing, 1)
    work.wait(2).accept()
    assert work.ledger() == [(WorkKind.PAINTED, 37.0, 0)]


@pytest.mark.parametrize("look", [12.0, 18.0], ids=["shorter", "longer"])
def test_a_look_after_the_window_was_closed_counts_whole(work: AtWork, look: float) -> None:
    work.paint(15)
    assert work.session.close()
    work.wait(500)
    work.begin()
    work.wait(look).accept()
    assert sum(seconds for _, seconds, _ in work.ledger()) == 15 + look


def test_answers_by_painting_and_without_take_their_own_time_each(work: AtWork) -> None:
    catalog = work.project.catalog
    chips = chips_of(catalog)
    found = [unlabelled(chips[0], 1 - number / 10, x=2 + 4 * number) for number in range(6)]
    catalog.note_suspicions(found, [chip.mask.id for chip in chips if chip.mask], "audit-1")
    work.session.set_queue(OBJECTS)
    for _ in range(3):
        work.wait(8).answer(False)
        work.wait(5).answer(True, Provenance.FIRST_MODEL)
    assert sum(seconds for _, seconds, _ in work.ledger()) == 39.0
    assert {act.seconds for act in catalog.work_log() if act.strokes} == {5.0}


def test_an_accept_that_changes_nothing_leaves_the_next_its_time(work: AtWork) -> None:
    work.wait(1).accept()
    work.session.back()
    work.paint(*[4] * 3)
    work.wait(2).accept()
    work.wait(9).accept()
    assert work.ledger() == [(WorkKind.ACCEPTED, 10.0, 0), (WorkKind.PAINTED, 12.0, 0)]


def test_choosing_a_queue_is_no_work_on_a_chip(work: AtWork) -> None:
    work.paint(4)
    work.wait(9).set_queue(work.session.queue)
    work.wait(2).accept()
    assert work.ledger() == [(WorkKind.PAINTED, 6.0, 0)]


def test_the_pace_is_that_of_all_work(work: AtWork) -> None:
    for _ in range(5):
        work.paint(6)
        work.wait(4).accept()
    assert work.session.pace.per_hour == pytest.approx(360)
    assert work.session.pace.seconds_left(3) == pytest.approx(30)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["look", "act"]), st.sampled_from("abc"),
                  st.floats(0, 30)),
        max_size=30,
    )
)  # fmt: skip
def test_no_second_is_given_to_two_acts(steps: list[tuple[str, str, float]]) -> None:
    now_s = given_s = most_s = 0.0
    clock = WorkClock(lambda: now_s)
    clock.look_at("a")
    for what, image_id, seconds in steps:
        now_s += seconds
        most_s += min(seconds, PAUSE_S)
        if what == "look":
            clock.look_at(image_id)
        else:
            given_s += clock.take()
    assert given_s <= most_s + 1e-9
    assert clock.active_s <= most_s + 1e-9
