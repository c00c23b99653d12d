"""The threshold of an audit is that of the best object F1."""

from __future__ import annotations

import numpy as np
import pytest

from s2label.audit.audited import AuditedMask
from s2label.audit.threshold import ThresholdSearch
from tests.factories.audits import audited, vessel_mask

VESSEL = (4, 4, 6, 6)
ELSEWHERE = (20, 20, 5, 5)


def stored(*seen: tuple[tuple[int, int, int, int], float]) -> np.ndarray:
    """Return probabilities of vessels: boxes, and how sure the model is of each."""
    vessel = np.full((32, 32), 0.02)
    for box, probability in seen:
        vessel[vessel_mask(box) == 1] = probability
    found: np.ndarray = np.rint(255 * np.stack([1 - vessel, vessel])).astype(np.uint8)
    return found


def best_of(*chips: tuple[np.ndarray, np.ndarray]) -> float:
    search = ThresholdSearch()
    for classes, probabilities in chips:
        search.add(AuditedMask(audited("a", classes, probabilities)))
    return search.best


def test_it_lies_between_what_is_right_and_what_is_wrong() -> None:
    chip = vessel_mask(VESSEL), stored((VESSEL, 0.62), (ELSEWHERE, 0.43))
    assert 0.43 < best_of(chip) < 0.62


def test_it_is_low_for_a_model_that_is_never_sure() -> None:
    chip = vessel_mask(VESSEL), stored((VESSEL, 0.3))
    assert best_of(chip) < 0.3


def test_a_quarter_of_an_object_is_enough() -> None:
    quarter = (4, 4, 3, 3)
    found = best_of((vessel_mask(VESSEL), stored((quarter, 0.9), (ELSEWHERE, 0.7))))
    assert 0.7 < found < 0.9


def test_what_is_not_labelled_neither_helps_nor_harms() -> None:
    classes = vessel_mask(VESSEL)
    classes[16:] = 254
    found = best_of((classes, stored((VESSEL, 0.62), (ELSEWHERE, 0.43))))
    assert found < 0.43


def test_it_is_a_half_where_there_is_no_object() -> None:
    assert best_of((vessel_mask(), stored())) == pytest.approx(0.5)
