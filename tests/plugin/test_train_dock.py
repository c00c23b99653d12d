"""The train dock: what it will learn from, a training beside other work, its end, the models."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from napari_s2label import lending
from napari_s2label.jobs import CommandJob
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.train import COURSE, MODELS, NEW, TrainWidget
from napari_s2label.training_reader import TrainingReader
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDockWidget,
    QLabel,
    QListWidget,
    QMainWindow,
    QPlainTextEdit,
)
from s2label_training.recipe import find_recipe
from s2label_training.runs import Runs
from s2label_training.shelf import Shelf
from s2label_training.verdicts import ChangedChip, ClassChange, ClassScore, Verdict, write_verdict

from s2label.canvases import CanvasKind
from s2label.project import open_project
from s2label.types import State
from tests.factories import trainings
from tests.factories.commands import do
from tests.factories.shelf import write_bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.training_run import TrainingRun
    from pytestqt.qtbot import QtBot
    from qtpy.QtCore import QObject

# napari with PyQt5 cannot tell the theme of the system.
pytestmark = pytest.mark.filterwarnings("ignore:System theme detection:UserWarning")

LONG_MS = 60_000
# The dock's width, without its scroll bar.
ROOM_PX = 310 - 14
Script = list[dict[str, Any]]
OLDER = datetime(2024, 4, 1, 12).astimezone()
NEWER = datetime(2024, 5, 1, 12).astimezone()


@pytest.fixture
def dock(desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainWidget]:
    """Return the dock on the screen, when it has counted."""
    # Trainings are scripted here, so that these tests do without torch.
    monkeypatch.setattr("napari_s2label.train.find_spec", lambda _: object())
    widget = TrainWidget(desk.viewer, Dialogs(files=lambda *_: []))
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitUntil(lambda: widget.form.start.isEnabled() and has_counted(widget), timeout=LONG_MS)
    yield widget
    desk.training.close()


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Return what decides how the next trainings go."""

    def script(*steps: dict[str, Any], stopped: dict[str, Any] | None = None) -> None:
        jobs = trainings.scripted_jobs(tmp_path, steps, stopped)
        monkeypatch.setattr(lending, "CommandJob", jobs)

    return script


@pytest.fixture
def waiting(script: Callable[..., None], tmp_path: Path) -> Path:
    """Let trainings wait after their second epoch; return the file that lets them go on."""
    go_on = tmp_path / "go on"
    epochs = [*trainings.epoch(1, 3), *trainings.epoch(2, 3)]
    stopped = trainings.result(stopped=True, epochs=2, resume=True)["result"]
    script(
        trainings.beginning(),
        *epochs,
        {"await": str(go_on)},
        *trainings.epoch(3, 3),
        trainings.result(),
        stopped=stopped,
    )
    return go_on


def has_counted(dock: TrainWidget) -> bool:
    return "of the labels" in dock.survey.words.text()


