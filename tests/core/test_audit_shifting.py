"""A mask that lies beside its objects is told where it fits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from s2label.audit.audited import LEAST, AuditedMask
from s2label.audit.hints import Hints
from s2label.audit.shifting import (
    FARTHEST_PX,
    Move,
    ShiftSearch,
    best_move,
    fit_when_moved,
    in_words,
)
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


@pytest.mark.parametrize(("far", "is_told"), [(10, True), (11, False)])
def test_what_fits_best_at_the_rim_of_the_search_is_no_shift(far: int, is_told: bool) -> None:
    moved = vessel_mask((BOX[0], BOX[1] + far, *BOX[2:]))
    assert bool(looked_at(moved, seen_as(vessel_mask(BOX))).seen) == is_told


def test_a_mask_that_is_moved_on_purpose_is_searched_in_the_same_way() -> None:
    mask = AuditedMask(audited("a", vessel_mask(BOX), seen_as(vessel_mask(BOX))))
    surface = fit_when_moved(mask)
    assert surface is not None
    move = best_move(surface, (7, -6))
    assert (move.down, move.right) == (-7, 6)
    moved = AuditedMask(audited("a", np.roll(mask.classes, (7, -6), (0, 1)), seen_as(mask.classes)))
    its_own = fit_when_moved(moved)
    assert its_own is not None
    assert best_move(its_own).gain == pytest.approx(move.gain, abs=0.01)


def test_on_noise_moved_masks_gain_no_more_than_masks_where_they_are() -> None:
    hints, search = Hints(), ShiftSearch()
    random = np.random.default_rng(5)
    for number in range(150):
        field = gaussian_filter(random.standard_normal((64, 64)), 2)
        vessel = np.rint(255 * (field - field.min()) / np.ptp(field)).astype(np.uint8)
        classes = np.zeros((64, 64), np.uint8)
        top, left = random.integers(24, 34, 2)
        classes[top : top + 6, left : left + 8] = 1
        stored = np.stack([255 - vessel, vessel])
        search.look_at(AuditedMask(audited(f"{number}", classes, stored)), hints)
    evidence = hints.evidence[SuspicionKind.SHIFTED]
    assert np.mean(evidence.wrong) == pytest.approx(np.mean(evidence.usual), rel=0.15)
    assert not evidence.tells


def test_land_cover_that_leaves_the_chip_fits_nowhere() -> None:
    classes = np.full((32, 32), 254, np.uint8)
    classes[:, :4], classes[:16, :4] = 1, 2
    stored = np.full((2, 32, 32), 127, np.uint8)
    assert not looked_at(classes, stored, (1, 2)).seen


def test_a_chip_too_small_to_be_moved_is_left_alone() -> None:
    classes = np.array([[1, 2, 2], [1, 1, 2], [1, 1, 2]], np.uint8)
    hints = looked_at(classes, seen_as(classes, (1, 2)), (1, 2))
    assert not hints.seen
    assert not hints.evidence[SuspicionKind.SHIFTED].wrong


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
        at = surface[down + FARTHEST_PX, right + FARTHEST_PX]
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
