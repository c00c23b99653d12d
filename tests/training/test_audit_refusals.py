"""What an audit refuses, in one line and before torch is loaded; and how it stops."""

from __future__ import annotations

import shutil
import sys
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.audit.beginning import begin_audit
from s2label_training.audit.work import AuditWork
from s2label_training.cli import auditing

from s2label.classes import VESSELS
from s2label.project import create_project, open_project
from s2label.screening_records import FindingRecord, ScreeningRecord
from tests.factories import audit_runs, fleet
from tests.factories.commands import do, run
from tests.factories.snapshots import tree_snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture
def project(fleet_of_four: Path, tmp_path: Path) -> Path:
    shutil.copytree(fleet_of_four, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture(autouse=True)
def _without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be trained: whoever gets so far is told that an extra is missing."""
    monkeypatch.setitem(sys.modules, "s2label_training.fit", None)


def refused(*arguments: object) -> str:
    """Return the one line that a command says when it refuses."""
    printed = run(*arguments)
    assert printed.code == 1
    (line,) = printed.err.splitlines()
    return line


def nothing(group: int, place: int) -> NDArray[np.uint8]:
    return np.zeros((fleet.SIDE, fleet.SIDE), np.uint8)


def in_one_group(group: int, place: int) -> NDArray[np.uint8]:
    return fleet.truth(group, place) if group == 1 else nothing(group, place)


def test_a_project_without_labels(tmp_path: Path) -> None:
    create_project(tmp_path / "empty", VESSELS)
    assert "nothing is labelled yet" in refused("audit", tmp_path / "empty")


def test_labels_of_one_class_only(tmp_path: Path) -> None:
    project = fleet.make_fleet(tmp_path, groups=3, places=1, labels=nothing)
    assert "only background is labelled" in refused("audit", project)


def test_a_class_that_only_one_group_shows(tmp_path: Path) -> None:
    project = fleet.make_fleet(tmp_path, groups=3, places=1, labels=in_one_group)
    line = refused("audit", project)
    assert "vessel is labelled in g1_0" in line
    assert "has nothing to learn" in line


def test_a_single_place(tmp_path: Path) -> None:
    project = fleet.make_fleet(tmp_path, groups=1, places=1)
    assert "only one place has labels" in refused("audit", project)


def test_an_open_finding(project: Path) -> None:
    with open_project(project, write=True) as opened:
        id_ = opened.catalog.image_ids()[0]
        finding = FindingRecord(id_, 1, "8-bit", "wrong")
        opened.catalog.screenings.note([ScreeningRecord(id_, 1, "made up", 0.0)], [finding])
    assert "1 labelled image has open findings (8-bit 1)" in refused("audit", project)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--recipe", "vessels_onet"), "vessels_onet: no such recipe"),
        (("--set", "fit.epoch=3"), "fit.epoch: no such field"),
        (("--set", "fit.start=warm"), "fit.start is warm"),
    ],
    ids=["recipe", "field", "warm start"],
)
def test_a_wrong_recipe(project: Path, arguments: tuple[str, ...], expected: str) -> None:
    before = tree_snapshot(project / "models")
    assert expected in refused("audit", project, *arguments)
    assert tree_snapshot(project / "models") == before


@pytest.mark.parametrize("folds", [1, 21])
def test_too_few_and_too_many_folds_are_wrong_use(project: Path, folds: int) -> None:
    assert run("audit", project, "--folds", folds).code == 2


def test_a_second_audit_at_the_same_time(project: Path) -> None:
    with AuditWork(project).locked():
        assert "another program audits this project" in refused("audit", project)


def test_a_missing_extra_is_named(project: Path) -> None:
    line = refused("audit", project)
    assert 'auditing needs an extra: pip install "napari-s2label[training]"' in line


def test_a_stop_is_told_and_what_goes_on(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "s2label_training.fit")
    wish = threading.Event()
    wish.set()
    monkeypatch.setattr(auditing, "stopping_on_interrupt", lambda: nullcontext(wish))
    printed = run("audit", project, *audit_runs.arguments())
    assert printed.code == 1
    assert printed.out == "stopped, 0 of 2 folds are done: the same command goes on\n"


def test_nothing_suspected_says_how_to_look(project: Path) -> None:
    assert "s2label audit" in do("suspicions", project).out
    assert do("suspicions", project, "--json").out == ""


def test_nothing_suspected_any_more_says_when_the_last_audit_was(project: Path) -> None:
    with open_project(project, write=True) as opened:
        masks = [row["id"] for row in opened.catalog.list_masks()]
        opened.catalog.note_suspicions([], masks, "audit-1")
        day = opened.catalog.now()[:10]
    told = do("suspicions", project).out
    assert told.startswith(f"nothing is suspected any more: the last audit was on {day} ")


def test_fewer_groups_than_folds_are_told(project: Path) -> None:
    with open_project(project) as opened:
        work = AuditWork(project)
        with work.locked():
            beginning = begin_audit(opened, audit_runs.request(folds=6), work)
    assert beginning.notes == ["4 folds, not 6: there are no more groups of ground for it"]
