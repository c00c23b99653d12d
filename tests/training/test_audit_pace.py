"""How long an audit will take: a learning rate is searched once, and that has its share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from s2label_training.audit import pace
from s2label_training.audit.pace import SEARCH_STEPS, Pace, search_share
from s2label_training.audit.work import AuditWork
from s2label_training.runs import Runs

from s2label.labelled.chips import find_labelled
from s2label.progress import Progress
from s2label.project import open_project
from tests.factories import audit_runs
from tests.factories.clocks import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

# Steps of the epochs of a fold.
STEPS = 120
SEARCHED = (*audit_runs.QUICK, "fit.lr_search=true")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pace, "time", made)
    return made


def steps_of_a_fold(*, is_searched: bool) -> Iterator[Progress]:
    """Yield what a training tells, a second each; the search breaks off early."""
    if is_searched:
        yield from (Progress(n, SEARCH_STEPS, "searching the learning rate") for n in range(1, 51))
        yield Progress(0, 0, "learning rate 0.001", {"found_lr": 0.001})
    yield from (Progress(n, STEPS, f"epoch {n // 12} of 10") for n in range(1, STEPS + 1))


def test_the_time_left_is_right_also_while_the_rate_is_searched(clock: Clock) -> None:
    told, pacing = [], Pace(3, 0, searching=SEARCH_STEPS / STEPS)
    for fold in (1, 2, 3):
        for step in steps_of_a_fold(is_searched=fold == 1):
            clock.now += 1
            told.append(pacing.training(fold, step))
        told.append(pacing.predicting(fold, Progress(1, 1)))
    left = [step.data["seconds_left"] for step in told if step.data["seconds_left"] is not None]
    whole = 3 * STEPS + SEARCH_STEPS
    assert left[0] == pytest.approx(whole, rel=0.1)
    assert max(left) < 1.1 * whole
    done = [step.done for step in told]
    assert done == sorted(done)


def test_without_a_search_all_folds_are_alike(clock: Clock) -> None:
    pacing = Pace(2, 0)
    clock.now += STEPS
    step = pacing.training(1, Progress(STEPS, STEPS, "epoch 10 of 10"))
    assert step.data["seconds_left"] == pytest.approx(1.2 * STEPS, rel=0.1)


def test_the_share_of_a_search_follows_from_the_steps_of_the_epochs(tmp_path: Path) -> None:
    project = audit_runs.make_faulty_fleet(tmp_path)
    with open_project(project) as opened:
        chips = find_labelled(opened)
    # Eight chips of a tile each, half of them to learn from, in batches of four: a step an epoch.
    recipe = audit_runs.request(*SEARCHED, "input.tile_px=64").recipe
    assert search_share(recipe, chips, 2) == SEARCH_STEPS / 2
    assert search_share(audit_runs.request().recipe, chips, 2) == 0


def test_the_learning_rate_is_searched_once_and_all_folds_learn_at_it(tmp_path: Path) -> None:
    project = audit_runs.make_faulty_fleet(tmp_path)
    words: list[str] = []

    def is_far_enough(step: Progress) -> bool:
        words.append(step.data.get("words", ""))
        return "fold 2 of 2, epoch 2" in words[-1]

    audit_runs.audit(project, audit_runs.request(*SEARCHED), stop_at=is_far_enough)
    searched = [word.partition(",")[0] for word in words if "searching" in word]
    assert set(searched) == {"fold 1 of 2"}
    work = AuditWork(project)
    record = work.read()
    assert record is not None
    (run,) = Runs(project, work.folder(record) / record.names[1]).unfinished()
    assert run.record.recipe.optimiser.lr == record.rate
    assert not run.record.recipe.fit.lr_search
