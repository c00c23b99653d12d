"""Land cover that looks like another class is told with its pixels, both classes and how surely."""

from __future__ import annotations

import numpy as np

from s2label.audit.audited import AuditedMask
from s2label.audit.hints import MOST_OF_A_KIND, Hints
from s2label.audit.regions import look_at_regions
from s2label.suspicions import SuspicionKind, pixels_of
from tests.factories.audits import LAND, audited, seen_as


def forest(*lakes: tuple[slice, slice]) -> np.ndarray:
    truth = np.ones((32, 32), np.uint8)
    for lake in lakes:
        truth[lake] = 2
    return truth


LAKE = (slice(4, 14), slice(6, 20))


def look(classes: np.ndarray, stored: np.ndarray) -> Hints:
    hints = Hints()
    look_at_regions(AuditedMask(audited("a", classes, stored, (1, 2))), LAND, hints)
    return hints


def test_a_lake_that_is_called_forest_is_outlined() -> None:
    (hint,) = look(forest(), seen_as(forest(LAKE), (1, 2))).seen
    assert hint.kind is SuspicionKind.DISAGREEMENT
    assert hint.words == "140 px called forest look like water (probability 0.95)."
    assert np.array_equal(pixels_of(hint.rings, (32, 32)), forest(LAKE) == 2)
    assert (hint.labelled_as, hint.class_value) == (1, 2)


def test_land_cover_that_looks_as_it_is_called_is_what_wrong_ones_are_compared_with() -> None:
    hints = look(forest(LAKE), seen_as(forest(LAKE), (1, 2)))
    assert not hints.seen
    assert len(hints.evidence[SuspicionKind.DISAGREEMENT].wrong) == 2


def test_a_model_that_is_not_sure_says_nothing() -> None:
    stored = np.full((2, 32, 32), 127, np.uint8)
    assert not look(forest(), stored).seen


def test_rims_and_pixels_that_nobody_labelled_are_left_out() -> None:
    rim = (slice(4, 5), slice(6, 14))
    classes = forest()
    classes[20:30, 20:30] = 254
    classes[5:9, 20:30] = 255
    truth = forest(rim, (slice(20, 30), slice(20, 30)), (slice(5, 9), slice(20, 30)))
    assert not look(classes, seen_as(truth, (1, 2))).seen


def test_of_many_regions_the_largest_come_first() -> None:
    lakes = [(slice(2 + 6 * n, 6 + 6 * n), slice(2, 8 + 2 * n)) for n in range(5)]
    hints = look(forest(), seen_as(forest(*lakes), (1, 2)))
    assert [hint.words.split(" px")[0] for hint in hints.seen] == ["56", "48", "40", "32", "24"]


def test_no_more_regions_of_a_mask_are_kept_than_anybody_answers() -> None:
    truth = np.tile(np.kron([[1, 2], [1, 1]], np.ones((4, 4))), (15, 15)).astype(np.uint8)
    hints = look(np.ones_like(truth), seen_as(truth, (1, 2)))
    assert len(hints.seen) == MOST_OF_A_KIND
