"""Two rivals are scored on the same pixels: checked ones, where both see something."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.comparison import Arena, Scoring
from s2label_training.rivals import ConstantRival

from s2label.labelled.chips import find_labelled
from s2label.masks import Mask, read_mask, write_mask
from s2label.progress import finish
from s2label.project import open_project
from s2label.types import Lifetime, Provenance
from tests.factories import fleet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from s2label_training.comparison import Comparison

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project
    from s2label.raster import RasterPool

SCORING = Scoring.of({0, 1}, Lifetime.MOVING, "checked")
ROWS = fleet.SIDE


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(fleet.make_fleet(tmp_path, groups=2, places=1)) as opened:
        yield opened


class Blind(ConstantRival):
    """Sees nothing in the first rows of a chip, and refuses the chips of one place."""

    def __init__(self, rows: int = 0, refused: str = "") -> None:
        super().__init__(1)
        self._rows, self._refused = rows, refused

    def read(self, chip: LabelledChip, pool: RasterPool) -> tuple[NDArray[np.float32] | None, str]:
        if chip.place.name == self._refused:
            return None, "not mine"
        values, _ = super().read(chip, pool)
        assert values is not None
        values[:, : self._rows] = np.nan
        return values, ""


def paint_rows(project: Project, place: str, rows: int) -> None:
    """Let a person have set the first rows of the mask of a place."""
    (chip,) = [chip for chip in find_labelled(project) if chip.place.name == place]
    path = project.mask_path(chip.mask_id, chip.mask_version)
    mask = read_mask(path)
    provenance = mask.provenance.copy()
    provenance[:rows] = Provenance.HUMAN
    write_mask(path, Mask(mask.classes, provenance, mask.grid))


def compare(project: Project, old: ConstantRival, new: ConstantRival) -> Comparison:
    return finish(Arena(project, old, new, SCORING).compare(find_labelled(project)))


def test_only_checked_pixels_count(project: Project) -> None:
    paint_rows(project, "g0_0", 20)
    found = compare(project, ConstantRival(0), ConstantRival(1))
    (chip,) = found.chips
    truth = fleet.truth(0, 0)[:20]
    np.testing.assert_array_equal(chip.old.true_pixels, np.bincount(truth.ravel()))
    assert chip.old.confusion[:, 0].sum() == chip.new.confusion[:, 1].sum() == 20 * ROWS
    assert chip.changed == 20 * ROWS


def test_chips_without_a_checked_pixel_are_told_apart(project: Project) -> None:
    paint_rows(project, "g0_0", 1)
    found = compare(project, ConstantRival(0), ConstantRival(1))
    assert [chip.place.name for chip in found.unchecked] == ["g1_0"]


@pytest.mark.parametrize("old", [True, False], ids=["old", "new"])
def test_pixels_where_one_of_them_has_no_data_do_not_count(project: Project, old: bool) -> None:
    paint_rows(project, "g0_0", 20)
    rivals = [Blind(rows=5), ConstantRival(0)]
    (chip,) = compare(project, *(rivals if old else rivals[::-1])).chips
    assert chip.old.confusion.sum() == chip.new.confusion.sum() == 15 * ROWS


@pytest.mark.parametrize("old", [True, False], ids=["old", "new"])
def test_a_chip_that_one_of_them_refuses_counts_for_neither(project: Project, old: bool) -> None:
    paint_rows(project, "g0_0", 9)
    paint_rows(project, "g1_0", 9)
    rivals = [Blind(refused="g1_0"), ConstantRival(0)]
    found = compare(project, *(rivals if old else rivals[::-1]))
    assert [each.chip.place.name for each in found.chips] == ["g0_0"]
    assert found.refused == {"not mine": 1}


def test_labels_that_a_rival_proposed_itself_are_counted(project: Project) -> None:
    (chip,) = [chip for chip in find_labelled(project) if chip.place.name == "g0_0"]
    path = project.mask_path(chip.mask_id, chip.mask_version)
    mask = read_mask(path)
    provenance = np.full_like(mask.provenance, Provenance.HUMAN)
    provenance[:20], provenance[20:30], provenance[30:40] = 16, 17, Provenance.NOBODY
    write_mask(path, Mask(mask.classes, provenance, mask.grid))
    vessels = fleet.truth(0, 0) == 1
    accepted = [replace(chip, is_accepted=True)]
    for numbers, expected in (
        ((16, 17), (vessels[:20].sum(), vessels[20:30].sum(), vessels.sum())),
        ((0, 17), (0, vessels[20:30].sum(), vessels.sum())),
        ((0, 0), (0, 0, 0)),
    ):
        scoring = Scoring.of({0, 1}, Lifetime.MOVING, "checked", numbers)
        arena = Arena(project, ConstantRival(0), ConstantRival(1), scoring)
        (compared,) = finish(arena.compare(accepted)).chips
        assert (compared.own.old, compared.own.new, compared.own.all) == expected
