"""How surely a model that never saw a mask would label its pixels the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.audit.audited import AuditedMask

# As in cleanlab.
TEMPERATURE = 0.1


def softmin(scores: NDArray[np.floating], temperature: float = TEMPERATURE) -> float:
    """Return a mean of scores, 0..1, in which the lowest weigh most.

    The weights are softmax((1 - score) / temperature): the label quality score of an image in V.
    Lad, J. Mueller, "Estimating label quality and errors in semantic segmentation data via any
    model" (2023), https://arxiv.org/abs/2307.05080. 1 where there are no scores.
    """
    if not scores.size:
        return 1.0
    doubt = (1 - scores.astype(np.float64)) / temperature
    weights = np.exp(doubt - doubt.max())
    return float((scores * weights).sum() / weights.sum())


def self_confidence(mask: AuditedMask) -> float:
    """Return the softmin of the probabilities of a mask's own labels, 0..1.

    Only pixels count that are labelled as a class that the model knows, and that have data; 1 where
    there are none.
    """
    return softmin(mask.own[mask.is_known])
