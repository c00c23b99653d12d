"""What a training refuses leaves nothing of it: no folder that the next one would have to clear."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from s2label_training.audit.work import AuditWork
from s2label_training.recipe import find_recipe
from s2label_training.runs import Runs

from s2label.classes import VESSELS
from s2label.errors import ProjectError, S2LabelError
from s2label.project import create_project, open_project
from s2label.screening_records import FindingRecord, ScreeningRecord
from tests.factories.fits import small, train
from tests.factories.snapshots import tree_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

# Of locks nothing is left to do, and ground that was held out once stays so for ever.
STAYS = {"models/.lock", "models/.runs/.lock", "models/validation.json"}
ASTRAY = ("optimiser.kind=sgd", "optimiser.lr=1e38", "loss.terms={dice=1e10}")


@pytest.fixture
def project(accepted_fleet: Path, tmp_path: Path) -> Path:
    shutil.copytree(accepted_fleet, tmp_path / "project")
    return tmp_path / "project"


def find_something(project: Path) -> None:
    with open_project(project, write=True) as opened:
        id_ = opened.catalog.image_ids()[0]
        finding = FindingRecord(id_, 1, "8-bit", "wrong")
        opened.catalog.screenings.note([ScreeningRecord(id_, 1, "made up", 0.0)], [finding])


def forget_labels(project: Path) -> None:
    shutil.rmtree(project)
    create_project(project, VESSELS)


def leave_as_it_is(project: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("prepare", "changes", "hold_out", "expected"),
    [
        (leave_as_it_is, (), ("nobody",), "no group with labels has that in its name"),
        (leave_as_it_is, (), ("g0", "g1", "g2", "g3"), "all groups with labels are held out"),
        (leave_as_it_is, ('input.bands=["B11"]',), (), "choose other bands"),
        (leave_as_it_is, ("fit.start=warm",), (), "no model is in use"),
        (leave_as_it_is, ASTRAY, (), "went astray in epoch 1"),
        (find_something, (), (), "1 labelled image has open findings"),
        (forget_labels, (), (), "nothing is labelled yet"),
    ],
    ids=["unknown group", "all groups", "band", "warm start", "astray", "finding", "no labels"],
)
def test_a_training_that_is_refused_leaves_nothing(
    project: Path,
    prepare: Callable[[Path], None],
    changes: tuple[str, ...],
    hold_out: tuple[str, ...],
    expected: str,
) -> None:
    prepare(project)
    before = tree_snapshot(project)
    with pytest.raises(S2LabelError, match=expected):
        train(project, small(*changes), hold_out=hold_out)
    assert written(project, before) <= STAYS
    assert [path.name for path in Runs(project).folder.iterdir()] == [".lock"]


def written(project: Path, before: dict[str, Any]) -> set[str]:
    after = tree_snapshot(project)
    return {name for name in after.keys() | before if before.get(name) != after.get(name)}


def test_a_training_refused_after_an_epoch_can_go_on(project: Path) -> None:
    train(project, small("fit.epochs=3"), stop_after=1)
    (run,) = Runs(project).unfinished()
    find_something(project)
    with pytest.raises(ProjectError, match="open findings"):
        train(project, run.record.recipe, resume=run.folder.name)
    assert [each.folder for each in Runs(project).unfinished()] == [run.folder]


def test_nothing_grows_where_a_project_was(tmp_path: Path) -> None:
    gone = tmp_path / "unplugged"
    with pytest.raises(ProjectError, match="cannot be written"):
        Runs(gone).begin(find_recipe("vessels_unet"), ())
    with pytest.raises(ProjectError, match="cannot be written"), AuditWork(gone).locked():
        pass
    assert list(tmp_path.iterdir()) == []
