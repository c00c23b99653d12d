"""Regions of land cover that look like another class than they are labelled as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.audit.hints import MOST_OF_A_KIND, Hint, Hints, about
from s2label.audit.pieces import rings_within
from s2label.suspicions import SuspicionKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.audit.audited import AuditedMask
    from s2label.audit.pieces import Window
    from s2label.types import ClassTable

# A class is likelier than all others together.
_SURE = 0.5
# Smaller regions are rims.
_LEAST_PX = 10


@dataclass(frozen=True)
class _Region:
    """A region that is labelled ``own`` and looks like ``other``."""

    number: int
    window: Window
    strength: float
    own: int
    other: int


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
    sums = np.bincount(numbered.ravel(), probability.ravel())
    strengths = sums / max(mask.is_known.sum(), 1)
    evidence = hints.evidence[SuspicionKind.DISAGREEMENT]
    some = []
    for number, window in enumerate(ndimage.find_objects(numbered), start=1):
        if px[number] < _LEAST_PX:
            continue
        first = _first_of(numbered[window] == number, window)
        other, own = int(seen[first]), int(mask.classes[first])
        is_same = own == other
        (evidence.wrong if is_same else evidence.usual).append(float(strengths[number]))
        if not is_same:
            some.append(_Region(number, window, float(strengths[number]), own, other))
    evidence.usual_of = evidence.wrong_of = len(evidence.usual) + len(evidence.wrong)
    some.sort(key=lambda region: -region.strength)
    names = {0: "background"} | {each.value: each.name for each in classes.classes}
    for region in some[:MOST_OF_A_KIND]:
        mean = sums[region.number] / px[region.number]
        words = (
            f"{px[region.number]} px called {names.get(region.own, region.own)} look like "
            f"{names.get(region.other, region.other)} (probability {mean:.2f})."
        )
        rings = rings_within(numbered[region.window] == region.number, region.window)
        kind, strength = SuspicionKind.DISAGREEMENT, region.strength
        hint = Hint(about(mask), kind, strength, words, rings, region.other, region.own)
        hints.keep([hint])


def _numbered_regions(mask: AuditedMask) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return numbers of regions of one label and one likeliest class, and that class."""
    from skimage.measure import label

    best = mask.probabilities.argmax(axis=0)
    seen = np.array(mask.values, np.uint8)[best]
    is_sure = mask.is_known & (mask.probabilities.max(axis=0) >= _SURE)
    pairs = np.where(is_sure, mask.classes.astype(np.int32) * 256 + seen + 1, 0)
    numbered = label(pairs, connectivity=2)  # type: ignore[no-untyped-call]
    return numbered.astype(np.int32), seen


def _first_of(is_part: NDArray[np.bool_], window: Window) -> tuple[int, int]:
    row, column = np.unravel_index(is_part.argmax(), is_part.shape)
    return int(row) + window[0].start, int(column) + window[1].start
