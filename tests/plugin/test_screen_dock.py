"""Screening, clouds, findings and dates in a real viewer, through their dock and their keys."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari_s2label.cheat_sheet import CheatSheet, keys_page
from napari_s2label.contact_sheet import ContactSheetWidget
from napari_s2label.keys import ACTIONS
from napari_s2label.parts import screen_words
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.queue_chooser import QueueChooser
from napari_s2label.parts.thumbnail_model import CELL
from napari_s2label.parts.words import NOT_SCREENED, order_name
from napari_s2label.screen import DATES, FINDINGS, ScreenWidget
from napari_s2label.screening_proposal import GOES, STAYS
from napari_s2label.train import TrainWidget
from napari_s2label.triage import TriageWidget

from s2label.canvases import CanvasKind
from s2label.project import open_project
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.screening.classes import CLEAR, CLOUD, SHADOW
from s2label.screening.cloud_rasters import write_clouds
from s2label.screening.left_files import is_look_due, leave_screenings
from s2label.screening_records import FindingRecord, ScreeningRecord
from s2label.types import IGNORE
from tests.factories.cloudy import Cloudy, grid_of_ground, make_cloudy_project, pixels_of

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot
    from qtpy.QtWidgets import QWidget

    from s2label.project import Project
    from s2label.review.session import ReviewSession

SIDE, LONG_MS = 32, 60_000
DAYS = ("2018-01-05", "2018-02-04", "2018-05-05")
CLOUDS = (0.75, 0.0, 0.25)
WHY = "sun glint, looked at"


@pytest.fixture
def vessels_project(tmp_path: Path) -> Path:
    """Return a project of two places with three dates each, whose clouds are in an SCL."""
    images = []
    for number, place in enumerate(("east", "west")):
        for day, share in zip(DAYS, CLOUDS, strict=True):
            is_cloud = np.zeros((SIDE, SIDE), np.bool_)
            is_cloud[: round(share * SIDE)] = True
            scl = np.where(is_cloud, 9, 4).astype(np.uint8)
            grid = grid_of_ground(SIDE, SIDE, 300_000 + 50_000 * number)
            images.append(Cloudy(place, pixels_of(is_cloud), grid, {"SCL": scl}, date=day))
    return make_cloudy_project(tmp_path, *images)


class Answers:
    """Agrees or not, and keeps what was asked."""

    def __init__(self) -> None:
        self.agrees = True
        self.asked: list[str] = []

    def __call__(self, parent: QWidget, title: str, question: str, yes: str) -> bool:
        self.asked.append(f"{question} [{yes}]")
        return self.agrees


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def dock(desk: Desk, qtbot: QtBot, answers: Answers) -> ScreenWidget:
    dock = ScreenWidget(desk.viewer, Dialogs(confirm=answers))
    qtbot.addWidget(dock)
    dock.resize(310, 700)
    dock.show()
    qtbot.waitUntil(lambda: bool(dock.state.words), timeout=LONG_MS)
    return dock


@pytest.fixture
def told(desk: Desk) -> list[str]:
    told: list[str] = []
    desk.told.connect(told.append)
    return told


def project_of(desk: Desk) -> Project:
    assert desk.project is not None
    return desk.project


def session_of(desk: Desk) -> ReviewSession:
    assert desk.session is not None
    return desk.session


def act(desk: Desk, id_: str) -> None:
    next(action for action in ACTIONS if action.id == id_).run(desk)


def record(id_: str, cloud: float) -> ScreeningRecord:
    return ScreeningRecord(id_, 1, "scl", cloud, shadow=0.125, valid_cloud=cloud, water_cloud=0.5)


def in_view(desk: Desk) -> str:
    chip = session_of(desk).chip
    assert chip is not None
    return chip.image.id


def leave(folder: Path) -> None:
    """Leave what a screening found, as a child does: clouds in the order of the dates."""
    with open_project(folder) as project:
        dates = {row["id"]: row["date"] for row in project.catalog.list_images()}
        cloud_of = dict(zip(DAYS, CLOUDS, strict=True))
        records = [record(id_, cloud_of[date]) for id_, date in dates.items()]
        leave_screenings(folder, records, [])


@pytest.fixture
def screened(desk: Desk, dock: ScreenWidget, qtbot: QtBot) -> ScreenWidget:
    """Return the dock of a project whose screening was taken over from another program."""
    leave(project_of(desk).folder)
    desk.screening.take()
    qtbot.waitUntil(lambda: "All 6" in dock.state.words, timeout=LONG_MS)
    return dock


def draw_clouds(desk: Desk, *rows: int) -> None:
    """Write a cloud raster of the image in view: two rows of cloud and shadow from each of some."""
    chip = session_of(desk).chip
    assert chip is not None
    classes = np.full(chip.place.grid.shape, CLEAR, np.uint8)
    for row in rows:
        classes[row], classes[row + 1] = CLOUD, SHADOW
    folder = project_of(desk).folder
    write_clouds(folder, chip.image.id, chip.image.version, classes, chip.place.grid)


def ignored(desk: Desk) -> int:
    assert desk.easel is not None
    return int((desk.easel.painter.canvas(CanvasKind.IGNORE).classes == IGNORE).sum())


# -- screening ------------------------------------------------------------------------------------


def test_the_dock_opens_through_the_manifest(desk: Desk) -> None:
    _, widget = desk.viewer.window.add_plugin_dock_widget("napari-s2label", "Screen")
    assert isinstance(widget, ScreenWidget)


def test_screening_from_the_dock_tells_of_every_image_while_one_goes_on(
    desk: Desk, dock: ScreenWidget, qtbot: QtBot
) -> None:
    assert dock.state.words == screen_words.NOTHING_SCREENED
    dock.start.button.click()
    assert not dock.start.button.isEnabled()
    act(desk, "accept")
    qtbot.waitUntil(lambda: "All 6 images" in dock.state.words, timeout=LONG_MS)
    assert "6 by the scene classification" in dock.state.words
    assert dock.cloudiness.words.replace("\u00a0", " ") == (
        "Cloud: 4 over 10 %, 2 over 40 %, 0 over 80 %"
    )
    assert dock.start.bar.message.words == "6 images screened."
    assert project_of(desk).catalog.counts()["images_accepted"] == 1
    clouds = [row.cloud for row in project_of(desk).catalog.screenings.dates()]
    assert clouds == pytest.approx([*CLOUDS, *CLOUDS])


def test_a_screening_that_is_killed_is_said_and_the_project_stays_usable(
    desk: Desk, dock: ScreenWidget, qtbot: QtBot
) -> None:
    dock.start.button.click()
    job = desk.jobs.job
    assert job is not None
    qtbot.waitUntil(lambda: job.pid > 0 and job.is_running, timeout=LONG_MS)
    os.kill(job.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: desk.jobs.job is None, timeout=LONG_MS)
    assert "did not work" in dock.start.bar.message.words
    assert dock.start.button.isEnabled()
    act(desk, "accept")
    qtbot.waitUntil(lambda: project_of(desk).catalog.counts()["images_accepted"] == 1)


def test_what_was_found_while_no_window_was_open_is_taken_over_when_one_opens(
    desk: Desk, qtbot: QtBot
) -> None:
    folder = project_of(desk).folder
    desk.close()
    leave(folder)
    desk.open(folder)
    qtbot.waitUntil(
        lambda: project_of(desk).catalog.screenings.counts().screened == 6, timeout=LONG_MS
    )
    # All images are compared afterwards, in a thread.
    qtbot.waitUntil(lambda: not is_look_due(folder), timeout=LONG_MS)


def test_what_only_all_images_together_tell_is_found_after_a_screening(
    desk: Desk, screened: ScreenWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = in_view(desk)
    found = [FindingRecord(id_, 1, "level", "L1C and L2A are mixed")]
    monkeypatch.setattr("s2label.screening.guard_of_project.find_in_project", lambda _: found)
    leave(project_of(desk).folder)
    desk.screening.take()
    qtbot.waitUntil(lambda: "level" in _open_kinds(desk), timeout=LONG_MS)
    qtbot.waitUntil(lambda: session_of(desk).chip.finding == "level", timeout=LONG_MS)  # type: ignore[union-attr]


def _open_kinds(desk: Desk) -> dict[str, int]:
    return project_of(desk).catalog.screenings.count_open_findings()


# -- the chip in view -----------------------------------------------------------------------------


def test_the_triage_dock_says_what_is_known_of_the_image(
    desk: Desk, qtbot: QtBot, dock: ScreenWidget
) -> None:
    triage = TriageWidget(desk.viewer)
    qtbot.addWidget(triage)
    assert "not screened yet" in triage._clouds.text()
    note_finding(desk, in_view(desk), "saturated")
    project_of(desk).catalog.screenings.note([record(in_view(desk), 0.003)], [])
    note_finding(desk, in_view(desk), "saturated")
    session_of(desk).look_again()
    qtbot.waitUntil(lambda: "cloud &lt;1 %" in triage._clouds.text())
    assert "shadow 12 %" in triage._clouds.text()
    assert "finding: cut off at the bright end" in triage._clouds.text()
    assert "by SCL" in triage._clouds.text()
    assert "cloud over water: 50 %" in triage._clouds.toolTip()


def test_clouds_stay_on_for_the_next_image_and_what_is_not_screened_is_said(
    desk: Desk, told: list[str], qtbot: QtBot
) -> None:
    assert desk.layers is not None
    draw_clouds(desk, 4)
    act(desk, "show_clouds")
    overlay = desk.layers.overlay
    assert overlay.visible
    assert set(np.unique(overlay.data)) == {CLEAR, CLOUD, SHADOW}
    act(desk, "skip")
    qtbot.waitUntil(lambda: not overlay.visible)
    assert "not known yet" in told[-1]
    act(desk, "back")
    qtbot.waitUntil(lambda: bool(overlay.visible))
    act(desk, "show_clouds")
    assert not overlay.visible


def test_the_colours_of_clouds_and_of_who_set_a_pixel_take_turns(desk: Desk) -> None:
    assert desk.easel is not None
    draw_clouds(desk, 4)
    act(desk, "show_clouds")
    act(desk, "show_provenance")
    assert desk.easel.overlays.shown == "provenance"
    act(desk, "show_clouds")
    assert desk.easel.overlays.shown == "clouds"


def test_cloudy_pixels_are_ignored_in_one_act_that_one_undo_takes_back(
    desk: Desk, told: list[str], qtbot: QtBot
) -> None:
    draw_clouds(desk, 10)
    act(desk, "ignore_clouds")
    wide = (2 + 3 + 3) * SIDE
    assert ignored(desk) == wide
    assert f"{wide} px ignored" in told[-1]
    act(desk, "ignore_clouds")
    assert "ignored already" in told[-1]
    act(desk, "undo")
    qtbot.waitUntil(lambda: ignored(desk) == 0)


@pytest.mark.parametrize(
    ("rows", "why"), [(None, "not known yet"), ((), "no cloud")], ids=["not screened", "clear"]
)
def test_ignoring_is_refused_in_words_where_there_is_nothing(
    desk: Desk, told: list[str], rows: tuple[int, ...] | None, why: str
) -> None:
    if rows is not None:
        draw_clouds(desk, *rows)
    act(desk, "ignore_clouds")
    assert why in told[-1]
    assert ignored(desk) == 0


# -- findings -------------------------------------------------------------------------------------


def note_finding(desk: Desk, id_: str, kind: str = "saturated") -> None:
    found = [FindingRecord(id_, 1, kind, f"{kind} in B04; look at it")]
    project_of(desk).catalog.screenings.note_findings([id_], found, [kind])


@pytest.fixture
def flawed(desk: Desk, screened: ScreenWidget, qtbot: QtBot) -> ScreenWidget:
    """Return the dock of a project of which the last image by name has a finding."""
    note_finding(desk, project_of(desk).catalog.queue(QueueSpec())[-1])
    screened.sections.show_only(FINDINGS)
    desk.screening.changed.emit()
    qtbot.waitUntil(lambda: "settle saturated" in screened.findings.buttons, timeout=LONG_MS)
    return screened


def test_a_click_goes_through_the_images_with_a_finding_and_another_one_back(
    desk: Desk, flawed: ScreenWidget, qtbot: QtBot
) -> None:
    chooser = QueueChooser(desk)
    qtbot.addWidget(chooser)
    before = session_of(desk).queue
    flawed.findings.buttons["show saturated"].click()
    qtbot.waitUntil(lambda: session_of(desk).number == (1, 1), timeout=LONG_MS)
    assert in_view(desk) == project_of(desk).catalog.queue(QueueSpec())[-1]
    assert chooser.all_again.isVisibleTo(chooser)
    chooser.all_again.click()
    qtbot.waitUntil(lambda: session_of(desk).number[1] == 6, timeout=LONG_MS)
    assert session_of(desk).queue == before
    assert not chooser.all_again.isVisibleTo(chooser)


def test_a_finding_is_settled_with_a_reason_and_open_again_with_a_click(
    desk: Desk, flawed: ScreenWidget, qtbot: QtBot
) -> None:
    findings = flawed.findings
    findings.buttons["settle saturated"].click()
    assert "why" in findings.message.words
    assert _open_kinds(desk) == {"saturated": 1}
    findings.fields["saturated"].setText(WHY)
    findings.buttons["settle saturated"].click()
    qtbot.waitUntil(lambda: "reopen saturated" in findings.buttons, timeout=LONG_MS)
    assert _open_kinds(desk) == {}
    assert findings.message.words == screen_words.NO_FINDINGS
    findings.buttons["reopen saturated"].click()
    qtbot.waitUntil(lambda: "settle saturated" in findings.buttons, timeout=LONG_MS)
    assert _open_kinds(desk) == {"saturated": 1}


def test_a_reason_that_is_being_typed_is_not_lost_to_a_decision(
    desk: Desk, flawed: ScreenWidget, qtbot: QtBot
) -> None:
    field = flawed.findings.fields["saturated"]
    field.setText("sun")
    with qtbot.waitSignal(flawed._counting.timeout, timeout=LONG_MS):
        act(desk, "accept")
    counted: list[object] = []
    desk.screening.counted.connect(counted.append)
    qtbot.waitUntil(lambda: bool(counted), timeout=LONG_MS)
    assert flawed.findings.fields["saturated"] is field


def test_the_train_dock_says_that_findings_block(
    desk: Desk, flawed: ScreenWidget, qtbot: QtBot
) -> None:
    train = TrainWidget(desk.viewer)
    qtbot.addWidget(train)
    desk.screening.ask_counts()
    qtbot.waitUntil(lambda: "1 cut off at the bright end" in train.findings.words, timeout=LONG_MS)
    desk.screening.settle("saturated", WHY)
    desk.screening.ask_counts()
    qtbot.waitUntil(lambda: not train.findings.words, timeout=LONG_MS)


# -- queues ---------------------------------------------------------------------------------------


def choose(chooser: QueueChooser, order: QueueOrder) -> None:
    chooser._order.setCurrentText(order_name(order))
    chooser._order.activated.emit(chooser._order.currentIndex())


def test_by_cloud_the_cloudiest_come_first(
    desk: Desk, screened: ScreenWidget, qtbot: QtBot
) -> None:
    chooser = QueueChooser(desk)
    qtbot.addWidget(chooser)
    choose(chooser, QueueOrder.CLOUD)
    qtbot.waitUntil(lambda: session_of(desk).chip.cloud == 0.75, timeout=LONG_MS)  # type: ignore[union-attr]
    assert chooser._descending.isChecked()
    choose(chooser, QueueOrder.FINDING)
    assert not chooser._descending.isChecked()


def test_an_order_that_nobody_can_sort_by_yet_says_what_to_do(
    desk: Desk, told: list[str], qtbot: QtBot
) -> None:
    chooser = QueueChooser(desk)
    qtbot.addWidget(chooser)
    choose(chooser, QueueOrder.CLOUD)
    assert NOT_SCREENED in told


# -- dates ----------------------------------------------------------------------------------------


def propose(dock: ScreenWidget, qtbot: QtBot, desk: Desk) -> None:
    dock.sections.show_only(DATES)
    dock.dates.propose.click()
    qtbot.waitUntil(lambda: desk.screening.proposal is not None, timeout=LONG_MS)


def rejected(desk: Desk) -> int:
    return project_of(desk).catalog.counts()["images_rejected"]


def test_the_least_cloudy_of_each_quarter_are_proposed_and_marked_in_the_strip_of_dates(
    desk: Desk, screened: ScreenWidget, qtbot: QtBot
) -> None:
    sheet = ContactSheetWidget(desk.viewer)
    desk.viewer.window.add_dock_widget(sheet, area="bottom", name="Contact sheet")
    propose(screened, qtbot, desk)
    assert "4 images would stay, 2 would be rejected" in screened.dates.message.words
    model = sheet._model
    qtbot.waitUntil(lambda: model.rowCount() == 3, timeout=LONG_MS)
    marks = [model.marks[model.id_at(row)] for row in range(3)]
    assert marks == [GOES, STAYS, STAYS]
    cells = (model.index(row).data(CELL) for row in range(3))
    qtbot.waitUntil(lambda: all(cell.chip is not None for cell in cells), timeout=LONG_MS)
    screened.dates.show_them.click()
    qtbot.waitUntil(lambda: session_of(desk).number == (1, 4), timeout=LONG_MS)


def test_the_others_are_rejected_after_a_question_in_one_act(
    desk: Desk, screened: ScreenWidget, qtbot: QtBot, answers: Answers
) -> None:
    propose(screened, qtbot, desk)
    answers.agrees = False
    screened.dates.reject.click()
    assert rejected(desk) == 0
    answers.agrees = True
    screened.dates.reject.click()
    qtbot.waitUntil(lambda: rejected(desk) == 2, timeout=LONG_MS)
    assert "Reject 2 images" in answers.asked[-1]
    qtbot.waitUntil(lambda: "2 images rejected" in screened.dates.message.words, timeout=LONG_MS)
    assert not screened.dates.reject.isEnabled()
    act(desk, "undo")
    assert rejected(desk) == 0


def test_a_proposal_follows_what_is_accepted(
    desk: Desk, screened: ScreenWidget, qtbot: QtBot
) -> None:
    propose(screened, qtbot, desk)
    session_of(desk).show(project_of(desk).catalog.queue(QueueSpec(order=QueueOrder.CLOUD))[-1])
    act(desk, "accept")
    # The cloudy one that was accepted stays, and the clearer one of its quarter is no longer one
    # of those to keep.
    qtbot.waitUntil(lambda: "accepted already" in screened.dates.message.words, timeout=LONG_MS)
    assert desk.screening.proposal is not None
    assert desk.screening.proposal.accepted == 1


def test_another_wish_takes_the_proposal_away(
    desk: Desk, screened: ScreenWidget, qtbot: QtBot
) -> None:
    propose(screened, qtbot, desk)
    screened.dates.keep.setValue(2)
    assert desk.screening.proposal is None
    assert not screened.dates.reject.isEnabled()


def test_nothing_can_be_rejected_before_all_dates_are_screened(
    desk: Desk, dock: ScreenWidget, qtbot: QtBot
) -> None:
    propose(dock, qtbot, desk)
    assert "6 images of these are not screened" in dock.dates.message.words
    assert not dock.dates.reject.isEnabled()


# -- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [310 - 14])
def test_no_line_of_the_dock_is_wider_than_the_dock(
    screened: ScreenWidget, flawed: ScreenWidget, width: int
) -> None:
    for section in (FINDINGS, DATES):
        screened.sections.show_only(section)
        assert screened.widget().minimumSizeHint().width() <= width


def test_the_page_of_keys_fits_a_small_screen(desk: Desk, qtbot: QtBot) -> None:
    sheet = CheatSheet(keys_page(ACTIONS, desk.keys), "?")
    qtbot.addWidget(sheet)
    size = sheet.sizeHint()
    assert (size.width() <= 1366, size.height() <= 768) == (True, True)
