"""The order learnt from decisions and the rest unseen, in a real viewer, through their dock."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from napari_s2label.parts import rest_words
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.rest import RestWidget
from qtpy.QtWidgets import QLabel

from s2label.learnt.hit_rate import HitRate, Source
from s2label.learnt.learning import Learnt
from s2label.learnt.left_order import leave_order
from s2label.learnt.reasons import UNSEEN
from s2label.project import open_project
from s2label.queue_specs import QueueOrder
from s2label.screening_records import FindingRecord, LearningCounts
from s2label.types import Decision, State, Subject, Verdict
from tests.factories.reviewers import Reviewer, make_screened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot
    from qtpy.QtWidgets import QWidget

    from s2label.project import Project
    from s2label.review.session import ReviewSession
    from s2label.screening_records import JudgedImage

# napari with PyQt5 cannot tell the theme of the system.
pytestmark = pytest.mark.filterwarnings("ignore:System theme detection:UserWarning")

LONG_MS = 60_000
DOUBTFUL = 50
RATE = HitRate(Source.FOLDS, 60, 20, 57, 0.95, 0.86, 0.99, 0.98, 0.94, 1.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Reviewer]:
    """Make 200 open screened images."""
    folder = tmp_path_factory.mktemp("screened")
    return folder / "project", make_screened(folder, keeps_sources=True)


@pytest.fixture
def reviewer(made: tuple[Path, Reviewer]) -> Reviewer:
    return made[1]


@pytest.fixture
def folder(made: tuple[Path, Reviewer], tmp_path: Path) -> Path:
    shutil.copytree(made[0], tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def ordered(folder: Path) -> Path:
    """Return the project with an order: 50 images are doubtful, 150 hardly ever rejected."""
    with open_project(folder, write=True) as opened:
        ids = opened.catalog.image_ids()
        chances = {id_: 0.5 if n < DOUBTFUL else 0.01 for n, id_ in enumerate(ids)}
        opened.catalog.screenings.note_chances(chances, 60)
    return folder


@pytest.fixture
def open_desk(empty_desk: Desk, qtbot: QtBot) -> Iterator[Callable[[Path], Desk]]:
    desk = empty_desk

    def open_desk(folder: Path) -> Desk:
        desk.open(folder)
        qtbot.waitUntil(lambda: desk.learning.counts is not None, timeout=LONG_MS)
        return desk

    yield open_desk
    desk.learning.close()
    desk.rest.close()


class Answers:
    """Agrees or not, and keeps what was asked."""

    def __init__(self, *, agrees: bool) -> None:
        self.agrees = agrees
        self.asked: list[str] = []

    def __call__(self, parent: QWidget, title: str, question: str, yes: str) -> bool:
        self.asked.append(question)
        return self.agrees


@pytest.fixture
def answers() -> Answers:
    return Answers(agrees=True)


@pytest.fixture
def new_dock(qtbot: QtBot, answers: Answers) -> Callable[[Desk], RestWidget]:
    def new_dock(desk: Desk) -> RestWidget:
        dock = RestWidget(desk.viewer, Dialogs(confirm=answers))
        qtbot.addWidget(dock)
        dock.resize(310, 600)
        dock.show()
        return dock

    return new_dock


def session_of(desk: Desk) -> ReviewSession:
    assert desk.session is not None
    return desk.session


def project_of(desk: Desk) -> Project:
    assert desk.project is not None
    return desk.project


def images(desk: Desk) -> dict[str, JudgedImage]:
    return {image.id: image for image in project_of(desk).catalog.screenings.judged()}


def decide_by_eye(desk: Desk, reviewer: Reviewer, ids: list[str]) -> None:
    """Decide as the reviewer does, in an act for each kind."""
    rejected = [id_ for id_ in ids if reviewer.rejects(id_)]
    accepted = [id_ for id_ in ids if not reviewer.rejects(id_)]
    session_of(desk).decide_images(rejected, Verdict.REJECT, "cloudy")
    session_of(desk).decide_images(accepted, Verdict.ACCEPT)


def draw(desk: Desk, dock: RestWidget, qtbot: QtBot) -> None:
    """Click on the button that draws, and wait for the first chip of the sample."""
    qtbot.waitUntil(dock.sample.look.isEnabled, timeout=LONG_MS)
    dock.sample.look.click()
    qtbot.waitUntil(lambda: is_in_sample(desk), timeout=LONG_MS)


def is_in_sample(desk: Desk) -> bool:
    session, review = session_of(desk), desk.rest.review
    chip = session.chip
    is_there = session.queue.title == rest_words.SAMPLE_TITLE and not session.is_reading
    return bool(is_there and review and chip and chip.image.id in review.plan.sample)


def look_at_sample(desk: Desk, qtbot: QtBot, count: int = 59, wrong: int = 0) -> None:
    """Press keys on chips of the sample: the first ones are rejected."""
    session = session_of(desk)
    for number in range(count):
        if number < wrong:
            session.reject_image("cloudy")
        else:
            session.accept()
    session.ledger.flush()
    review = desk.rest.review
    assert review is not None
    aim = review.decided + count
    qtbot.waitUntil(
        lambda: desk.rest.review is not None and desk.rest.review.decided == aim, timeout=LONG_MS
    )


def test_fifty_decisions_teach_an_order_by_itself(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    folder: Path,
    reviewer: Reviewer,
    qtbot: QtBot,
) -> None:
    desk = open_desk(folder)
    dock = new_dock(desk)
    told: list[str] = []
    desk.told.connect(told.append)
    ids = sorted(images(desk))
    assert "0 of 50 decisions" in dock.order.standing.words
    assert not dock.order.learn.isEnabled()

    with qtbot.waitSignal(desk.learning.jobs.ended, timeout=LONG_MS):
        decide_by_eye(desk, reviewer, ids[:60])
        qtbot.waitUntil(lambda: desk.learning.is_learning, timeout=LONG_MS)
        assert dock.order.standing.words == rest_words.LEARNING
        decide_by_eye(desk, reviewer, ids[60:63])  # one goes on meanwhile
    qtbot.waitUntil(lambda: any(t.startswith("Order learnt") for t in told), timeout=LONG_MS)

    assert dock.order.standing.words.startswith("Order learnt from 6")  # 60, or 63: who is quicker
    assert " decisions; foresees " in dock.order.standing.words
    known = [image for image in images(desk).values() if image.chance is not None]
    assert len(known) == 137
    dock.order.doubtful.click()
    qtbot.waitUntil(lambda: not session_of(desk).is_reading)
    chip = session_of(desk).chip
    assert chip is not None
    assert chip.rejection == max(image.chance or 0 for image in known)
    qtbot.waitUntil(lambda: "likely to be rejected: " in dock.order.chance.words)
    assert not desk.learning.is_learning


def test_a_learner_that_is_killed_is_told_and_can_be_started_again(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    folder: Path,
    reviewer: Reviewer,
    qtbot: QtBot,
) -> None:
    with open_project(folder, write=True) as opened:
        reviewer.decide(opened, opened.catalog.image_ids()[:60])
    desk = open_desk(folder)
    dock = new_dock(desk)
    qtbot.waitUntil(lambda: desk.learning.is_learning, timeout=LONG_MS)
    job = desk.learning.jobs.job
    assert job is not None
    with qtbot.waitSignal(desk.learning.jobs.ended, timeout=LONG_MS):
        qtbot.waitUntil(lambda: job.pid > 0)
        os.kill(job.pid, signal.SIGKILL)

    assert dock.order.standing.words.startswith("The order could not be learnt: ")
    assert dock.order.learn.isEnabled()
    desk.learning.count()  # at the next decision it is not tried over and over
    qtbot.waitUntil(lambda: not desk.learning._reader.is_asked("counts"), timeout=LONG_MS)
    assert not desk.learning.is_learning


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (LearningCounts(200, 0, 0, 0), "press Screen in the Screen dock"),
        (LearningCounts(200, 200, 37, 9), "37 of 50 decisions"),
        (LearningCounts(200, 150, 37, 9), "50 images are not screened"),
        (LearningCounts(200, 200, 60, 3), "Only 3 of 60 images were rejected"),
        (LearningCounts(200, 200, 60, 58), "Only 2 of 60 images were accepted"),
    ],
)
def test_what_stands_in_the_way_is_said(counts: LearningCounts, words: str) -> None:
    assert words in rest_words.waiting_for(counts)


def test_an_order_left_while_the_window_was_closed_is_taken_over_at_its_start(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    folder: Path,
    reviewer: Reviewer,
    qtbot: QtBot,
) -> None:
    with open_project(folder, write=True) as opened:
        ids = opened.catalog.image_ids()
        reviewer.decide(opened, ids[:60])
    leave_order(folder, Learnt(60, 20, dict.fromkeys(ids, 0.2), RATE))
    desk = open_desk(folder)
    dock = new_dock(desk)

    qtbot.waitUntil(lambda: sum(i.chance is not None for i in images(desk).values()) == 140)
    qtbot.waitUntil(lambda: dock.order.doubtful.isEnabled() and not desk.learning.is_taking)
    said = "Order learnt from 60 decisions; foresees 95 % (86 to 99 %)"
    assert dock.order.standing.words.startswith(said)
    assert "Learnt anew after 50 more decisions." in dock.order.standing.words


def test_a_new_order_holds_from_the_next_chip_on_and_leaves_the_one_in_view(
    open_desk: Callable[[Path], Desk], ordered: Path, qtbot: QtBot
) -> None:
    desk = open_desk(ordered)
    session = session_of(desk)
    desk.learning.show_doubtful()
    qtbot.waitUntil(lambda: not session.is_reading)
    assert session.queue.order is QueueOrder.REJECTION
    in_view = session.chip
    last = sorted(images(desk))[-1]
    project_of(desk).catalog.screenings.note_chances({last: 0.99}, 110)

    session.renew_queue()
    qtbot.waitUntil(lambda: not session.is_reading)
    assert session.chip == in_view
    session.accept()

    assert session.chip is not None
    assert session.chip.image.id == last


def test_the_slider_tells_at_once_how_many_would_be_accepted(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    ordered: Path,
    qtbot: QtBot,
) -> None:
    desk = open_desk(ordered)
    dock = new_dock(desk)
    qtbot.waitUntil(lambda: "150 of 200 open images" in dock.sample.listed.words)
    assert "accept the other 91 unseen" in dock.sample.listed.words

    dock.sample.threshold.slider.setValue(1)
    assert "None of 200 open images" in dock.sample.listed.words
    assert not dock.sample.look.isEnabled()
    dock.sample.threshold.slider.setValue(50)
    assert "150 of 200 open images" in dock.sample.listed.words
    session_of(desk).decide_images(sorted(images(desk))[-20:], Verdict.ACCEPT)
    qtbot.waitUntil(lambda: "130 of 180 open images" in dock.sample.listed.words)


def test_the_rest_is_accepted_after_its_sample_and_one_undo_takes_it_back(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    ordered: Path,
    answers: Answers,
    qtbot: QtBot,
) -> None:
    desk = open_desk(ordered)
    dock = new_dock(desk)
    told: list[str] = []
    desk.told.connect(told.append)
    draw(desk, dock, qtbot)
    assert session_of(desk).number == (1, 59)
    assert not dock.sample.accept.isEnabled()
    assert not dock.sample.threshold.isEnabled()
    look_at_sample(desk, qtbot, 58)
    assert dock.sample.bar.value() == 58
    assert dock.sample.standing.words.startswith("None rejected so far. ")
    assert not dock.sample.accept.isEnabled()
    look_at_sample(desk, qtbot, 1)

    sentence = "With 95 % certainty at most 5.0 % of the 150 images listed would be rejected."
    assert dock.sample.standing.words == f"None of 59 rejected. {sentence}"
    assert any(sentence in line for line in told)
    assert dock.sample.accept.text() == "Accept the other 91 images"
    dock.sample.accept.click()
    assert "Accept 91 images that nobody looked at?" in answers.asked[0]
    assert sentence in answers.asked[0]
    qtbot.waitUntil(lambda: desk.rest.review is None and not desk.rest.is_accepting)
    unseen = [image for image in images(desk).values() if image.reason == UNSEEN]
    assert len(unseen) == 91
    assert "91 images accepted unseen; Ctrl+Z takes all of it back" in told
    assert dock.sample.standing.words == "91 images were accepted unseen."
    # What is left is doubtful: that comes now.
    assert session_of(desk).queue.order is QueueOrder.REJECTION

    session_of(desk).undo()

    assert "91 decisions taken back" in told
    assert not [image for image in images(desk).values() if image.reason == UNSEEN]
    qtbot.waitUntil(dock.sample.accept.isEnabled, timeout=LONG_MS)
    assert dock.sample.accept.text() == "Accept the other 91 images"


def test_who_does_not_agree_changes_nothing(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    ordered: Path,
    answers: Answers,
    qtbot: QtBot,
) -> None:
    answers.agrees = False
    desk = open_desk(ordered)
    dock = new_dock(desk)
    draw(desk, dock, qtbot)
    look_at_sample(desk, qtbot)
    dock.sample.accept.click()
    dock.sample.forget.click()

    assert len(answers.asked) == 2
    assert desk.rest.review is not None
    assert sum(image.state is State.OPEN for image in images(desk).values()) == 141


def test_a_sample_goes_on_after_the_window_was_closed(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    ordered: Path,
    qtbot: QtBot,
) -> None:
    desk = open_desk(ordered)
    dock = new_dock(desk)
    draw(desk, dock, qtbot)
    look_at_sample(desk, qtbot, 20)
    desk.close()
    assert not dock.sample.isEnabled()
    open_desk(ordered)
    qtbot.waitUntil(lambda: dock.sample.look.text() == "Go on: 39 to look at")
    assert dock.sample.bar.value() == 20

    dock.sample.look.click()
    qtbot.waitUntil(lambda: is_in_sample(desk))
    assert session_of(desk).number == (1, 39)
    look_at_sample(desk, qtbot, 39)

    assert dock.sample.accept.isEnabled()


def test_a_sample_with_rejections_says_so_and_the_question_too(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    ordered: Path,
    answers: Answers,
    qtbot: QtBot,
) -> None:
    desk = open_desk(ordered)
    dock = new_dock(desk)
    draw(desk, dock, qtbot)
    look_at_sample(desk, qtbot, wrong=1)

    assert dock.sample.standing.words.startswith("1 of 59 rejected. ")
    dock.sample.accept.click()
    assert "at most 7.8 % of the 150 images" in answers.asked[0]
    qtbot.waitUntil(lambda: desk.rest.review is None)
    assert sum(image.reason == UNSEEN for image in images(desk).values()) == 91


def test_what_changes_meanwhile_is_left_alone(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    ordered: Path,
    qtbot: QtBot,
) -> None:
    desk = open_desk(ordered)
    dock = new_dock(desk)
    draw(desk, dock, qtbot)
    review = desk.rest.review
    assert review is not None
    decided, found, doubtful, *_ = (image.id for image in review.rest)
    session_of(desk).decide_images([decided], Verdict.REJECT, "hazy")
    screenings = project_of(desk).catalog.screenings
    record = screenings.records([found])[found]
    screenings.note([record], [FindingRecord(found, 1, "saturated", "2% of B02 is cut off")])
    screenings.note_chances({doubtful: 0.4}, 110)
    look_at_sample(desk, qtbot)

    assert "3 decided, changed or doubtful since. 88 would be accepted" in dock.sample.listed.words
    assert dock.sample.accept.text() == "Accept the other 88 images"
    dock.sample.accept.click()
    qtbot.waitUntil(lambda: desk.rest.review is None)
    states = images(desk)
    assert states[decided].state is State.REJECTED
    assert states[found].state is states[doubtful].state is State.OPEN
    assert sum(image.reason == UNSEEN for image in states.values()) == 88


def test_a_sample_image_that_is_opened_again_at_the_last_moment_stops_the_act(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    ordered: Path,
    qtbot: QtBot,
) -> None:
    desk = open_desk(ordered)
    dock = new_dock(desk)
    draw(desk, dock, qtbot)
    look_at_sample(desk, qtbot)
    assert desk.rest.review is not None
    opened = Decision(Subject.IMAGE, desk.rest.review.plan.sample[0], Verdict.OPEN)
    project_of(desk).catalog.decide([opened])

    dock.sample.accept.click()

    qtbot.waitUntil(lambda: dock.sample.standing.words == rest_words.CHANGED)
    assert not [image for image in images(desk).values() if image.reason == UNSEEN]
    qtbot.waitUntil(lambda: dock.sample.look.text() == "Go on: 1 to look at")


def test_a_sample_that_is_forgotten_frees_the_threshold_and_keeps_decisions(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    ordered: Path,
    answers: Answers,
    qtbot: QtBot,
) -> None:
    desk = open_desk(ordered)
    dock = new_dock(desk)
    draw(desk, dock, qtbot)
    look_at_sample(desk, qtbot, 5)
    dock.sample.forget.click()
    qtbot.waitUntil(dock.sample.threshold.isEnabled)

    assert len(answers.asked) == 1
    assert not (ordered / "rest.json").exists()
    assert sum(image.state is State.ACCEPTED for image in images(desk).values()) == 5
    qtbot.waitUntil(lambda: "145 of 195 open images" in dock.sample.listed.words)


def test_the_chance_of_the_chip_in_view_is_said_and_the_one_before_a_decision_too(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    ordered: Path,
    qtbot: QtBot,
) -> None:
    desk = open_desk(ordered)
    dock = new_dock(desk)
    session, first = session_of(desk), sorted(images(desk))[0]
    session.show(first)
    qtbot.waitUntil(lambda: dock.order.chance.words == "This image: 50 % likely to be rejected")
    session.reject_image("cloudy")
    session.show(first)
    qtbot.waitUntil(lambda: dock.order.chance.words.startswith("Before you decided"))


def test_without_an_order_nothing_can_be_accepted_unseen(
    desk: Desk, new_dock: Callable[[Desk], RestWidget], qtbot: QtBot
) -> None:
    dock = new_dock(desk)
    qtbot.waitUntil(lambda: "press Screen" in dock.order.standing.words)

    assert dock.sample.listed.words == rest_words.NO_CHANCES
    for button in (dock.sample.look, dock.sample.accept, dock.sample.forget, dock.order.learn):
        assert not button.isEnabled()


def test_without_a_project_the_dock_says_so(
    desk: Desk, new_dock: Callable[[Desk], RestWidget]
) -> None:
    dock = new_dock(desk)
    desk.close()
    assert dock.message.words == rest_words.NO_PROJECT
    assert not dock.order.isEnabled()


def test_nothing_in_the_dock_is_cut_off(
    open_desk: Callable[[Path], Desk],
    new_dock: Callable[[Desk], RestWidget],
    ordered: Path,
    qtbot: QtBot,
) -> None:
    desk = open_desk(ordered)
    dock = new_dock(desk)
    draw(desk, dock, qtbot)

    assert dock.widget().width() <= 310
    for label in dock.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.sizeHint().width() <= label.width()
    for button in (dock.order.learn, dock.order.doubtful, dock.sample.look, dock.sample.accept):
        assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width()
