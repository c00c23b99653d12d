"""What a training comes to when nobody judges its model: that is said, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from s2label_training import judging, outcome
from s2label_training.cli.outcomes import outcome_lines
from s2label_training.fit import TrainingRequest, TrainingResult
from s2label_training.outcome import Outcome, train_and_judge
from s2label_training.recipe import find_recipe
from s2label_training.shelf import Shelf
from s2label_training.verdicts import Verdict

from s2label.classes import VESSELS
from s2label.progress import Progress, finish
from s2label.project import create_project, open_project
from tests.factories.shelf import write_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.progress import Job
    from s2label.project import Project

pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

RECIPE = find_recipe("vessels_unet")
DONE = TrainingResult("new", epochs=3)
STOPPED = TrainingResult("new", stopped=True, epochs=2, resume=True)


@pytest.mark.parametrize(
    ("result", "hold_out", "with_gate", "why"),
    [
        pytest.param(STOPPED, (), True, "it was stopped", id="stopped"),
        pytest.param(DONE, ("port",), True, "models of cross-validation", id="cross-validation"),
        pytest.param(DONE, (), False, "nobody asked the gate", id="no gate"),
    ],
)
def test_a_model_that_is_not_judged_says_why(
    monkeypatch: pytest.MonkeyPatch,
    result: TrainingResult,
    hold_out: tuple[str, ...],
    with_gate: bool,
    why: str,
) -> None:
    def trained(*_: object) -> Job[TrainingResult]:
        yield from ()
        return result

    monkeypatch.setattr(outcome, "train_model", trained)
    request = TrainingRequest(RECIPE, hold_out)

    # The project is only handed on: nothing is read of it.
    found = finish(train_and_judge(cast("Project", None), request, with_gate=with_gate))

    assert found.unjudged.startswith(why)
    assert (found.verdict, found.is_in_use) == (None, False)
    assert found.as_dict()["unjudged"] == found.unjudged
    assert f"not judged: {found.unjudged}" in list(outcome_lines(found))


def trained_beside(
    monkeypatch: pytest.MonkeyPatch, folder: Path, comes: list[str]
) -> tuple[Outcome, list[str]]:
    """Train "new" while other models come into use, one per judging; return who was beaten."""
    create_project(folder, VESSELS)
    shelf = Shelf(folder)
    for model in ("old", "new", *comes):
        write_bundle(shelf.models, model)
    shelf.promote("old", "first")
    beaten: list[str] = []

    def trained(*_: object) -> Job[TrainingResult]:
        yield from ()
        return DONE

    def judge(_: Project, model: str) -> Job[Verdict]:
        old = shelf.in_use or ""
        beaten.append(old)
        yield Progress(0, 1, "comparing")
        if comes:
            shelf.promote(comes.pop(0), "by hand")
        return Verdict(new=model, old=old, is_better=True, reason="better", at="2024-05-01")

    monkeypatch.setattr(outcome, "train_model", trained)
    monkeypatch.setattr(judging, "judge", judge)
    with open_project(folder) as project:
        return finish(train_and_judge(project, TrainingRequest(RECIPE))), beaten


def test_a_model_that_came_into_use_meanwhile_has_to_be_beaten_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found, beaten = trained_beside(monkeypatch, tmp_path / "p", ["meanwhile"])

    assert beaten == ["old", "meanwhile"]
    assert found.is_in_use
    assert [use.model for use in Shelf(tmp_path / "p").uses()] == ["old", "meanwhile", "new"]


def test_a_verdict_against_one_model_never_replaces_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found, _ = trained_beside(monkeypatch, tmp_path / "p", ["second", "third"])

    assert (found.verdict, found.is_in_use) == (None, False)
    assert found.unjudged.startswith("another model (third) came into use meanwhile")
    assert Shelf(tmp_path / "p").in_use == "third"


def test_nothing_is_said_of_judging_where_there_is_no_model() -> None:
    lines = list(outcome_lines(Outcome(TrainingResult(stopped=True), unjudged="it was stopped")))

    assert lines == ["stopped before the first epoch was done: nothing was kept"]
