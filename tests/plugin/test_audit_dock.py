"""The audit dock: what there is to audit, an audit beside everything else, and what it found."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from napari_s2label.audit import AuditWidget
from napari_s2label.audit_ground import AuditGround, BegunAudit, SuspicionCounts
from napari_s2label.auditing import MASKS_QUEUE, OBJECTS_QUEUE
from napari_s2label.keys import ACTIONS
from napari_s2label.parts import audit_words as words
from napari_s2label.parts import paint_words
from napari_s2label.parts.message import breakable
from s2label_training.audit.request import audit_recipe
from s2label_training.audit.work import AuditWork

from s2label.classes import VESSELS
from s2label.labelled.folds import Folds
from s2label.progress import Progress
from s2label.project import open_project
from s2label.suspicion_files import leave_suspicions
from tests.factories.projects import apart, make_project
from tests.factories.suspicions import chips_of, suspicion, unlabelled

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot

LONG_MS = 60_000


@pytest.fixture
def vessels_project(tmp_path: Path) -> Path:
    """Return a project whose masks are all background: of that alone nothing can be learnt."""
    return make_project(tmp_path, apart(3, mask_values=(0,)), VESSELS)


@pytest.fixture
def dock(desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> AuditWidget:
    """Return the dock, shown, where nothing was audited yet; torch is taken to be there."""
    monkeypatch.setattr("napari_s2label.parts.audit_start.find_spec", lambda _: object())
    widget = AuditWidget(desk.viewer)
    qtbot.addWidget(widget)
    widget.resize(310, 690)
    widget.show()
    qtbot.waitUntil(lambda: widget.start.about.text() != words.COUNTING, timeout=LONG_MS)
    qtbot.waitUntil(lambda: desk.auditing.counts is not None, timeout=LONG_MS)
    return widget


def leave(folder: Path, audit: str) -> None:
    """Leave what an audit found, as its child does: a mask with two reasons, two objects."""
    with open_project(folder) as project:
        first, second, *_ = chips_of(project.catalog)
        records = [
            suspicion(first, audit=audit),
            suspicion(first, rank=0.5, audit=audit, class_value=None),
            unlabelled(second, audit=audit),
            unlabelled(second, 0.5, x=9, audit=audit),
        ]
        leave_suspicions(folder, audit, [first.mask.id, second.mask.id], records)  # type: ignore[union-attr]


def begin_audit(folder: Path, recipe: str, folds: int, *changes: str) -> None:
    """Leave an audit that ended early, after one of its folds."""
    with open_project(folder) as project:
        chips = chips_of(project.catalog)
        places = [frozenset({chip.place.id}) for chip in chips[:2]]
        inputs = {
            "recipe": audit_recipe(project.classes, recipe, changes).model_dump(mode="json"),
            "folds": folds,
            "classes": [1],
        }
    work = AuditWork(folder)
    with work.locked():
        record = work.begin(inputs, Folds(tuple(places), tuple(places[::-1]), True), {})
        work.write(record.model_copy(update={"predicted": frozenset(record.names[:1])}))


def test_the_dock_opens_through_the_manifest_and_says_what_is_there_to_audit(
    desk: Desk, qtbot: QtBot
) -> None:
    _, widget = desk.viewer.window.add_plugin_dock_widget("napari-s2label", "Audit")
    assert isinstance(widget, AuditWidget)
    desk.auditing.watch(True)  # the window of a test is not shown, nor is what is in it
    start = widget.start
    qtbot.waitUntil(lambda: "6 masks in 3 groups" in start.about.text(), timeout=LONG_MS)
    assert "3 models learn for 8 epochs each" in start.about.text()
    assert start.recipe.value == "vessels_resnet34"
    lacks = "" if find_spec("torch") is not None else words.NO_TORCH
    assert (start.begun.words, start.button.isEnabled()) == (lacks, not lacks)
    qtbot.waitUntil(lambda: widget.queues.standing.words == words.NO_AUDIT, timeout=LONG_MS)
    assert not widget.queues.masks.isEnabled()
    assert widget.here.reasons.words == words.NO_SUSPICION


def test_a_refusal_of_the_child_is_said_and_what_was_left_is_taken_over(
    dock: AuditWidget, desk: Desk, vessels_project: Path, qtbot: QtBot
) -> None:
    leave(vessels_project, "audit-1")
    dock.start.button.click()
    assert dock.start.bar.step.text() == words.STARTING
    assert not dock.start.button.isEnabled()
    qtbot.waitUntil(lambda: not desk.auditing.is_running, timeout=LONG_MS)
    assert "only background is labelled" in dock.start.message.words
    assert dock.start.bar.isHidden()

    queues = dock.queues
    qtbot.waitUntil(lambda: queues.masks.text() == "Suspicious masks (1)", timeout=LONG_MS)
    assert queues.objects.text() == "Unlabelled objects (2)"
    assert queues.standing.words == "Open: 2 missing objects, 2 unlabelled objects."
    queues.objects.click()
    session = desk.session
    assert session is not None
    assert session.queue == OBJECTS_QUEUE
    here = dock.here
    qtbot.waitUntil(lambda: here.reasons.words.startswith("object 1 of 2\nunlabelled object"))
    assert here.buttons["say_so"].text().startswith("Yes")
    here.buttons["say_not_so"].click()
    here.buttons["say_not_so"].click()
    qtbot.waitUntil(lambda: queues.objects.text() == "Unlabelled objects (0)", timeout=LONG_MS)
    assert not queues.objects.isEnabled()
    assert "(answered)" in words.here_words(session)

    queues.masks.click()
    assert session.queue == MASKS_QUEUE
    qtbot.waitUntil(lambda: here.reasons.words.startswith("mask 1 of 1\nmissing object"))
    assert here.buttons["say_so"].text().startswith("Mend")
    here.buttons["say_not_so"].click()
    qtbot.waitUntil(lambda: queues.standing.words == words.ALL_ANSWERED, timeout=LONG_MS)
    here.buttons["undo"].click()
    qtbot.waitUntil(lambda: queues.masks.isEnabled(), timeout=LONG_MS)


def test_an_audit_that_ended_early_goes_on_or_begins_anew(
    dock: AuditWidget, desk: Desk, vessels_project: Path, qtbot: QtBot
) -> None:
    begin_audit(vessels_project, "vessels_unet", 7)
    start = dock.start
    desk.auditing.look()
    qtbot.waitUntil(lambda: start.button.text() == "Go on (1 of 2 done)", timeout=LONG_MS)
    assert start.arguments() == ["--recipe", "vessels_unet", "--folds", "7"]
    assert "1 of 2 folds are done" in start.begun.words
    start.anew.click()
    assert start.button.text() == "Look for wrong labels"
    assert start.arguments()[-1] == "--again"

    begin_audit(vessels_project, "vessels_unet", 7, "fit.epochs=3")
    desk.auditing.look()
    qtbot.waitUntil(lambda: "s2label audit" in start.begun.words, timeout=LONG_MS)
    assert start.button.text() == "Look for wrong labels"


def test_what_was_left_is_there_when_the_project_is_opened_again_and_goes_while_it_is_lent(
    dock: AuditWidget, desk: Desk, vessels_project: Path, qtbot: QtBot
) -> None:
    desk.lend()
    assert dock.message.words == paint_words.LENT
    assert not dock.here.isEnabled()
    leave(vessels_project, "audit-2")
    desk.take_back()
    qtbot.waitUntil(lambda: dock.queues.masks.text() == "Suspicious masks (1)", timeout=LONG_MS)
    dock.queues.masks.click()
    qtbot.waitUntil(lambda: dock.here.reasons.words.startswith("mask 1 of 1"))
    assert desk.session is not None
    queue = desk.session.queue
    desk.close()
    assert dock.message.words == paint_words.NO_PROJECT
    desk.open(vessels_project)
    assert desk.session.queue == queue
    qtbot.waitUntil(lambda: dock.here.reasons.words.startswith("mask 1 of 1"), timeout=LONG_MS)


def test_nothing_is_wider_than_the_dock(dock: AuditWidget, desk: Desk, qtbot: QtBot) -> None:
    assert desk.project is not None
    first, *_ = chips_of(desk.project.catalog)
    told = "Fits chip hedland_r008_c013-84304aadf162-20230730-56f6165215-mask better than its own."
    desk.project.catalog.note_suspicions([replace(suspicion(first), words=told)], [], "audit-1")
    assert desk.session is not None
    desk.session.show(first.image.id)
    qtbot.waitUntil(lambda: told in dock.here.reasons.words)
    inside = dock.widget()
    assert inside.minimumSizeHint().width() <= 310


def test_without_torch_the_dock_names_the_extra(
    dock: AuditWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_s2label.parts.audit_start.find_spec", lambda _: None)
    dock.start.show_state()
    assert dock.start.begun.words == words.NO_TORCH
    assert not dock.start.button.isEnabled()


# -- without a window -----------------------------------------------------------------------------


def step(**data: object) -> Progress:
    return Progress(1200, 5060, "auditing", {"words": "fold 2 of 5, epoch 3 of 8", **data})


def test_a_step_is_said_with_its_fold_and_the_time_left() -> None:
    assert words.step_words(None, is_stopping=False) == words.STARTING
    assert words.step_words(step(), is_stopping=False) == "fold 2 of 5, epoch 3 of 8"
    assert words.step_words(step(), is_stopping=True) == words.STOPPING
    assert words.left_words(step(seconds_left=130), is_stopping=False) == "2 min left"
    assert words.left_words(step(seconds_left=None), is_stopping=False) == ""
    assert words.left_words(step(seconds_left=130), is_stopping=True) == ""


def report(**fields: object) -> dict[str, object]:
    return {"masks": 967, "suspicions": {}, "notes": [], "stopped": False} | fields


def test_what_an_audit_came_to_is_said() -> None:
    assert words.report_words(report()) == (
        "967 masks looked at, nothing suspicious found.",
        "good",
    )
    found = {"missing object": 3, "shifted mask": 1}
    told, mood = words.report_words(report(suspicions=found, notes=["2 masks not looked at: x"]))
    assert told == "967 masks looked at, 4 suspicions.\nNote: 2 masks not looked at: x"
    assert mood == "warn"
    assert words.report_words(report(stopped=True)) == (words.STOPPED, "plain")


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({"missing object": 1}, "Open: 1 missing object."),
        ({"fits another chip": 2, "disagreement": 3}, "3 disagreements, 2 masks that fit another"),
        ({"low consensus": 1200}, "1,200 masks of low consensus"),
        ({"of a later program": 2}, "2 of a later programs"),
    ],
    ids=["one", "several", "many", "unknown"],
)
def test_open_suspicions_are_counted_by_kind(kinds: dict[str, int], said: str) -> None:
    counts = SuspicionCounts(masks=1, objects=0, kinds=kinds, was_audited=True)
    assert said in words.standing_words(counts)


def test_ground_is_said_with_what_follows_from_it() -> None:
    assert words.ground_words(AuditGround(0, 0), None, 5) == words.NOTHING_LABELLED
    assert words.ONE_GROUP in words.ground_words(AuditGround(120, 1), None, 5)
    recipe = audit_recipe(VESSELS, "", ())
    assert "2 models" in words.ground_words(AuditGround(8, 2), recipe, 5)
    assert "5 models" in words.ground_words(AuditGround(967, 9), recipe, 5)


def test_an_audit_of_the_command_line_is_not_taken_for_one_of_the_dock() -> None:
    begun = BegunAudit(5, 2, "vessels_unet", 5, is_own=True)
    assert "s2label audit" in words.begun_words(begun)
    assert words.begun_words(None) == ""
    assert words.start_label(begun, goes_on=False) == "Look for wrong labels"


@pytest.mark.parametrize("spec", [MASKS_QUEUE, OBJECTS_QUEUE], ids=["masks", "objects"])
def test_the_keys_of_a_queue_are_told_as_they_are_bound(spec: object) -> None:
    keys = {action.id: action.key for action in ACTIONS} | {"say_not_so": "Ctrl+B"}
    told = words.how_words(spec, keys)  # type: ignore[arg-type]
    assert "<b>Ctrl+B</b>" in told
    assert "<b>Enter</b>" in told
    assert "<b>F10</b>" in told


def test_long_ids_can_be_broken_and_options_stay_whole() -> None:
    assert (
        breakable("c008-3a9d65380097-20230614-mask")
        == "c008-\u200b3a9d65380097-\u200b20230614-mask"
    )
    assert breakable("napari-s2label[training] --again") == "napari-s2label[training] --again"
