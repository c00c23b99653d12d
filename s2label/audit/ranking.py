"""One ranking of all that was seen: by how much likelier it is in wrong masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.audit.evidence import LEAST_CHANCE, PRIOR, PRIOR_OVERLOOKED, Evidence, chance_of
from s2label.suspicions import SuspicionKind, SuspicionRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label.audit.hints import Hint, Hints

_KINDS = tuple(SuspicionKind)
_NO_DIFFERENCE = (
    "what the models say of such masks is hardly other than of masks as they are, or there are too "
    "few to tell"
)
_NOTHING_KNOWN = (
    "the models know too little, or the masks are too few, to suspect any: masks made wrong on "
    "purpose cannot be told from masks as they are; label more, or let the models learn for longer "
    "(--set fit.epochs=N)"
)
# An object that nobody labelled is as usual wherever it is missing.
_OVERLOOKED = (SuspicionKind.MISSING, SuspicionKind.UNLABELLED)
_SAME_AS = {SuspicionKind.UNLABELLED: SuspicionKind.MISSING}


@dataclass(frozen=True)
class _Judged:
    hint: Hint
    chance: float
    confidence: float

    @property
    def order(self) -> tuple[float, int, float, float, str]:
        """The foremost first: within a kind by strength, then what a model contradicts most."""
        hint = self.hint
        kind = _KINDS.index(hint.kind)
        return -self.chance, kind, -hint.strength, self.confidence, hint.about.mask_id


def ranked(hints: Hints, confidences: Mapping[str, float], audit: str) -> list[SuspicionRecord]:
    """Return what is seen more often in wrong masks, the foremost first, unlabelled objects last.

    Parameters
    ----------
    hints : Hints
        All that was seen.
    confidences : mapping
        Mask id -> self-confidence, 0..1.
    audit : str
        Id of the audit.
    """
    judged = [each for kind in _KINDS for each in _judged(hints, kind, confidences)]
    judged.sort(key=lambda each: each.order)
    objects = [each for each in judged if each.hint.kind is SuspicionKind.UNLABELLED]
    masks = [each for each in judged if each.hint.kind is not SuspicionKind.UNLABELLED]
    return [
        _record(each, 1 - place / len(some), audit)
        for some in (masks, objects)
        for place, each in enumerate(some)
    ]


def what_cannot_be_told(hints: Hints) -> list[str]:
    """Return in words which kinds were looked for, but cannot be told from masks as they are."""
    looked_for = [kind for kind in _KINDS if kind in hints.evidence]
    of_models = [kind for kind in looked_for if kind is not SuspicionKind.CONSENSUS]
    silent = [kind for kind in looked_for if not hints.evidence[kind].tells]
    if of_models and set(of_models) <= set(silent):
        return [_NOTHING_KNOWN]
    return [f"nothing is said of {', '.join(silent)}: {_NO_DIFFERENCE}"] if silent else []


def _judged(hints: Hints, kind: SuspicionKind, confidences: Mapping[str, float]) -> list[_Judged]:
    its = hints.of(kind)
    evidence = hints.evidence.get(_SAME_AS.get(kind, kind), Evidence())
    prior = PRIOR_OVERLOOKED if kind in _OVERLOOKED else PRIOR
    times = evidence.times([hint.strength for hint in its])
    chances = [chance_of(ratio, prior) for ratio in times]
    return [
        _Judged(hint, chance, confidences[hint.about.mask_id])
        for hint, chance in zip(its, chances, strict=True)
        if chance >= LEAST_CHANCE
    ]


def _record(judged: _Judged, rank: float, audit: str) -> SuspicionRecord:
    hint, seen = judged.hint, judged.hint.about
    return SuspicionRecord(
        mask_id=seen.mask_id,
        mask_version=seen.mask_version,
        image_id=seen.image_id,
        image_version=seen.image_version,
        audit=audit,
        model=seen.model,
        kind=hint.kind,
        words=hint.words,
        score=judged.chance,
        rank=rank,
        rings=hint.rings,
        class_value=hint.class_value,
        labelled_as=hint.labelled_as,
    )
