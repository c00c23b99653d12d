"""Objects that are missing in a mask, too many in it, or in a chip where nothing is labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.audit.hints import LARGE_PX, Hint, Hints, about
from s2label.audit.threshold import LEAST_SHARED, NEIGHBOURS, shared_shares
from s2label.suspicions import SuspicionKind, rings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.audit.audited import AuditedMask
    from s2label.types import ClassTable, LabelClass

    Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Piece:
    """Touching pixels of one class; ``support`` is their probability, 0..1."""

    pixels: Flags
    support: float
    shared: float

    @property
    def px(self) -> int:
        return int(self.pixels.sum())

    @property
    def weight(self) -> float:
        return min(self.px / LARGE_PX, 1.0)


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
    found = [
        piece
        for piece in _pieces(proposed, labelled, likely, share=1.0)
        if mask.is_known[piece.pixels].mean() >= 0.5
    ]
    evidence = hints.evidence[SuspicionKind.MISSING]
    unlabelled = [piece for piece in found if piece.shared < LEAST_SHARED]
    evidence.usual += [_presence(piece) for piece in unlabelled]
    evidence.wrong += [_presence(piece) for piece in found if piece.shared >= LEAST_SHARED]
    evidence.usual_of += len(found)
    evidence.wrong_of += len(found)
    kinds = [SuspicionKind.MISSING]
    if mask.is_empty:
        kinds.append(SuspicionKind.UNLABELLED)
    for kind in kinds:
        hints.keep([_missing(mask, piece, label_class, kind) for piece in unlabelled])


def _look_for_spurious(
    mask: AuditedMask, proposed: Flags, label_class: LabelClass, hints: Hints
) -> None:
    likely = mask.probabilities[mask.values.index(label_class.value)]
    labelled = mask.is_known & (mask.classes == label_class.value)
    evidence = hints.evidence[SuspicionKind.SPURIOUS]
    some = []
    for piece in _pieces(labelled, proposed, likely, share=LEAST_SHARED):
        evidence.usual.append(_absence(piece))
        evidence.usual_of += 1
        if piece.shared < LEAST_SHARED:
            some.append(_spurious(mask, piece, label_class))
        for laid in _laid_elsewhere(piece.pixels, mask.is_object | ~mask.has_data):
            support = _support(likely[laid], LEAST_SHARED)
            evidence.wrong.append(_absence(_Piece(laid, support, 0.0)))
            evidence.wrong_of += 1
    hints.keep(some)


def _pieces(
    where: Flags, other: Flags, likely: NDArray[np.float32], share: float
) -> Iterator[_Piece]:
    from scipy import ndimage

    numbered, count = ndimage.label(where, NEIGHBOURS)
    shares = shared_shares(numbered, count, other)
    for number in range(1, count + 1):
        pixels = numbered == number
        yield _Piece(pixels, _support(likely[pixels], share), float(shares[number - 1]))


def _support(likely: NDArray[np.float32], share: float) -> float:
    """Return the mean of the largest probabilities, of a share of all."""
    most = max(1, round(share * likely.size))
    return float(np.sort(likely)[-most:].mean())


def _laid_elsewhere(pixels: Flags, taken: Flags) -> Iterator[Flags]:
    """Yield the same outline where the mirrored chip has it, if nothing is there."""
    for laid in (pixels[::-1], pixels[:, ::-1], pixels[::-1, ::-1]):
        if not taken[laid].any():
            yield laid


def _presence(piece: _Piece) -> float:
    return piece.support * piece.weight


def _absence(piece: _Piece) -> float:
    return (1 - piece.support) * piece.weight


def _missing(
    mask: AuditedMask, piece: _Piece, label_class: LabelClass, kind: SuspicionKind
) -> Hint:
    words = (
        f"Not labelled: a {label_class.name} of {piece.px} px is proposed "
        f"(probability {piece.support:.2f})."
    )
    rings = rings_of(piece.pixels)
    return Hint(about(mask), kind, _presence(piece), words, rings, label_class.value)


def _spurious(mask: AuditedMask, piece: _Piece, label_class: LabelClass) -> Hint:
    words = (
        f"A {label_class.name} of {piece.px} px is labelled where the model sees none "
        f"(probability {piece.support:.2f})."
    )
    rings = rings_of(piece.pixels)
    kind = SuspicionKind.SPURIOUS
    return Hint(about(mask), kind, _absence(piece), words, rings, label_class.value)
