"""Which images were worked on since a time: by decisions and strokes, also on their mask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s2label.canvases import CanvasKind
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.project import open_project
from s2label.types import IGNORE, Lifetime, Provenance, Verdict
from tests.factories.painting import RealPainting
from tests.factories.projects import apart, decide, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.project import Project

LONG_AGO, NEVER_YET = "2000-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"


@pytest.fixture(params=[LANDCOVERNET, VESSELS], ids=["static", "moving"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Three places with two images each."""
    classes = replace(LANDCOVERNET, lifetime=request.param.lifetime)
    with open_project(make_project(tmp_path, apart(3), classes), write=True) as opened:
        yield opened


def changed(project: Project, since: str = LONG_AGO) -> set[str]:
    return set(project.catalog.changed_since(project.catalog.image_ids(), since))


def of_its_mask(project: Project, image: str) -> set[str]:
    """Return the images that a mask is for: all of a place, or one."""
    if project.classes.lifetime is Lifetime.MOVING:
        return {image}
    chip = project.catalog.chip(image)
    assert chip is not None
    return {each.id for each in project.catalog.dates_of_place(chip.place.id)}


def test_what_nobody_touched_did_not_change(project: Project) -> None:
    assert changed(project) == set()


def test_a_decision_on_an_image_changes_that_image(project: Project) -> None:
    image = project.catalog.image_ids()[2]
    decide(project, Verdict.REJECT, image)
    assert changed(project) == {image}
    assert changed(project, NEVER_YET) == set()


def test_a_decision_on_a_mask_changes_all_its_images(project: Project) -> None:
    image = project.catalog.image_ids()[2]
    chip = project.catalog.chip(image)
    assert chip is not None
    assert chip.mask is not None
    decide(project, Verdict.ACCEPT, chip.mask.id)
    assert changed(project) == of_its_mask(project, image)


def test_a_stroke_changes_all_images_of_the_mask(project: Project) -> None:
    hand = RealPainting(project)
    hand.look(2)
    hand.paint(CanvasKind.MASK, {5, 6}, 1, Provenance.HUMAN, drawn=False)
    assert changed(project) == of_its_mask(project, hand.images[2])


def test_what_is_ignored_changes_one_image(project: Project) -> None:
    hand = RealPainting(project)
    hand.look(2)
    hand.paint(CanvasKind.IGNORE, {7}, IGNORE, Provenance.HUMAN, drawn=False)
    assert changed(project) == {hand.images[2]}


def test_taking_back_is_a_change_of_its_own(project: Project) -> None:
    image = project.catalog.image_ids()[0]
    decide(project, Verdict.ACCEPT, image)
    before = project.catalog.changed_since([image], LONG_AGO)[image]
    assert changed(project, before) == set()
    project.catalog.undo()
    assert project.catalog.changed_since([image], LONG_AGO)[image] >= before
