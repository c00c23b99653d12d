"""A low consensus counts where the model contradicts such masks more than others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.audit.audited import AuditedMask
from s2label.audit.consensus import ConsensusSearch
from s2label.audit.evidence import LEAST_CHANCE
from s2label.audit.hints import Hints
from s2label.audit.ranking import ranked
from tests.factories.audits import audited, seen_as, vessel_mask

if TYPE_CHECKING:
    from s2label.suspicions import SuspicionRecord


def suspicions(scores: list[float | None], confidences: np.ndarray) -> list[SuspicionRecord]:
    search, hints, by_mask = ConsensusSearch(), Hints(), {}
    empty = vessel_mask()
    for number, score in enumerate(scores):
        mask = AuditedMask(audited(f"{number:03}", empty, seen_as(empty), consensus=score))
        confidence = float(confidences[number])
        search.look_at(mask, confidence)
        by_mask[mask.chip.mask_id] = confidence
    search.finish(hints)
    return ranked(hints, by_mask, "audit")


def test_the_lowest_come_first_where_the_model_contradicts_them() -> None:
    scores: list[float | None] = [0.2 + 0.008 * n for n in range(100)]
    found = suspicions(scores, np.linspace(0, 1, 100))
    assert [record.mask_id for record in found[:3]] == ["000-mask", "001-mask", "002-mask"]
    assert found[0].score == pytest.approx(10 / 19, abs=0.01)
    assert found[0].words == "The source's consensus is 0.20; 99% of the masks have more."


def test_they_say_little_where_the_model_does_not() -> None:
    scores: list[float | None] = [0.2 + 0.008 * n for n in range(100)]
    found = suspicions(scores, np.linspace(1, 0, 100))
    assert all(LEAST_CHANCE <= record.score <= 0.11 for record in found)


def test_without_a_score_nothing_is_said() -> None:
    assert suspicions([None] * 10, np.linspace(0, 1, 10)) == []
