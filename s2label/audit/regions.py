"""Regions of land cover that look like another class than they are labelled as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.audit.hints import Hint, Hints, about
from s2label.suspicions import SuspicionKind, rings_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.audit.audited import AuditedMask
    from s2label.types import ClassTable

# A class is likelier than all others together.
_SURE = 0.5
# Smaller regions are rims.
_LEAST_PX = 10


def look_at_regions(mask: AuditedMask, classes: ClassTable, hints: Hints) -> None:
    """Note the largest regions in which a model is sure of another class (docs/suspicions.md).

    Parameters
    ----------
    mask : AuditedMask
        The mask.
    classes : ClassTable
        Classes that stay.
    hints : Hints
        Where they are noted.
    """
    from scipy import ndimage

    numbered, seen = _numbered_regions(mask)
    probability = mask.probabilities.max(axis=0)
    px = np.bincount(numbered.ravel())
    strengths = np.bincount(numbered.ravel(), probability.ravel()) / max(mask.is_known.sum(), 1)
    evidence = hints.evidence[SuspicionKind.DISAGREEMENT]
    some = []
    for number, where in enumerate(ndimage.find_objects(numbered), start=1):
        if px[number] < _LEAST_PX:
            continue
        first = _first_of(numbered[where] == number, where)
        other, own = int(seen[first]), int(mask.classes[first])
        is_same = own == other
        (evidence.wrong if is_same else evidence.usual).append(float(strengths[number]))
        if not is_same:
            some.append((float(strengths[number]), number, own, other))
    evidence.usual_of = evidence.wrong_of = len(evidence.usual) + len(evidence.wrong)
    some.sort(reverse=True)
    hints.keep(
        [
            _hint(mask, numbered == number, strength, own, other, classes)
            for strength, number, own, other in some[:3]
        ]
    )


def _numbered_regions(mask: AuditedMask) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return numbers of regions of one label and one likeliest class, and that class."""
    from skimage.measure import label

    best = mask.probabilities.argmax(axis=0)
    seen = np.array(mask.values, np.uint8)[best]
    is_sure = mask.is_known & (mask.probabilities.max(axis=0) >= _SURE)
    pairs = np.where(is_sure, mask.classes.astype(np.int32) * 256 + seen + 1, 0)
    numbered = label(pairs, connectivity=2)  # type: ignore[no-untyped-call]
    return numbered.astype(np.int32), seen


def _first_of(is_part: NDArray[np.bool_], where: tuple[slice, slice]) -> tuple[int, int]:
    row, column = np.unravel_index(is_part.argmax(), is_part.shape)
    return int(row) + where[0].start, int(column) + where[1].start


def _hint(
    mask: AuditedMask,
    region: NDArray[np.bool_],
    strength: float,
    own: int,
    other: int,
    classes: ClassTable,
) -> Hint:
    names = {0: "background"} | {each.value: each.name for each in classes.classes}
    mean = float(mask.probabilities.max(axis=0)[region].mean())
    words = (
        f"{int(region.sum())} px called {names.get(own, own)} look like {names.get(other, other)} "
        f"(probability {mean:.2f})."
    )
    kind = SuspicionKind.DISAGREEMENT
    return Hint(about(mask), kind, strength, words, rings_of(region), other)
