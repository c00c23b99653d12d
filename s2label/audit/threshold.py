"""The one threshold of an audit: that which gives the best object F1 of all masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.audit.audited import AuditedMask

    Flags = NDArray[np.bool_]

THRESHOLDS = tuple(round(step / 20, 2) for step in range(2, 19))
# As in docs/scores.md.
LEAST_SHARED = 0.25
NEIGHBOURS = np.ones((3, 3), bool)


class ThresholdSearch:
    """Objects that are labelled, found, proposed and right, at each threshold."""

    def __init__(self) -> None:
        self._counts = np.zeros((len(THRESHOLDS), 4), np.int64)

    def add(self, mask: AuditedMask) -> None:
        """Count the objects of a mask."""
        called, probability = mask.likeliest()
        labelled = np.where(mask.is_known, mask.classes, BACKGROUND)
        probability = np.where(mask.is_known, probability, 0)
        for row, threshold in enumerate(THRESHOLDS):
            proposed = np.where(probability >= threshold, called, BACKGROUND)
            if not (labelled.any() or proposed.any()):
                break
            self._counts[row] += _count(labelled, proposed)
            # Nothing is proposed at higher ones either.
            if not proposed.any():
                self._counts[row + 1 :, 0] += _count(labelled, proposed)[0]
                break

    @property
    def best(self) -> float:
        """The threshold of the best F1, the middle of several alike; 0.5 without any object."""
        labelled, found, proposed, right = self._counts.T.astype(float)
        f1 = _f1(found / np.maximum(labelled, 1), right / np.maximum(proposed, 1))
        if not f1.any():
            return 0.5
        return float(np.median(np.array(THRESHOLDS)[f1 == f1.max()]))


def shared_shares(pieces: NDArray[np.int32], count: int, other: Flags) -> NDArray[np.float64]:
    """Return for each of the numbered pieces the share of its pixels that lies on others."""
    px = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    shared = np.bincount(pieces[other], minlength=count + 1)[1:]
    return np.asarray(shared / np.maximum(px, 1))


def _f1(recall: NDArray[np.float64], precision: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(2 * recall * precision / np.maximum(recall + precision, 1e-9))


def _count(labelled: NDArray[np.uint8], proposed: NDArray[np.uint8]) -> NDArray[np.int64]:
    from scipy import ndimage

    counts = np.zeros(4, np.int64)
    for value in np.union1d(labelled, proposed):
        if value == BACKGROUND:
            continue
        is_labelled, is_proposed = labelled == value, proposed == value
        for column, one, other in ((0, is_labelled, is_proposed), (2, is_proposed, is_labelled)):
            pieces, count = ndimage.label(one, NEIGHBOURS)
            shares = shared_shares(pieces, count, other)
            counts[column : column + 2] += (count, int((shares >= LEAST_SHARED).sum()))
    return counts
