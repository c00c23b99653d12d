"""What each pixel is labelled, who vouches for it, and what it weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from s2label.canvases import CanvasKind
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import InputError
from s2label.grid import Grid
from s2label.labelled.chips import find_labelled
from s2label.labelled.pixels import pixel_weights, read_labels
from s2label.masks import Mask, write_mask
from s2label.project import open_project
from s2label.types import Provenance, Verdict
from tests.factories.painting import RealPainting
from tests.factories.projects import apart, decide, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project

SIDE = 32
# One row of pixels for each who may have set it, class 1; the last two rows are no labels.
SET_BY = (
    Provenance.IMPORTED,
    Provenance.HUMAN,
    Provenance.STROKES,
    Provenance.FIRST_MODEL,
    255,
    Provenance.NOBODY,
    Provenance.IMPORTED,
)
CLASSES = (1, 1, 1, 1, 1, 254, 255)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """One place with two images that share a mask of the rows above."""
    with open_project(make_project(tmp_path, apart(1)), write=True) as opened:
        chip = find_labelled(opened)[0]
        write_mask(opened.mask_path(chip.mask_id, 1), rows_of(chip.place.grid))
        yield opened


def rows_of(grid: Grid) -> Mask:
    classes, set_by = (np.full(grid.shape, 254, np.uint8), np.zeros(grid.shape, np.uint8))
    classes[: len(CLASSES)] = np.array(CLASSES)[:, None]
    set_by[: len(SET_BY)] = np.array(SET_BY)[:, None]
    return Mask(classes, set_by, grid)


def chip_of(project: Project, number: int = 0) -> LabelledChip:
    return find_labelled(project)[number]


def by_row(values: NDArray[Any]) -> list[float]:
    assert values.shape == (SIDE, SIDE)
    assert (values == values[:, :1]).all()
    return list(values[: len(SET_BY), 0].tolist())


def test_only_what_a_person_set_is_checked_in_an_open_mask(project: Project) -> None:
    labels = read_labels(project, chip_of(project))

    assert by_row(labels.classes) == list(CLASSES)
    assert by_row(labels.checked) == [False, True, False, False, False, False, False]
    assert by_row(labels.is_model) == [False, False, True, True, True, False, False]
    assert by_row(labels.is_imported) == [True, False, False, False, False, False, True]
    assert by_row(labels.is_labelled) == [True] * 5 + [False] * 2


def test_every_label_of_an_accepted_mask_is_checked(project: Project) -> None:
    decide(project, Verdict.ACCEPT, chip_of(project).mask_id)

    assert by_row(read_labels(project, chip_of(project)).checked) == [True] * 5 + [False] * 2


def test_imported_pixels_are_checked_where_they_are_trusted(project: Project) -> None:
    labels = read_labels(project, chip_of(project), trust="imported")

    assert by_row(labels.checked) == [True, True, False, False, False, False, False]


def test_other_trust_is_refused(project: Project) -> None:
    with pytest.raises(ValueError, match="trust is 'everything'"):
        read_labels(project, chip_of(project), trust="everything")


@pytest.mark.parametrize(
    ("trust", "verdict", "expected"),
    [
        pytest.param("checked", Verdict.OPEN, [0.5, 1, 0.3, 0.3, 0.3, 0, 0], id="open"),
        pytest.param("imported", Verdict.OPEN, [1, 1, 0.3, 0.3, 0.3, 0, 0], id="trusted"),
        pytest.param("checked", Verdict.ACCEPT, [1, 1, 1, 1, 1, 0, 0], id="accepted"),
    ],
)
def test_unchecked_pixels_weigh_less_and_what_is_no_label_nothing(
    project: Project, trust: str, verdict: Verdict, expected: list[float]
) -> None:
    decide(project, verdict, chip_of(project).mask_id)
    labels = read_labels(project, chip_of(project), trust)

    weights = pixel_weights(labels, unchecked_model=0.3, unchecked_imported=0.5)

    assert weights.dtype == np.float32
    assert by_row(weights) == pytest.approx(expected)


def test_what_is_ignored_in_one_image_is_no_label_there_and_one_elsewhere(
    project: Project,
) -> None:
    decide(project, Verdict.ACCEPT, chip_of(project).mask_id)
    hand = RealPainting(project)
    hand.look(1)
    cloud = {SIDE * row + 4 for row in range(SIDE)}
    hand.paint(CanvasKind.IGNORE, cloud, 255, Provenance.HUMAN, drawn=False)
    hand.leave()
    clear, cloudy = (read_labels(project, chip_of(project, number)) for number in (0, 1))

    assert not (clear.classes[:5] == 255).any()
    assert (cloudy.classes[:, 4] == 255).all()
    assert not cloudy.checked[:, 4].any()
    assert not pixel_weights(cloudy, 1, 1)[:, 4].any()
    rest = np.arange(SIDE) != 4
    assert np.array_equal(cloudy.classes[:, rest], clear.classes[:, rest])
    assert np.array_equal(cloudy.checked[:, rest], clear.checked[:, rest])
    assert np.array_equal(cloudy.is_imported, clear.is_imported)


def test_what_a_person_painted_is_checked(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1, mask_values=()), VESSELS)
    with open_project(folder, write=True) as project:
        hand = RealPainting(project)
        hand.look(0)
        hand.paint(CanvasKind.MASK, {33, 34}, 1, Provenance.HUMAN, drawn=True)
        hand.leave()
        labels = read_labels(project, chip_of(project))

    assert np.argwhere(labels.checked).tolist() == [[1, 1], [1, 2]]
    assert np.array_equal(labels.checked, labels.classes == 1)


@pytest.mark.parametrize("broken", ["missing", "cut short", "other size"])
def test_a_broken_mask_file_is_named_in_one_line(project: Project, broken: str) -> None:
    chip = chip_of(project)
    path = project.mask_path(chip.mask_id, 1)
    if broken == "missing":
        path.unlink()
    elif broken == "cut short":
        path.write_bytes(path.read_bytes()[:200])
    else:
        grid = chip.place.grid
        write_mask(path, rows_of(Grid(grid.crs, grid.transform, 30, 40)))

    with pytest.raises(InputError) as caught:
        read_labels(project, chip)

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    if broken == "other size":
        assert "40 x 30 px; expected 32 x 32 px" in str(caught.value)


def test_land_cover_without_background_reads_as_it_was_imported(tmp_path: Path) -> None:
    with open_project(make_project(tmp_path, apart(1), LANDCOVERNET)) as project:
        labels = read_labels(project, chip_of(project))

    assert np.array_equal(np.unique(labels.classes), [1, 2, 5, 254])
    assert np.array_equal(labels.is_imported, labels.is_labelled)
    assert not labels.checked.any()