def hold_answers(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Let nothing be read for the dock until it is called; returns what was asked for."""
    held: list[Callable[[], None]] = []
    for name in ("ask_survey", "ask_recipes", "ask_models"):
        ask = getattr(TrainingReader, name)
        monkeypatch.setattr(TrainingReader, name, lambda it, ask=ask: held.append(lambda: ask(it)))
    return held


def places_of_buttons(dock: TrainWidget) -> list[int]:
    """Return how far below the top of the dock lies what is clicked on, in px."""
    form = dock.form
    return [part.mapTo(dock, QPoint()).y() for part in (form.recipe, form.trust, form.start)]


def train(dock: TrainWidget, qtbot: QtBot, desk: Desk) -> TrainingRun:
    """Click on Train and wait until it has ended."""
    with qtbot.waitSignal(desk.training.ended, timeout=LONG_MS):
        dock.form.start.click()
    assert desk.training.run is not None
    return desk.training.run


def start_waiting(dock: TrainWidget, qtbot: QtBot, desk: Desk) -> TrainingRun:
    """Click on Train and wait until two epochs are done."""
    dock.form.start.click()
    qtbot.waitUntil(lambda: len(run_of(desk).epochs) == 2, timeout=LONG_MS)
    return run_of(desk)


def run_of(desk: Desk) -> TrainingRun:
    assert desk.training.run is not None
    return desk.training.run


def judge(project: Path, model: str, image_id: str, **changes: Any) -> None:
    """Put a verdict with one picture into a bundle."""
    folder = Shelf(project).folder(model)
    trainings.draw_picture(folder / "changed" / "1.png", columns=4)
    old, new = ClassScore(score=0.4, iou=0.3), ClassScore(score=0.62, iou=0.5)
    values: dict[str, Any] = {
        "new": model,
        "old": "older",
        "is_better": False,
        "reason": "It won 55 of 100 comparisons, and 80 are needed.",
        "at": "2024-05-01T12:00:00Z",
        "chips": 4,
        "groups": 2,
        "confidence": 0.55,
        "needed": 0.8,
        "score_name": "object F1",
        "old_score": 0.4,
        "new_score": 0.62,
        "classes": (
            ClassChange(
                value=1, name="vessel", colour="#ff3b30", pixels=90, objects=7, old=old, new=new
            ),
        ),
        "changed": (ChangedChip(image_id=image_id, old=0.9, new=0.95, picture="changed/1.png"),),
    }
    write_verdict(folder, Verdict(**(values | changes)))


# -- before it starts -----------------------------------------------------------------------------


def test_the_dock_says_what_there_is_to_learn_from(dock: TrainWidget) -> None:
    assert (
        "12 chips in 6 groups of ground\n0 % of the labels are checked" in dock.survey.words.text()
    )
    assert dock.survey.pixels["vessel"].text() == "6,144 px"
    assert "Nothing is checked yet" in dock.survey.note.words


def test_what_is_clicked_on_stays_in_place_while_it_is_counted(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_s2label.train.find_spec", lambda _: object())
    answers = hold_answers(monkeypatch)
    widget = TrainWidget(desk.viewer, Dialogs(files=lambda *_: []))
    qtbot.addWidget(widget)
    widget.resize(ROOM_PX, 600)
    widget.show()
    qtbot.waitUntil(lambda: len(answers) == 3, timeout=LONG_MS)

    assert list(widget.survey.pixels) == ["background", "vessel"]
    before = places_of_buttons(widget)
    for answer in answers:
        answer()
    qtbot.waitUntil(lambda: has_counted(widget) and bool(widget.form.about.text()), timeout=LONG_MS)
    widget.grab()  # lays it out

    assert places_of_buttons(widget) == before


def test_trusting_imported_masks_ends_the_warning(dock: TrainWidget) -> None:
    dock.form.trust.click()

    assert not dock.survey.note.words


def test_what_is_decided_is_counted_again(dock: TrainWidget, desk: Desk, qtbot: QtBot) -> None:
    assert desk.session is not None

    desk.session.accept()

    qtbot.waitUntil(lambda: "8 % of the labels" in dock.survey.words.text(), timeout=LONG_MS)
    assert not dock.survey.note.words


def test_a_stroke_is_counted_when_its_chip_is_settled(
    dock: TrainWidget, desk: Desk, qtbot: QtBot
) -> None:
    assert desk.easel is not None
    surveys: list[object] = []
    dock._reader.surveyed.connect(surveys.append)

    with qtbot.waitSignals([desk.easel.painter.kept], timeout=LONG_MS):
        desk.easel.painter.clear()
    assert not dock._counting.isActive()
    desk.easel.painter.settle()

    qtbot.waitUntil(lambda: dock.survey.pixels["vessel"].text() == "5,632 px", timeout=LONG_MS)
    assert len(surveys) == 1


def test_nothing_is_counted_while_nobody_sees_it(
    dock: TrainWidget, desk: Desk, qtbot: QtBot
) -> None:
    assert desk.session is not None
    surveys: list[object] = []
    dock._reader.surveyed.connect(surveys.append)
    dock.sections.show_only(MODELS)

    desk.session.accept()
    qtbot.waitUntil(lambda: dock._is_stale)
    assert not dock._counting.isActive()
    dock._counting.timeout.emit()  # begun before the section was closed
    assert dock._is_stale
    dock.sections.show_only(NEW)

    qtbot.waitUntil(lambda: "8 % of the labels" in dock.survey.words.text(), timeout=LONG_MS)
    assert len(surveys) == 1


def test_a_dock_behind_another_counts_when_it_comes_to_the_front(
    dock: TrainWidget, desk: Desk, qtbot: QtBot
) -> None:
    assert desk.session is not None
    window, docks = QMainWindow(), [QDockWidget(), QDockWidget()]
    qtbot.addWidget(window)
    for part in docks:
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, part)
    docks[0].setWidget(dock)
    front = QLabel("before it")
    docks[1].setWidget(front)
    window.tabifyDockWidget(*docks)
    window.show()
    docks[1].raise_()
    qtbot.waitUntil(lambda: dock.visibleRegion().isEmpty() and not front.visibleRegion().isEmpty())
    surveys: list[object] = []
    dock._reader.surveyed.connect(surveys.append)

    desk.session.accept()
    qtbot.waitUntil(lambda: dock._is_stale)
    dock._counting.timeout.emit()
    assert dock._is_stale
    docks[0].raise_()

    qtbot.waitUntil(lambda: "8 % of the labels" in dock.survey.words.text(), timeout=LONG_MS)
    assert len(surveys) == 1
    dock.setParent(None)


def test_a_project_without_labels_cannot_be_trained_on(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    do("init", tmp_path / "empty", "--classes", "vessels")

    desk.open(tmp_path / "empty")

    qtbot.waitUntil(lambda: not dock.form.start.isEnabled(), timeout=LONG_MS)
    assert "Nothing is labelled yet" in dock.form.error.words


def test_without_the_packages_nothing_can_be_trained_from_the_first_look_on(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_s2label.train.find_spec", lambda _: None)
    hold_answers(monkeypatch)

    widget = TrainWidget(desk.viewer, Dialogs(files=lambda *_: []))
    qtbot.addWidget(widget)

    assert not widget.form.start.isEnabled()
    assert "napari-s2label[training]" in widget.form.error.words


def test_how_long_one_project_is_trained_is_not_asked_of_the_next(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    do("init", tmp_path / "empty", "--classes", "vessels")
    dock.form.epochs.setText("3")
    dock.form.minutes.setText("5")
    assert dock.form.changes() == ["fit.epochs=3", "fit.max_minutes=5"]

    desk.open(tmp_path / "empty")

    qtbot.waitUntil(lambda: not dock.form.changes(), timeout=LONG_MS)


# -- while it runs --------------------------------------------------------------------------------


def test_a_training_runs_while_one_goes_on_deciding(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, waiting: Path
) -> None:
    run = start_waiting(dock, qtbot, desk)
    assert desk.session is not None
    first = desk.session.chip
    assert dock.sections.is_open(COURSE)
    assert dock.bar.step.text() == "epoch 2 of 3"
    assert dock.bar.bar.value() == 20
    assert dock.bar.device.text() == "runs on cpu, fp32"

    desk.session.accept()

    assert desk.session.chip != first
    desk.session.ledger.flush()
    waiting.touch()
    with qtbot.waitSignal(desk.training.ended, timeout=LONG_MS):
        pass
    assert [curve.points[-1][0] for curve in dock.course.curves] == [3] * 5
    assert not run.is_running
    assert not dock.bar.isVisible()


def test_what_is_painted_in_view_is_settled_before_it_starts(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, waiting: Path, vessels_project: Path
) -> None:
    assert desk.easel is not None
    assert desk.session is not None
    desk.easel.painter.clear()

    start_waiting(dock, qtbot, desk)

    mask = desk.easel.painter.ref(CanvasKind.MASK).id
    with open_project(vessels_project) as project:
        assert project.mask_path(mask, 2).is_file()
    assert desk.session.chip is not None
    assert desk.session.chip.mask is not None
    assert (desk.session.chip.mask.version, desk.session.chip.mask.state) == (2, State.ACCEPTED)


def test_curves_and_preview_follow_the_epochs(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, script: Callable[..., None], tmp_path: Path
) -> None:
    picture = trainings.draw_picture(tmp_path / "preview.png", columns=3, rows=2)
    script(trainings.beginning(), *trainings.epoch(1, 1, picture), trainings.result())

    train(dock, qtbot, desk)

    assert dock.course.score_keys.words == ["object F1 0.20", "background 0.99", "vessel 0.10"]
    assert dock.course.loss_keys.words == ["training 1.00", "validation 1.20"]
    qtbot.waitUntil(lambda: not dock.course.preview.is_empty, timeout=LONG_MS)
    assert dock.course.previewed.text() == "Validation chips after epoch 1"


def test_a_warning_of_the_trainer_is_read_without_opening_the_log(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, script: Callable[..., None]
) -> None:
    script(trainings.beginning(warnings=["all chips come from one scene"]), trainings.result())

    train(dock, qtbot, desk)

    assert dock.course.notes.words == "Note: all chips come from one scene"
    assert "note: all chips come from one scene" in dock.course.log.toPlainText()


def test_a_stop_keeps_what_was_learnt(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, waiting: Path
) -> None:
    run = start_waiting(dock, qtbot, desk)

    with qtbot.waitSignal(desk.training.ended, timeout=2000):
        dock.bar.stop.click()
        assert "stopping" in dock.bar.step.text()
        assert not dock.bar.stop.isEnabled()

    assert run.ending is not None
    assert run.ending.words.startswith("Stopped after epoch 2")


def test_one_training_at_a_time(dock: TrainWidget, desk: Desk, qtbot: QtBot, waiting: Path) -> None:
    run = start_waiting(dock, qtbot, desk)

    dock.sections.show_only(NEW)
    dock.form.start.click()

    assert desk.training.run is run
    assert not dock.sections._titles[NEW].isEnabled()


def test_a_dock_that_was_closed_shows_the_training_again(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, waiting: Path
) -> None:
    start_waiting(dock, qtbot, desk)

    again = TrainWidget(desk.viewer, Dialogs(files=lambda *_: []))
    qtbot.addWidget(again)

    assert again.sections.is_open(COURSE)
    assert len(again.course.curves[0].points) == 2
    assert "epoch 2" in again.course.log.toPlainText()


def test_a_training_that_ends_during_an_import_leaves_the_project_lent(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, waiting: Path
) -> None:
    start_waiting(dock, qtbot, desk)
    desk.lend()

    waiting.touch()
    with qtbot.waitSignal(desk.training.ended, timeout=LONG_MS):
        pass

    assert desk.is_lent
    assert desk.project is None
    desk.take_back()


def test_a_training_ends_with_its_window(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, waiting: Path
) -> None:
    window = QMainWindow()
    window.setCentralWidget(TrainWidget(desk.viewer))
    window.show()
    start_waiting(dock, qtbot, desk)
    assert desk.training.job is not None
    child = desk.training.job.pid

    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()

    assert desk.training.job is None
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_another_project_shows_no_buttons_for_a_model_it_does_not_have(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, waiting: Path, tmp_path: Path
) -> None:
    start_waiting(dock, qtbot, desk)
    do("init", tmp_path / "other", "--classes", "vessels")
    desk.open(tmp_path / "other")

    with qtbot.waitSignal(desk.training.ended, timeout=LONG_MS):
        waiting.touch()

    assert not dock.models.card.model
    assert not dock.models.card.use.isVisible()
    assert dock.models.card.ending.words.startswith(f"{run_of(desk).project.name}: Done after 3")


def test_the_verdict_is_there_again_after_an_import(
    judged: TrainWidget, desk: Desk, qtbot: QtBot
) -> None:
    card = judged.models.card
    desk.lend()
    assert not any(button.isEnabled() for button in (card.use, card.judge, card.back))
    assert not judged.models.unfinished.resume.isEnabled()
    desk.take_back()

    assert card.ending.words == "Done after 3 epochs. The new model is not shown to be better."
    assert card.use.isEnabled()
    qtbot.waitUntil(lambda: card.table.isVisible() and card.use.isVisible(), timeout=LONG_MS)


def test_a_project_that_is_opened_again_shows_how_its_training_ended(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, waiting: Path, vessels_project: Path
) -> None:
    run = start_waiting(dock, qtbot, desk)
    desk.close()
    assert run.is_running

    desk.open(vessels_project)
    with qtbot.waitSignal(desk.training.ended, timeout=LONG_MS):
        waiting.touch()

    assert desk.training.run is run
    assert dock.models.card.ending.words.startswith("Done after 3 epochs.")
    assert len(dock.course.curves[0].points) == 3


# -- when it has ended ----------------------------------------------------------------------------


@pytest.fixture
def judged(
    dock: TrainWidget,
    desk: Desk,
    qtbot: QtBot,
    script: Callable[..., None],
    vessels_project: Path,
) -> TrainWidget:
    """Return the dock after a training whose model was not shown to be better."""
    assert desk.session is not None
    models = vessels_project / "models"
    write_bundle(models, "older", created_at=OLDER.isoformat())
    Shelf(vessels_project).promote("older", "the first")
    write_bundle(models, "newer", created_at=NEWER.isoformat())
    last = desk.session.coming_images()[-1]
    judge(vessels_project, "newer", last)
    reason = "It won 55 of 100 comparisons, and 80 are needed."
    verdict = {"is_better": False, "reason": reason, "new_score": 0.62}
    script(
        trainings.beginning(), *trainings.epoch(1, 1), trainings.result("newer", verdict=verdict)
    )
    train(dock, qtbot, desk)
    card = dock.models.card
    qtbot.waitUntil(lambda: card.table.isVisible() and card.use.isVisible(), timeout=LONG_MS)
    return dock


def test_the_verdict_is_told_in_words_and_numbers(judged: TrainWidget) -> None:
    card = judged.models.card

    assert card.ending.words == "Done after 3 epochs. The new model is not shown to be better."
    assert card.standing.words == "It is not in use."
    assert card.reason.words == "It won 55 of 100 comparisons, and 80 are needed."
    assert card.use.text() == "Use it anyway"
    assert card.table.words()[1:] == [
        ["vessel", "0.40", "0.62", "▲ 0.22"],
        ["together", "0.40", "0.62", "▲ 0.22"],
    ]
    assert judged.models.head.words == f"In use: vessels_unet of {OLDER:%Y-%m-%d %H:%M}, score 0.61"


def test_a_click_on_a_changed_chip_shows_it(judged: TrainWidget, desk: Desk) -> None:
    assert desk.session is not None
    last = desk.session.coming_images()[-1]

    judged.models.card.chips.pictures[0].clicked.emit()

    assert desk.session.chip is not None
    assert desk.session.chip.image.id == last


def test_a_model_can_be_used_anyway_and_taken_back(
    judged: TrainWidget, qtbot: QtBot, vessels_project: Path
) -> None:
    card, shelf = judged.models.card, Shelf(vessels_project)

    card.use.click()
    qtbot.waitUntil(lambda: card.back.isVisible(), timeout=LONG_MS)
    assert shelf.in_use == "newer"
    assert card.standing.words == "It is in use now."
    assert not card.use.isVisible()

    card.back.click()
    qtbot.waitUntil(lambda: card.use.isVisible(), timeout=LONG_MS)
    assert shelf.in_use == "older"


def test_whoever_suggests_is_told_of_another_model_in_use(
    judged: TrainWidget, desk: Desk, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(desk.training.ended, timeout=LONG_MS):
        judged.models.card.use.click()


def test_models_are_listed_the_newest_first_and_show_their_verdict(
    judged: TrainWidget, qtbot: QtBot
) -> None:
    judged.sections.show_only(MODELS)
    models = judged.models.list
    lines = [models.list.item(row).text().split("\n") for row in range(models.list.count())]
    assert lines == [
        [f"vessels_unet of {NEWER:%Y-%m-%d %H:%M}", "score 0.61"],
        [f"vessels_unet of {OLDER:%Y-%m-%d %H:%M}", "score 0.61, in use"],
    ]

    models.list.setCurrentRow(1)
    models.view.click()

    card = judged.models.card
    qtbot.waitUntil(lambda: card.model == "older", timeout=LONG_MS)
    assert "The model was compared with no other." in card.ending.words
    assert card.standing.words == "It is in use now."
    assert not card.table.isVisible()


def test_a_model_that_is_damaged_is_told_and_not_used(
    judged: TrainWidget, qtbot: QtBot, vessels_project: Path
) -> None:
    (vessels_project / "models" / "newer" / "weights.safetensors").write_bytes(b"x" * 20)

    judged.models.card.use.click()

    qtbot.waitUntil(lambda: bool(judged.models.told.words), timeout=LONG_MS)
    assert "weights" in judged.models.told.words
    assert Shelf(vessels_project).in_use == "older"


def test_a_killed_trainer_leaves_everything_as_it_was_and_can_be_resumed(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, waiting: Path, vessels_project: Path
) -> None:
    start_waiting(dock, qtbot, desk)
    assert desk.training.job is not None
    leave_unfinished(vessels_project, epochs_done=2)

    with qtbot.waitSignal(desk.training.ended, timeout=LONG_MS):
        os.kill(desk.training.job.pid, signal.SIGKILL)

    ending = dock.models.card.ending.words
    assert "The training ended early, after epoch 2 (code 9)." in ending
    assert "Your project and the model in use are as they were." in ending
    qtbot.waitUntil(lambda: dock.models.unfinished.isVisible(), timeout=LONG_MS)
    waiting.touch()
    with qtbot.waitSignal(desk.training.ended, timeout=LONG_MS):
        dock.models.unfinished.resume.click()
    assert run_of(desk).recipe == "vessels_unet"


def test_resuming_asks_the_trainer_to_go_on(
    dock: TrainWidget, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[str]] = []

    def job(arguments: Sequence[str], parent: QObject | None) -> CommandJob:
        asked.append(arguments)
        return CommandJob(["models", *arguments[1:2]], parent)

    monkeypatch.setattr(lending, "CommandJob", job)

    dock.models.unfinished.resume_requested.emit("vessels_unet")

    assert desk.project is not None
    assert asked == [["train", str(desk.project.folder), "--resume"]]


def test_a_training_that_was_killed_with_the_window_is_found_at_opening(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, vessels_project: Path
) -> None:
    leave_unfinished(vessels_project, epochs_done=2)

    desk.open(vessels_project)

    qtbot.waitUntil(lambda: dock.models.unfinished.isVisible(), timeout=LONG_MS)
    assert "A training ended early: vessels_unet of" in dock.models.unfinished.words.words
    assert "2 of 30 epochs done" in dock.models.unfinished.words.words


def test_what_the_trainer_refuses_is_said(
    dock: TrainWidget, desk: Desk, qtbot: QtBot, script: Callable[..., None]
) -> None:
    script({"refuse": "no chip has both labels and a band B04"})

    train(dock, qtbot, desk)

    card = dock.models.card
    assert card.ending.words == "The training did not begin."
    assert card.reason.words == "no chip has both labels and a band B04"
    assert dock.sections.is_open(NEW)  # where it can be set right


def leave_unfinished(project: Path, epochs_done: int) -> None:
    """Leave what a trainer that was killed leaves."""
    run = Runs(project).begin(find_recipe("vessels_unet"), ())
    run.change(epochs_done=epochs_done)
    run.checkpoint(epochs_done).mkdir()
    run.release()


# -- its looks and its pace -----------------------------------------------------------------------


def test_nothing_is_wider_than_the_dock(judged: TrainWidget) -> None:
    for title in (NEW, COURSE, MODELS):
        judged.sections.show_only(title)
        assert judged.widget().minimumSizeHint().width() <= ROOM_PX


def test_no_button_takes_the_keyboard(judged: TrainWidget) -> None:
    takers = (QAbstractButton, QComboBox, QListWidget, QPlainTextEdit)
    found = [widget for kind in takers for widget in judged.findChildren(kind)]
    assert [w for w in found if w.focusPolicy() != Qt.FocusPolicy.NoFocus] == []
    assert found


def test_the_window_does_not_import_torch(tmp_path: Path) -> None:
    program = (
        "import sys, napari_s2label.app, napari_s2label.triage, napari_s2label.actions;"
        "import napari_s2label.reader, napari_s2label.writer;"
        "import napari_s2label.train, napari_s2label.training_facts as facts;"
        "facts.read_recipes();"
        "import s2label_training.shelf, s2label_training.runs, s2label_training.verdicts;"
        "sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
