"""A model on the shelf is judged from the train dock, beside other work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from napari_s2label import lending
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.train import MODELS, TrainWidget
from s2label_training.shelf import Shelf
from s2label_training.verdicts import Verdict, write_verdict

from tests.factories import trainings
from tests.factories.shelf import record, write_bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.parts.verdict_card import VerdictCard
    from pytestqt.qtbot import QtBot

# napari with PyQt5 cannot tell the theme of the system.
pytestmark = pytest.mark.filterwarnings("ignore:System theme detection:UserWarning")

LONG_MS = 60_000
NO, YES = "Not shown to be better: it won 55 of 100.", "Better: object F1 0.62, not 0.40."


@pytest.fixture
def models(vessels_project: Path) -> Path:
    """Return the models: one in use, one not shown to be better, one of cross-validation."""
    folder = vessels_project / "models"
    write_bundle(folder, "used", created_at="2024-04-01T12:00:00.000Z")
    Shelf(vessels_project).promote("used", "the first")
    write_bundle(folder, "new", created_at="2024-05-01T12:00:00.000Z")
    crossed = record().data.model_copy(update={"hold_out": ("port",)})
    write_bundle(folder, "crossed", created_at="2024-03-01T12:00:00.000Z", data=crossed)
    say(folder / "new", is_better=False, reason=NO)
    return folder


@pytest.fixture
def docks(models: Path, desk: Desk, qtbot: QtBot) -> Iterator[Callable[[], TrainWidget]]:
    """Return what opens a train dock in which "new" is looked at."""

    def opened() -> TrainWidget:
        dock = TrainWidget(desk.viewer, Dialogs(files=lambda *_: []))
        qtbot.addWidget(dock)
        dock.show()
        dock.sections.show_only(MODELS)
        look_at(dock, qtbot, "new")
        return dock

    assert models.is_dir()
    yield opened
    desk.training.close()


@pytest.fixture
def judging(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let the next judging wait in the middle; return the file that lets it go on."""
    go_on = tmp_path / "go on"
    steps = [trainings.progress(1, 4, "comparing"), {"await": str(go_on)}]
    script(monkeypatch, tmp_path, *steps, {"result": {"model": "new", "in_use": True}})
    return go_on


def script(monkeypatch: pytest.MonkeyPatch, folder: Path, *steps: dict[str, Any]) -> None:
    jobs = trainings.scripted_jobs(folder, steps, command="models")
    monkeypatch.setattr(lending, "CommandJob", jobs)


def say(bundle: Path, *, is_better: bool, reason: str) -> None:
    """Put a verdict into a bundle."""
    verdict = {"new": bundle.name, "at": "2024-05-01T12:00:00Z", "new_score": 0.62}
    write_verdict(bundle, Verdict(is_better=is_better, reason=reason, **verdict))


def look_at(dock: TrainWidget, qtbot: QtBot, model: str) -> VerdictCard:
    """Choose a model and ask for the verdict on it."""
    its = dock.models.list

    def is_chosen() -> bool:
        for row in range(its.list.count()):
            its.list.setCurrentRow(row)
            if its.chosen == model:
                return True
        return False

    qtbot.waitUntil(is_chosen, timeout=LONG_MS)
    its.view.click()
    card = dock.models.card
    qtbot.waitUntil(lambda: card.model == model, timeout=LONG_MS)
    return card


def begin(dock: TrainWidget, qtbot: QtBot) -> None:
    """Have the model in view judged, and wait until that is under way."""
    dock.models.card.judge.click()
    step = dock.models.judging.step
    qtbot.waitUntil(lambda: step.text() == "Judging new: comparing", timeout=LONG_MS)


def end(models: Path, go_on: Path) -> None:
    """Do what the child does at its end: another verdict, and the model comes into use."""
    say(models / "new", is_better=True, reason=YES)
    Shelf(models.parent).promote("new", YES)
    go_on.touch()


def test_a_model_is_judged_again_while_one_goes_on_deciding(
    docks: Callable[[], TrainWidget], desk: Desk, qtbot: QtBot, models: Path, judging: Path
) -> None:
    dock = docks()
    card = dock.models.card
    assert "not shown to be better" in card.ending.words
    assert card.judge.text() == "Judge again"

    begin(dock, qtbot)
    assert not card.judge.isEnabled()
    assert desk.session is not None
    desk.session.accept()
    end(models, judging)

    qtbot.waitUntil(lambda: card.standing.words == "It is in use now.", timeout=LONG_MS)
    qtbot.waitUntil(lambda: "The new model is better." in card.ending.words, timeout=LONG_MS)
    assert card.reason.words == "Object F1 0.62, not 0.40."
    assert not card.judge.isVisible()
    assert desk.session.undo() is not None  # what was decided meanwhile


def test_a_dock_that_was_opened_meanwhile_shows_the_verdict_too(
    docks: Callable[[], TrainWidget], qtbot: QtBot, models: Path, judging: Path
) -> None:
    first = docks()
    begin(first, qtbot)
    first.close()

    again = docks()
    assert again.models.judging.step.text().startswith("Judging new")
    end(models, judging)

    card = again.models.card
    qtbot.waitUntil(lambda: "The new model is better." in card.ending.words, timeout=LONG_MS)
    qtbot.waitUntil(lambda: "2024-05-01" in again.models.head.words, timeout=LONG_MS)


def test_a_judging_that_fails_is_told_and_changes_nothing(
    docks: Callable[[], TrainWidget],
    qtbot: QtBot,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    dock = docks()
    card, before = dock.models.card, dock.models.card.ending.words
    script(monkeypatch, tmp_path, {"refuse": "new: another program is judging it"})

    with qtbot.waitSignal(desk.training.ended, timeout=LONG_MS):
        card.judge.click()

    told = dock.models.judging.message.words
    assert told == "Judging new did not work.\nnew: another program is judging it"
    assert (card.ending.words, card.judge.isEnabled()) == (before, True)


def test_a_judging_that_is_stopped_changes_nothing(
    docks: Callable[[], TrainWidget], qtbot: QtBot, desk: Desk, judging: Path
) -> None:
    dock = docks()
    begin(dock, qtbot)

    with qtbot.waitSignal(desk.training.ended, timeout=LONG_MS):
        dock.models.judging.cancel.click()

    told = dock.models.judging.message.words
    assert told == "Judging new was stopped: nothing has changed."
    assert dock.models.card.judge.isEnabled()
    assert not judging.exists()


def test_only_what_can_be_judged_has_a_button(
    docks: Callable[[], TrainWidget], qtbot: QtBot, models: Path
) -> None:
    write_bundle(models, "unseen", created_at="2024-02-01T12:00:00.000Z")
    dock = docks()

    assert look_at(dock, qtbot, "unseen").judge.text() == "Judge"
    assert dock.models.card.judge.isVisible()
    assert not look_at(dock, qtbot, "used").judge.isVisible()
    assert not look_at(dock, qtbot, "crossed").judge.isVisible()
