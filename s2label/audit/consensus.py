"""Masks of which the source itself says that its labellers disagreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.audit.hints import About, Hint, Hints, about
from s2label.suspicions import SuspicionKind

if TYPE_CHECKING:
    from s2label.audit.audited import AuditedMask

# The masks that a model contradicts most stand for wrong ones.
_CONTRADICTED = 0.1


class ConsensusSearch:
    """Compares the source's score of each mask with those of masks that a model contradicts."""

    def __init__(self) -> None:
        self._scored: list[tuple[About, float, float]] = []

    def look_at(self, mask: AuditedMask, confidence: float) -> None:
        """Take a mask in, with its self-confidence."""
        if mask.chip.consensus is not None:
            self._scored.append((about(mask), mask.chip.consensus, confidence))

    def finish(self, hints: Hints) -> None:
        """Note the masks of low consensus."""
        if not self._scored:
            return
        scores = np.array([score for _, score, _ in self._scored])
        confidences = np.array([confidence for _, _, confidence in self._scored])
        contradicted = scores[confidences <= np.quantile(confidences, _CONTRADICTED)]
        evidence = hints.evidence[SuspicionKind.CONSENSUS]
        evidence.usual, evidence.usual_of = list(1 - scores), len(scores)
        evidence.wrong, evidence.wrong_of = list(1 - contradicted), len(contradicted)
        for where, score, _ in self._scored:
            more = float((scores > score).mean())
            words = f"The source's consensus is {score:.2f}; {more:.0%} of the masks have more."
            hints.keep([Hint(where, SuspicionKind.CONSENSUS, 1 - score, words)])
