"""No training starts while an image that it would learn from has an open finding."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from s2label_training.chosen import choose_again, choose_chips

from s2label.errors import ProjectError
from s2label.progress import finish
from s2label.project import open_project
from s2label.screening_records import FindingRecord, ScreeningRecord
from s2label.types import Verdict
from tests.factories.fits import small
from tests.factories.projects import decide

if TYPE_CHECKING:
    from pathlib import Path

    from s2label_training.chosen import Chosen

RECIPE = small()


@pytest.fixture
def project(accepted_fleet: Path, tmp_path: Path) -> Path:
    """Return a labelled project in which two findings of one image are open."""
    folder = tmp_path / "project"
    shutil.copytree(accepted_fleet, folder)
    return folder


def find(project: Path, *kinds: str) -> str:
    """Note findings of an image; returns its id."""
    with open_project(project, write=True) as opened:
        id_ = opened.catalog.image_ids()[0]
        version = opened.catalog.images([id_])[id_].version
        record = ScreeningRecord(id_, version, "made up", 0.0)
        opened.catalog.screenings.note(
            [record], [FindingRecord(id_, version, kind, "wrong") for kind in kinds]
        )
    return id_


def choose(project: Path) -> Chosen:
    with open_project(project) as opened:
        return finish(choose_chips(opened, RECIPE, (), None))


def test_an_open_finding_refuses_a_training_in_one_line(project: Path) -> None:
    find(project, "8-bit", "dead-band")

    with pytest.raises(ProjectError, match="1 labelled image has") as caught:
        choose(project)

    message = str(caught.value)
    assert "8-bit 1, dead-band 1" in message
    assert "s2label findings" in message
    assert "\n" not in message


def test_a_settled_finding_lets_it_go_on(project: Path) -> None:
    find(project, "8-bit")
    with open_project(project, write=True) as opened:
        opened.catalog.screenings.settle("8-bit", None, "looked at")

    assert choose(project).training


def test_a_rejected_image_lets_it_go_on_without_it(project: Path) -> None:
    id_ = find(project, "8-bit")
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.REJECT, id_)

    assert id_ not in [chip.image.id for chip in choose(project).chips]


def test_a_training_is_not_resumed_on_what_was_found_since(project: Path) -> None:
    data = choose(project).data
    find(project, "no-offset")

    with open_project(project) as opened, pytest.raises(ProjectError, match="no-offset 1"):
        choose_again(opened, data)
