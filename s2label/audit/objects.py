"""Objects that are missing in a mask, too many in it, or in a chip where nothing is labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.audit.hints import MOST_OF_A_KIND, Hint, Hints, about
from s2label.audit.pieces import pieces_of
from s2label.audit.threshold import LEAST_SHARED
from s2label.suspicions import SuspicionKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.audit.audited import AuditedMask
    from s2label.audit.pieces import Pieces
    from s2label.types import ClassTable, LabelClass

    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.float64]

# The share of a proposed object that has to be labelled as anything.
_LEAST_KNOWN = 0.5


def look_at_objects(mask: AuditedMask, threshold: float, classes: ClassTable, hints: Hints) -> None:
    """Note the objects that only the mask has, or only the model (docs/suspicions.md).

    Parameters
    ----------
    mask : AuditedMask
        The mask.
    threshold : float
        The audit's own, 0..1.
    classes : ClassTable
        Classes that move.
    hints : Hints
        Where they are noted.
    """
    called, probability = mask.likeliest()
    for label_class in classes.classes:
        if label_class.value in mask.values:
            proposed = (called == label_class.value) & (probability >= threshold)
            _look_for_missing(mask, proposed, label_class, hints)
            _look_for_spurious(mask, proposed, label_class, hints)


def _look_for_missing(
    mask: AuditedMask, proposed: Flags, label_class: LabelClass, hints: Hints
) -> None:
    likely = mask.probabilities[mask.values.index(label_class.value)]
    labelled = mask.is_known & (mask.classes == label_class.value)
    pieces = pieces_of(proposed)
    support = pieces.support(likely, share=1.0)
    presence = support * pieces.weight
    is_known = pieces.shared(mask.is_known) >= _LEAST_KNOWN
    is_labelled = pieces.shared(labelled) >= LEAST_SHARED
    is_missing = is_known & ~is_labelled
    evidence = hints.evidence[SuspicionKind.MISSING]
    evidence.usual += presence[is_missing].tolist()
    evidence.wrong += presence[is_known & is_labelled].tolist()
    evidence.usual_of += int(is_known.sum())
    evidence.wrong_of += int(is_known.sum())
    for moved in _moved_by_half(labelled):
        is_hit = is_known & (pieces.shared(moved) >= LEAST_SHARED)
        evidence.luck += presence[is_hit].tolist()
        evidence.luck_of += int(is_known.sum())
    kinds = [SuspicionKind.MISSING, *[SuspicionKind.UNLABELLED] * mask.is_empty]
    for number in _strongest(presence, is_missing):
        words = (
            f"Not labelled: a {label_class.name} of {pieces.px[number]} px is proposed "
            f"(probability {support[number]:.2f})."
        )
        rings, strength = pieces.rings(number), float(presence[number])
        where, value = about(mask), label_class.value
        hints.keep([Hint(where, kind, strength, words, rings, value) for kind in kinds])


def _look_for_spurious(
    mask: AuditedMask, proposed: Flags, label_class: LabelClass, hints: Hints
) -> None:
    likely = mask.probabilities[mask.values.index(label_class.value)]
    pieces = pieces_of(mask.is_known & (mask.classes == label_class.value))
    support = pieces.support(likely, LEAST_SHARED)
    absence = (1 - support) * pieces.weight
    evidence = hints.evidence[SuspicionKind.SPURIOUS]
    evidence.usual += absence.tolist()
    evidence.usual_of += len(absence)
    made = list(_made_wrong(pieces, likely, mask.is_object | ~mask.has_data))
    evidence.wrong += made
    evidence.wrong_of += len(made)
    for number in _strongest(absence, pieces.shared(proposed) < LEAST_SHARED):
        words = (
            f"A {label_class.name} of {pieces.px[number]} px is labelled where the model sees none "
            f"(probability {support[number]:.2f})."
        )
        rings, strength = pieces.rings(number), float(absence[number])
        kind, value = SuspicionKind.SPURIOUS, label_class.value
        hints.keep([Hint(about(mask), kind, strength, words, rings, value)])


def _made_wrong(pieces: Pieces, likely: NDArray[np.float32], taken: Flags) -> Iterator[float]:
    """Yield the strengths of outlines laid where nothing is labelled."""
    for number, weight in enumerate(pieces.weight):
        for window, pixels in pieces.laid_elsewhere(number):
            if not taken[window][pixels].any():
                values = np.sort(likely[window][pixels])
                most = max(1, round(LEAST_SHARED * values.size))
                yield float((1 - values[-most:].mean()) * weight)


def _moved_by_half(labelled: Flags) -> Iterator[Flags]:
    """Yield labels where a model that knows nothing hits them as often: half a chip away."""
    down, right = (size // 2 for size in labelled.shape)
    for move in ((down, 0), (0, right), (down, right)):
        yield np.roll(labelled, move, (0, 1))


def _strongest(strengths: Numbers, is_meant: Flags) -> list[int]:
    """Return the numbers of those that are meant and kept, the strongest first."""
    order = np.argsort(-strengths, kind="stable")
    return [int(number) for number in order[is_meant[order]][:MOST_OF_A_KIND]]
