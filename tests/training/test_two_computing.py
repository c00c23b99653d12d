"""R4: what is computed beside a window, or twice at once, goes on, and nothing of it is lost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from s2label_training.shelf import Shelf

from s2label.conditions import parse_conditions
from s2label.handover import take_all
from s2label.progress import finish
from s2label.project import open_project
from s2label.screening.left_files import take_oldest_screenings
from s2label.screening.run import screen_images
from s2label.worth_files import take_oldest_worths
from tests.factories import audit_runs, bundles, fleet
from tests.factories.catalog import writing_elsewhere
from tests.factories.commands import do
from tests.factories.snapshots import catalog_snapshot

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="flock"),
    pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*"),
]
RECIPE = ("--recipe", audit_runs.RECIPE, "--set", "fit.epochs=1", "--set", "network.filters=4")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of six accepted places, with a model in use."""
    folder = fleet.make_fleet(tmp_path, groups=3, places=2)
    fleet.accept(folder)
    bundles.write_bundle(folder / "models" / "tiny-1", bundles.record("tiny-1", threshold=0.3))
    Shelf(folder).promote("tiny-1", "for the test")
    return folder


def rows(project: Path) -> dict[str, Any]:
    return catalog_snapshot(project / "catalog.sqlite")


def test_beside_a_window_work_goes_on_and_waits_to_be_taken_over(project: Path) -> None:
    with writing_elsewhere(project):
        before = rows(project)
        do("screen", project)
        do("suggest", project, "--where", "state = any")
        do("train", project, *RECIPE, "--no-gate")
        assert rows(project) == before
        assert len(Shelf(project).records()) == 2
    with open_project(project, write=True) as opened:
        assert take_all(take_oldest_screenings, opened) == 1
        assert take_all(take_oldest_worths, opened) == 1
        assert len(opened.catalog.screenings.records()) == 6
    assert do("check", project).out == "all is well\n"


def test_screening_twice_at_once_finds_the_same_once(project: Path) -> None:
    with open_project(project) as opened:
        job = screen_images(opened)
        next(job)
        next(job)
        do("screen", project, "--again")
        alone = rows(project)
        finish(job)
    with open_project(project, write=True) as opened:
        take_all(take_oldest_screenings, opened)
    assert rows(project)["state"] == alone["state"]
    assert do("check", project).out == "all is well\n"


def test_suggesting_twice_at_once_proposes_the_same_once(project: Path) -> None:
    from s2label_training.suggesting import suggest_all

    with open_project(project) as opened:
        job = suggest_all(opened, parse_conditions("state = any"))
        next(job)
        do("suggest", project, "--where", "state = any")
        alone, said = audit_runs.proposals_of(project), rows(project)
        finish(job)
    with open_project(project, write=True) as opened:
        take_all(take_oldest_worths, opened)
    assert len(alone) == 6
    assert audit_runs.proposals_of(project) == alone
    assert rows(project)["state"] == said["state"]
    assert do("check", project).out == "all is well\n"
