"""An audit that was stopped or killed goes on, and ends as if it had never been interrupted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from s2label_training.audit import predicting
from s2label_training.audit.folding import FoldRun
from s2label_training.shelf import Shelf

from s2label.cli.child import CHILD_VARIABLE
from s2label.project import open_project
from s2label.suggestion_files import drop_suggestions
from s2label.types import Verdict
from tests.factories import audit_runs
from tests.factories.commands import run
from tests.factories.projects import decide
from tests.faults.seeds import long_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from s2label.progress import Progress

pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

EPOCHS = 4
RECIPE = ("network.filters=4", f"fit.epochs={EPOCHS}", "fit.batch_size=4", "fit.precision=fp32")
# The first that is told of a fold, before anything is learnt.
BEGUN = "fold 1 of 2, reading the labels"
WANTED = audit_runs.request(*RECIPE)


class End(NamedTuple):
    """What an audit comes to."""

    proposals: dict[str, bytes]
    left: list[dict[str, Any]]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audit_runs.make_faulty_fleet(tmp_path_factory.mktemp("fleet"))


@pytest.fixture(scope="module")
def undisturbed(fleet: Path, tmp_path_factory: pytest.TempPathFactory) -> End:
    project = copied(fleet, tmp_path_factory.mktemp("undisturbed"))
    audit_runs.audit(project, WANTED)
    return end_of(project)


@pytest.fixture
def project(fleet: Path, tmp_path: Path) -> Path:
    return copied(fleet, tmp_path)


def copied(project: Path, folder: Path) -> Path:
    shutil.copytree(project, folder / "project")
    return folder / "project"


def end_of(project: Path) -> End:
    return End(audit_runs.proposals_of(project), audit_runs.left_in(project))


def require_the_same_end(project: Path, undisturbed: End) -> None:
    assert end_of(project) == undisturbed
    assert Shelf(project).records() == []
    assert list((project / "models" / ".audits").iterdir()) == []


def folders_of(project: Path) -> list[str]:
    """Return the audits that are under way; there should be one."""
    return [path.name for path in (project / "models" / ".audits").iterdir()]


def at(words: str) -> Callable[[Progress], bool]:
    return lambda step: words in step.data.get("words", "")


def told(folder: Path) -> set[str]:
    """Return what an audit that ended early notes as predicted."""
    (record,) = (folder / "models" / ".audits").glob("*/audit.json")
    return set(json.loads(record.read_bytes())["predicted"])


class Child:
    """``s2label audit`` as a window runs it."""

    def __init__(self, project: Path) -> None:
        command = [sys.executable, "-P", "-m", "s2label", "audit", str(project)]
        self.process = subprocess.Popen(
            [*command, *audit_runs.arguments(*RECIPE), "--json-lines"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {CHILD_VARIABLE: "1"},
            text=True,
        )

    def kill_at(self, words: str) -> None:
        """Read until a step says so, and kill it."""
        try:
            assert self.process.stdout is not None
            assert any(words in line for line in self.process.stdout)
        finally:
            self.process.kill()
            self.process.communicate()


@long_only("tests/faults kills an audit, too")
def test_one_that_is_killed_ends_as_one_that_was_not(project: Path, undisturbed: End) -> None:
    Child(project).kill_at('"fold 2 of 2, epoch 3 of 4", "seconds_left": ')
    assert told(project) == {"audit-fold-1"}

    report = audit_runs.audit(project, WANTED)

    assert report.notes[0] == "goes on with the audit that ended early"
    require_the_same_end(project, undisturbed)


@pytest.mark.parametrize(
    "words",
    ["fold 1 of 2, epoch 3", "fold 2 of 2, looking", "for wrong"],
)
def test_one_that_is_stopped_goes_on(project: Path, undisturbed: End, words: str) -> None:
    report = audit_runs.audit(project, WANTED, stop_at=at(words))
    assert report.stopped
    assert Shelf(project).records() == [] or "looking" in words, "half a training is no model"

    assert not audit_runs.audit(project, WANTED).stopped

    require_the_same_end(project, undisturbed)


def test_a_training_that_was_begun_goes_on_at_its_epoch(project: Path) -> None:
    audit_runs.audit(project, WANTED, stop_at=at("fold 1 of 2, epoch 3"))
    steps: list[str] = []

    def note(step: Progress) -> bool:
        steps.append(step.data.get("words", ""))
        return "fold 1 of 2, looking" in steps[-1]

    audit_runs.audit(project, WANTED, stop_at=note)
    epochs = {int(words.split("epoch ")[1][0]) for words in steps if "epoch" in words}
    # Those that were done are told once more when it begins, and none of their steps.
    assert sum("epoch 1 of" in words for words in steps) == 1
    assert max(epochs) == EPOCHS


def test_one_that_is_killed_before_a_model_is_put_away_puts_it_away_later(
    project: Path, undisturbed: End, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: FoldRun) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FoldRun, "put_away", killed)
        assert audit_runs.audit(project, WANTED).stopped
    assert [record.id for record in Shelf(project).records()] == ["audit-fold-1"]

    audit_runs.audit(project, WANTED)
    require_the_same_end(project, undisturbed)


def test_proposals_that_are_there_are_kept(
    project: Path, undisturbed: End, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predicting, "_BATCH", 1)
    audit_runs.audit(project, WANTED, stop_at=lambda _: bool(audit_runs.proposals_of(project)))
    before = {path: (project / path).stat().st_ino for path in audit_runs.proposals_of(project)}
    assert 0 < len(before) < 8
    audit_runs.audit(project, WANTED)
    assert {path: (project / path).stat().st_ino for path in before} == before
    require_the_same_end(project, undisturbed)


def test_a_training_that_cannot_go_on_is_done_anew(project: Path) -> None:
    audit_runs.audit(project, WANTED, stop_at=at("fold 1 of 2, epoch 3"))
    (path,) = (project / "models" / ".audits").glob("*/audit-fold-1/*/data.json")
    path.write_text("{")
    report = audit_runs.audit(project, WANTED, stop_at=at("fold 1 of 2, looking"))
    assert any("audit-fold-1 was trained anew" in note for note in report.notes)
    assert [record.epochs for record in Shelf(project).records()] == [EPOCHS]


def test_another_recipe_begins_anew_and_that_is_said(project: Path) -> None:
    audit_runs.audit(project, WANTED, stop_at=at(BEGUN))
    report = audit_runs.audit(project, audit_runs.request(), stop_at=at(BEGUN))
    assert report.notes[0].startswith("began anew, with other recipe")
    assert len(folders_of(project)) == 1


def test_it_can_be_begun_anew(project: Path) -> None:
    first = audit_runs.audit(project, WANTED, stop_at=at("fold 2 of 2, reading"))
    assert first.folds_done == 1
    again = audit_runs.request(*RECIPE, again=True)
    report = audit_runs.audit(project, again, stop_at=at(BEGUN))
    assert (report.folds_done, report.notes) == (0, [])
    assert folders_of(project) == [report.audit] != [first.audit]


def test_masks_that_changed_since_are_only_told(project: Path) -> None:
    audit_runs.audit(project, WANTED, stop_at=at(BEGUN))
    with open_project(project, write=True) as opened:
        mask = next(row["id"] for row in opened.catalog.list_masks())
        decide(opened, Verdict.REJECT, mask)
    report = audit_runs.audit(project, WANTED, stop_at=at(BEGUN))
    assert "masks since it began: 1 gone; the models learn" in report.notes[1]


def test_a_proposal_that_is_lost_leaves_its_mask_out(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit_runs.audit(project, WANTED, stop_at=at("for wrong"))
    with open_project(project) as opened:
        drop_suggestions(opened, opened.catalog.image_ids()[0], ["audit-fold-1", "audit-fold-2"])
    assert audit_runs.audit(project, WANTED).masks == 7


def test_a_damaged_record_is_told_and_again_helps(project: Path) -> None:
    audit_runs.audit(project, WANTED, stop_at=at(BEGUN))
    (path,) = (project / "models" / ".audits").glob("*/audit.json")
    path.write_text("{")
    printed = run("audit", project, *audit_runs.arguments())
    assert printed.code == 1
    (line,) = printed.err.splitlines()
    assert "audit.json: damaged" in line
    assert "`s2label audit PROJECT --again` begins anew" in line
    again = audit_runs.request(again=True)
    assert len(folders_of(project)) == 1
    assert audit_runs.audit(project, again, stop_at=at(BEGUN)).notes == []
