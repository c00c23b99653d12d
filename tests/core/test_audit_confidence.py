"""Self-confidence is cleanlab's score of a segmentation, of the pixels that are labelled."""

from __future__ import annotations

import numpy as np
import pytest

from s2label.audit.audited import AuditedMask
from s2label.audit.confidence import self_confidence
from tests.factories.audits import audited


def scored_by_cleanlab(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return what cleanlab says of one image: labels (y, x), probabilities (class, y, x)."""
    rank = pytest.importorskip("cleanlab.segmentation.rank", reason="cleanlab is not installed")
    scores, _ = rank.get_label_quality_scores(labels[None], probabilities[None], verbose=False)
    return float(scores[0])


def some_labels(seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet([0.4, 0.3, 0.5], (24, 20)).transpose(2, 0, 1)
    stored = np.rint(255 * probabilities).astype(np.uint8)
    return random.integers(0, 3, (24, 20)).astype(np.uint8), stored


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_mask_is_scored_as_cleanlab_scores_it(seed: int) -> None:
    labels, stored = some_labels(seed)
    mask = AuditedMask(audited("a", labels, stored, (0, 1, 2)))
    expected = scored_by_cleanlab(labels.astype(int), stored / 255)
    assert self_confidence(mask) == pytest.approx(expected, abs=1e-6)


def test_pixels_without_label_or_data_leave_the_score_to_the_others() -> None:
    labels, stored = some_labels(3)
    stored[:, :5] = 0
    left = np.ones(labels.shape, bool)
    left[:5] = False
    labels[6:10], labels[11:13] = 254, 255
    left[labels >= 254] = False
    mask = AuditedMask(audited("a", labels, stored, (0, 1, 2)))
    expected = scored_by_cleanlab(labels[left][None].astype(int), stored[:, left][:, None] / 255)
    assert self_confidence(mask) == pytest.approx(expected, abs=1e-6)


def test_a_class_that_the_model_does_not_know_is_no_reason_for_doubt() -> None:
    labels, stored = some_labels(4)
    labels[:] = 0
    stored[0], stored[1:] = 255, 0
    labels[3:9] = 7
    assert self_confidence(AuditedMask(audited("a", labels, stored, (0, 1, 2)))) == 1


def test_a_mask_without_labels_is_not_doubted() -> None:
    labels, stored = some_labels(5)
    labels[:] = 254
    assert self_confidence(AuditedMask(audited("a", labels, stored, (0, 1, 2)))) == 1
