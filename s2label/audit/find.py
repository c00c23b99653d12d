"""All suspicions of an audit, ranked together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.audit.audited import AuditedMask
from s2label.audit.confidence import self_confidence
from s2label.audit.consensus import ConsensusSearch
from s2label.audit.hints import Hints
from s2label.audit.misfit import MisfitSearch
from s2label.audit.objects import look_at_objects
from s2label.audit.ranking import ranked, what_cannot_be_told
from s2label.audit.regions import look_at_regions
from s2label.audit.shifting import ShiftSearch
from s2label.audit.threshold import ThresholdSearch
from s2label.progress import Progress
from s2label.types import Lifetime

if TYPE_CHECKING:
    from s2label.audit.chips import AuditedChips
    from s2label.progress import Job
    from s2label.suspicions import SuspicionRecord
    from s2label.types import ClassTable

# A bar that moves for every chip would cost more than the chips.
_STEP = 50


@dataclass(frozen=True)
class Findings:
    """What came of the search.

    Parameters
    ----------
    suspicions : list of SuspicionRecord
        Why masks may be wrong, the foremost first; unlabelled objects come last.
    notes : list of str
        Of what nothing can be said, a sentence each.
    """

    suspicions: list[SuspicionRecord]
    notes: list[str]


def find_suspicions(chips: AuditedChips, classes: ClassTable, audit: str) -> Job[Findings]:
    """Find masks that may be wrong.

    Goes through the chips twice and keeps few of them, so that they may be more than fit into
    memory. How each kind is found and ranked: docs/suspicions.md.

    Parameters
    ----------
    chips : AuditedChips
        All chips of the audit.
    classes : ClassTable
        The project's.
    audit : str
        Id of the audit.
    """
    search = _Search(classes)
    for look in (search.look_first, search.look_again):
        before = len(chips) * (look == search.look_again)
        for number, chip in enumerate(chips):
            look(AuditedMask(chip))
            if not number % _STEP:
                yield Progress(before + number, 2 * len(chips), "Looking for suspicious masks")
    findings = search.finish(audit)
    yield Progress(2 * len(chips), 2 * len(chips), f"{len(findings.suspicions)} suspicions")
    return findings


class _Search:
    """What is known of masks, the first time and the second time through them."""

    def __init__(self, classes: ClassTable) -> None:
        self._classes = classes
        self._threshold = ThresholdSearch()
        self._shift, self._misfit, self._consensus = (
            ShiftSearch(),
            MisfitSearch(),
            ConsensusSearch(),
        )
        self._confidences: dict[str, float] = {}
        self._hints = Hints()

    def look_first(self, mask: AuditedMask) -> None:
        confidence = self_confidence(mask)
        self._confidences[mask.chip.mask_id] = confidence
        self._consensus.look_at(mask, confidence)
        self._misfit.draw(mask)
        if self._classes.lifetime is Lifetime.MOVING:
            self._threshold.add(mask)

    def look_again(self, mask: AuditedMask) -> None:
        if self._classes.lifetime is Lifetime.MOVING:
            look_at_objects(mask, self._threshold.best, self._classes, self._hints)
        else:
            look_at_regions(mask, self._classes, self._hints)
        self._shift.look_at(mask, self._hints)
        self._misfit.look_at(mask, self._hints)

    def finish(self, audit: str) -> Findings:
        self._misfit.finish(self._hints)
        self._consensus.finish(self._hints)
        suspicions = ranked(self._hints, self._confidences, audit)
        return Findings(suspicions, what_cannot_be_told(self._hints))
