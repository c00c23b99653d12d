"""``s2label audit`` from start to end, on a project with two planted errors."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from s2label_training.audit.folding import FoldRun
from s2label_training.audit.record import record_of
from s2label_training.shelf import Shelf

from s2label.labelled.chips import find_labelled
from s2label.labelled.folds import choose_folds
from s2label.labelled.places import labelled_places
from s2label.progress import finish
from s2label.project import open_project
from s2label.suggestion_files import read_suggestion
from tests.factories import audit_runs, fleet
from tests.factories.commands import do, run
from tests.factories.snapshots import tree_snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from s2label_training.bundle import ModelRecord

    from s2label.project import Project
    from s2label.suggestions import Suggestion

pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

FOLDS = ("audit-fold-1", "audit-fold-2")


class Audited(NamedTuple):
    """A project that was audited, the steps that were told, and the result."""

    project: Path
    steps: list[dict[str, Any]]
    result: dict[str, Any]


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    project = audit_runs.make_faulty_fleet(tmp_path_factory.mktemp("audited"))
    wanted = audit_runs.arguments(*audit_runs.LEARNING)
    *steps, last = do("audit", project, *wanted, "--json-lines").lines
    return Audited(project, [step["progress"] for step in steps], last["result"])


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audit_runs.make_faulty_fleet(tmp_path_factory.mktemp("faulty"))


@pytest.fixture
def project(faulty: Path, tmp_path: Path) -> Path:
    shutil.copytree(faulty, tmp_path / "project")
    return tmp_path / "project"


def name_of(mask_id: str) -> str:
    return mask_id.partition("-")[0]


# -- what it finds ---------------------------------------------------------------------------------


def test_the_planted_errors_are_the_foremost(audited: Audited) -> None:
    foremost = {(name_of(row["mask"]), row["kind"]) for row in audited.result["foremost"][:2]}
    lacking, too_many = (
        "g{}_{}".format(*at) for at in (audit_runs.LACKS_ONE, audit_runs.HAS_TOO_MANY)
    )
    assert foremost == {(lacking, "missing object"), (too_many, "spurious object")}


def test_the_result_counts_masks_and_suspicions_by_kind(audited: Audited) -> None:
    result = audited.result
    assert (result["masks"], result["folds"], result["folds_done"]) == (8, 2, 2)
    assert result["suspicions"] == {"missing object": 1, "spurious object": 1}
    assert not result["stopped"]
    assert all(row["words"] and 0 < row["rank"] <= 1 for row in result["foremost"])


def test_what_eight_masks_are_too_few_to_tell_is_said(audited: Audited) -> None:
    (note,) = audited.result["notes"]
    assert note.startswith("nothing is said of shifted mask, fits another chip: ")


def test_the_catalog_knows_them_and_they_are_listed_the_foremost_first(audited: Audited) -> None:
    listed = do("suspicions", audited.project, "--json").lines
    told = ("mask", "image", "kind", "words", "rank")
    assert [{name: row[name] for name in told} for row in listed] == audited.result["foremost"]
    assert {row["audit"] for row in listed} == {audited.result["audit"]}
    assert {row["model"] for row in listed} <= set(FOLDS)

    for_people = do("suspicions", audited.project).out.splitlines()
    assert for_people[0].startswith(f"1.000  {listed[0]['kind']}  {listed[0]['mask']}  ")


def test_its_steps_only_rise_and_tell_the_time_left(audited: Audited) -> None:
    told = [step for step in audited.steps if step["total"]]
    done = [step["done"] for step in told]
    assert done == sorted(done)
    assert done[-1] <= {step["total"] for step in told}.pop()
    assert {step["message"] for step in told} == {"auditing"}
    assert any("fold 2 of 2, epoch 16 of 16" in step["data"]["words"] for step in told)
    assert isinstance(told[-1]["data"]["seconds_left"], int)


# -- what it leaves --------------------------------------------------------------------------------


def test_no_model_and_no_draft_is_left(audited: Audited) -> None:
    assert Shelf(audited.project).records() == []
    assert list((audited.project / "models" / ".audits").iterdir()) == []
    assert list((audited.project / "models" / ".suspicions").iterdir()) == []
    assert not (audited.project / "models" / ".runs").exists()
    assert do("models", audited.project).out.startswith("no models yet")


def test_what_the_models_proposed_is_kept_under_their_numbers(audited: Audited) -> None:
    numbers = Shelf(audited.project).numbers()
    assert set(numbers) == set(FOLDS)
    with open_project(audited.project) as opened:
        found = kept_proposals(opened)
    assert len(found) == 8
    assert {each.provenance for each in found} == set(numbers.values())
    assert all(each.threshold == 0.5 for each in found)
    sums = np.concatenate([each.probabilities.sum(axis=0, dtype=int) for each in found])
    assert np.abs(sums - 255).max() <= 1


def kept_proposals(project: Project) -> list[Suggestion]:
    chips = find_labelled(project)
    found = [read_suggestion(project, chip.image, name) for chip in chips for name in FOLDS]
    return [each for each in found if each is not None]


def test_nothing_else_of_the_project_changes(project: Path) -> None:
    before = tree_snapshot(project)
    with open_project(project, write=True):
        do("audit", project, *audit_runs.arguments())
    changed = set(tree_snapshot(project).items()) ^ set(before.items())
    places = {path.split("/")[0] for path, _ in changed if not path.startswith("catalog.sqlite-")}
    assert places == {"models", "rasters"}


def test_a_window_that_has_the_project_takes_the_result_over_itself(project: Path) -> None:
    from s2label.handover import take_all
    from s2label.suspicion_files import take_oldest_suspicions

    with open_project(project, write=True) as opened:
        result = do("audit", project, *audit_runs.arguments(), "--json-lines").lines[-1]["result"]
        assert opened.catalog.suspicions() == {}
        take_all(take_oldest_suspicions, opened)
        assert bool(opened.catalog.suspicions()) == bool(result["suspicions"])


def test_a_later_audit_takes_the_numbers_and_places_of_the_one_before(project: Path) -> None:
    audit_runs.audit(project)
    numbers, before = Shelf(project).numbers(), audit_runs.proposals_of(project)
    audit_runs.audit(project, audit_runs.request(*audit_runs.QUICK, "fit.seed=1"))
    assert Shelf(project).numbers() == numbers
    after = audit_runs.proposals_of(project)
    assert len(after) == len(before) == 8
    assert not set(before.values()) & set(after.values())


# -- what a model of a fold knows ------------------------------------------------------------------


def test_the_model_of_a_fold_never_saw_what_it_is_asked_about(project: Path) -> None:
    record, held = trained_fold(project)
    assert held
    assert held.isdisjoint(record.data.training_places)
    assert record.data.validation_places == ()
    assert {name_of(id_)[:2] for id_ in held}.isdisjoint(
        name_of(id_)[:2] for id_ in record.data.training_places
    )


def test_what_is_held_out_chooses_neither_epoch_nor_threshold(accepted: Path) -> None:
    record, _ = trained_fold(accepted)
    assert (record.epochs, record.threshold, record.metrics) == (2, 0.5, {})


@pytest.fixture
def accepted(project: Path) -> Path:
    """Return a project whose masks could validate a training."""
    fleet.accept(project)
    return project


def trained_fold(project: Path) -> tuple[ModelRecord, frozenset[str]]:
    """Train the first fold; return its model and the places that it holds."""
    wanted = audit_runs.request()
    with open_project(project) as opened:
        folds = choose_folds(labelled_places(find_labelled(opened)), 2)
        fold = record_of("audit-1", {}, folds, {}).fold(FOLDS[0])
        folder = project / "models" / ".audits" / "audit-1"
        folder.mkdir(parents=True)  # as an audit that begins makes it
        training = FoldRun(opened, fold, folder, threading.Event())
        assert finish(training.train(wanted.recipe, lambda step: step)) == []
    return Shelf(project).record(FOLDS[0]), fold.held


def test_a_model_of_a_fold_is_not_taken_into_use_by_mistake(project: Path) -> None:
    trained_fold(project)
    printed = run("models", "promote", project, FOLDS[0])
    assert printed.code == 1
    assert f"learnt while {FOLDS[0]} was held out" in printed.err


# -- one scene -------------------------------------------------------------------------------------


def test_one_scene_is_audited_by_its_neighbours_and_that_is_said(tmp_path: Path) -> None:
    project = fleet.make_fleet(tmp_path, groups=1, places=5)
    report = audit_runs.audit(project, audit_runs.request(folds=3))
    assert (report.masks, report.folds) == (5, 3)
    note = report.notes[0]
    assert note.startswith("all masks come from one scene")
    assert "share light and haze" in note
