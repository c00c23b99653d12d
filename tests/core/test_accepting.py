"""Accepting a suggestion sets what is proposed, leaves what a person painted, and is one act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.masks import Mask
from s2label.painting.accepting import accepted_pixels, count_staying, object_at
from s2label.painting.canvas import canvas_of, read_canvas
from s2label.painting.painter import Painter
from s2label.project import Project, open_project
from s2label.types import IGNORE, NOT_LABELLED, Provenance
from tests.factories.painting import Inline
from tests.factories.projects import Ground, apart, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

MASK = CanvasKind.MASK
VOID, HUMAN, MODEL = NOT_LABELLED, Provenance.HUMAN, Provenance.FIRST_MODEL
# Three rows: nobody's pixels, imported ones, and those of a person.
CLASSES = np.array([[VOID] * 4, [0, 1, 1, 0], [0, 1, 1, 0]], np.uint8)
WHO = np.array([[0] * 4, [1] * 4, [HUMAN] * 4], np.uint8)
PROPOSED = np.array([[0, 1, 2, VOID], [0, 0, 1, 2], [0, 0, 1, 2]], np.uint8)


@pytest.fixture
def mask() -> Mask:
    """Return a mask of three rows and four columns."""
    return Mask(CLASSES.copy(), WHO.copy(), Ground("p").grid.window(0, 0, 4, 3))


def as_pairs(answer: tuple[NDArray[np.uint32], NDArray[np.uint8]]) -> list[tuple[int, int]]:
    indices, classes = answer
    assert indices.dtype == np.uint32
    assert classes.dtype == np.uint8
    return list(zip(indices.tolist(), classes.tolist(), strict=True))


def test_all_that_is_proposed_and_new_is_accepted_but_no_human_pixel(mask: Mask) -> None:
    assert as_pairs(accepted_pixels(PROPOSED, mask)) == [(0, 0), (1, 1), (2, 2), (5, 0), (7, 2)]


def test_one_class_is_accepted_alone(mask: Mask) -> None:
    assert as_pairs(accepted_pixels(PROPOSED, mask, value=2)) == [(2, 2), (7, 2)]
    assert as_pairs(accepted_pixels(PROPOSED, mask, value=0)) == [(0, 0), (5, 0)]


def test_a_region_bounds_what_is_accepted(mask: Mask) -> None:
    region = np.zeros((3, 4), np.bool_)
    region[:, 1] = True
    assert as_pairs(accepted_pixels(PROPOSED, mask, region)) == [(1, 1), (5, 0)]


def test_human_pixels_that_stay_are_counted(mask: Mask) -> None:
    assert count_staying(PROPOSED, mask) == 2
    assert count_staying(PROPOSED, mask, value=2) == 1
    assert count_staying(PROPOSED, mask, np.zeros((3, 4), np.bool_)) == 0


def test_ignored_pixels_stay_whoever_ignored_them_and_are_counted(mask: Mask) -> None:
    mask.classes[1, 1] = IGNORE  # came with an imported mask: somebody looked and could not tell
    assert (5, 0) not in as_pairs(accepted_pixels(PROPOSED, mask))
    assert count_staying(PROPOSED, mask) == 3


def test_nothing_proposed_is_nothing_accepted(mask: Mask) -> None:
    assert as_pairs(accepted_pixels(np.full((3, 4), VOID, np.uint8), mask)) == []


def test_accepting_changes_neither_mask_nor_proposal(mask: Mask) -> None:
    proposed, region = PROPOSED.copy(), np.ones((3, 4), np.bool_)
    accepted_pixels(proposed, mask, region, 1)
    assert np.array_equal(proposed, PROPOSED)
    assert np.array_equal(mask.classes, CLASSES)
    assert region.all()


def test_an_object_hangs_together_by_corners_and_has_one_class() -> None:
    proposed = np.array([[1, 0, 2, 1], [0, 1, 2, 0], [VOID, 0, 0, 1]], np.uint8)
    found = object_at(proposed, 0, 0)
    assert found is not None
    assert np.argwhere(found).tolist() == [[0, 0], [1, 1]]
    other = object_at(proposed, 2, 1)
    assert other is not None
    assert np.argwhere(other).tolist() == [[0, 2], [1, 2]]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        pytest.param(1, 0, id="background"),
        pytest.param(0, 2, id="not labelled"),
        pytest.param(-1, 0, id="left of the chip"),
        pytest.param(0, 3, id="below the chip"),
    ],
)
def test_there_is_no_object_where_none_is_proposed(x: int, y: int) -> None:
    assert object_at(np.array([[1, 0], [1, 0], [VOID, 0]], np.uint8), x, y) is None


# -- in a project ---------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a project of one place, its mask half background and half vessel, open for writing."""
    with open_project(
        make_project(tmp_path, apart(1, mask_values=(0, 1)), VESSELS), write=True
    ) as opened:
        yield opened


@pytest.fixture
def painter(project: Project) -> Painter:
    """Return a painter that holds the first chip."""
    painter = Painter(project, Inline())
    chip = project.catalog.chip(project.catalog.image_ids()[0])
    assert chip is not None
    mask = read_canvas(project, canvas_of(chip, MASK, project.classes.lifetime))
    painter.look_at(chip, mask, None)
    return painter


def accept_all(painter: Painter, proposed: NDArray[np.uint8]) -> bool:
    return painter.accept(*accepted_pixels(proposed, painter.canvas(MASK)), MODEL)


def test_an_accepted_suggestion_is_kept_says_which_model_and_comes_back_by_one_undo(
    project: Project, painter: Painter
) -> None:
    before = painter.canvas(MASK).classes.copy()
    corner = np.zeros((32, 32), np.bool_)
    corner[:2, :2] = True
    painter.set_pixels(MASK, "brush", corner, 0)
    proposed = np.ones((32, 32), np.uint8)
    seen: list[NDArray[np.uint8]] = []
    painter.repainted.connect(lambda kind, indices, classes: seen.append(indices))

    assert accept_all(painter, proposed)

    kept = read_canvas(project, painter.ref(MASK))
    assert kept is not None
    assert np.array_equal(kept.classes == 1, ~corner)
    assert set(kept.provenance[corner]) == {HUMAN}
    assert set(kept.provenance[(before == 0) & ~corner]) == {MODEL}
    assert set(kept.provenance[before == 1]) == {Provenance.IMPORTED}
    assert np.array_equal(seen[0], np.flatnonzero((before == 0) & ~corner))
    painter.undo()
    assert np.array_equal(painter.canvas(MASK).classes, before)
    assert set(painter.canvas(MASK).provenance[corner]) == {HUMAN}


def test_a_suggestion_that_changes_nothing_is_no_act(project: Project, painter: Painter) -> None:
    assert not accept_all(painter, painter.canvas(MASK).classes.copy())
    assert project.catalog.next_undo() is None
