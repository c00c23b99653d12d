"""A mask that lies beside its objects is told where it fits."""

from __future__ import annotations

import numpy as np
import pytest

from s2label.audit.audited import LEAST, AuditedMask
from s2label.audit.hints import Hints
from s2label.audit.shifting import REACH_PX, Move, ShiftSearch, fit_when_moved, in_words
from s2label.grid import Grid
from s2label.suspicions import SuspicionKind
from tests.factories.audits import GRID, audited, seen_as, vessel_mask

SOUTH_UP = Grid("EPSG:32631", (10.0, 0, 5e5, 0, 10.0, 44e5), 32, 32)
NOWHERE = Grid('LOCAL_CS["plan"]', (1.0, 0, 0, 0, -1.0, 0), 32, 32)
BOX = (12, 11, 5, 8)


def looked_at(classes: np.ndarray, stored: np.ndarray, values: tuple[int, ...] = (0, 1)) -> Hints:
    hints = Hints()
    ShiftSearch().look_at(AuditedMask(audited("a", classes, stored, values)), hints)
    return hints


def test_a_shifted_mask_fits_where_its_vessel_lies() -> None:
    moved = np.roll(vessel_mask(BOX), (2, -5), (0, 1))
    (hint,) = looked_at(moved, seen_as(vessel_mask(BOX))).seen
    assert hint.kind is SuspicionKind.SHIFTED
    assert hint.words == "Fits better 5 px east and 2 px north (54 m)."
    assert hint.rings == ()


def test_a_mask_that_fits_is_not_moved() -> None:
    assert not looked_at(vessel_mask(BOX), seen_as(vessel_mask(BOX))).seen


def test_a_loose_outline_is_no_shift() -> None:
    top, left, height, width = BOX
    loose = vessel_mask((top - 1, left, height + 1, width))
    assert not looked_at(loose, seen_as(vessel_mask(BOX))).seen


def test_land_cover_is_moved_as_a_whole() -> None:
    truth = np.ones((32, 32), np.uint8)
    truth[10:20, 8:24] = 2
    moved = np.roll(truth, (0, 4), (0, 1))
    (hint,) = looked_at(moved, seen_as(truth, (1, 2)), (1, 2)).seen
    assert hint.words == "Fits better 4 px west (40 m)."


@pytest.mark.parametrize(
    ("classes", "values"),
    [(vessel_mask(), (0, 1)), (vessel_mask() + 1, (1, 2)), (vessel_mask() + 254, (0, 1))],
    ids=["no object", "one class all over", "not labelled"],
)
def test_moving_says_nothing_of_a_mask_without_shapes(
    classes: np.ndarray, values: tuple[int, ...]
) -> None:
    stored = seen_as(vessel_mask(BOX) + min(values), values)
    assert fit_when_moved(AuditedMask(audited("a", classes, stored, values))) is None


def test_the_fit_of_each_move_is_that_of_moving_pixel_by_pixel() -> None:
    random = np.random.default_rng(1)
    vessel = random.uniform(0, 1, (32, 32))
    stored = np.rint(255 * np.stack([1 - vessel, vessel])).astype(np.uint8)
    mask = AuditedMask(audited("a", vessel_mask((25, 11, 5, 8)), stored))
    surface = fit_when_moved(mask)
    assert surface is not None
    likely = np.clip(stored / 255, LEAST, 1 - LEAST)
    odds = np.log(likely[1]) - np.log(likely[0])
    rows, columns = np.nonzero(mask.classes)
    for down, right in ((0, 0), (5, -3), (-10, 10), (10, 10)):
        lowest = np.log(LEAST / (1 - LEAST))
        values = [
            odds[y, x] if 0 <= y < 32 and 0 <= x < 32 else lowest
            for y, x in zip(rows + down, columns + right, strict=True)
        ]
        at = surface[down + REACH_PX, right + REACH_PX]
        assert at == pytest.approx(np.mean(values), abs=1e-4)


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        (GRID, "3 px west and 4 px south (50 m)"),
        (SOUTH_UP, "3 px left and 4 px down (50 m)"),
        (NOWHERE, "3 px left and 4 px down"),
    ],
    ids=["north up", "south up", "no known ground"],
)
def test_a_move_is_said_by_the_ground_it_lies_on(grid: Grid, words: str) -> None:
    assert in_words(Move(4, -3, 1.0), grid) == words
