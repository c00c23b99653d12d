"""The objects of a mask, one after the other: what one zooms to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import find_objects, label

from s2label.types import BACKGROUND, NOT_LABELLED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Box = tuple[int, int, int, int]


def object_boxes(classes: NDArray[np.uint8]) -> list[Box]:
    """Return boxes (top, left, bottom, right; the last two exclusive) of the objects of a mask.

    Objects are 8-connected pixels that are neither background nor "not labelled"; the largest
    comes first.
    """
    objects = ~np.isin(classes, (BACKGROUND, NOT_LABELLED))
    numbers, _ = label(objects, structure=np.ones((3, 3)))
    sizes = np.bincount(numbers.ravel())[1:]
    boxes = [_box(rows, columns) for rows, columns in find_objects(numbers)]
    return [boxes[index] for index in np.argsort(-sizes, kind="stable")]


def _box(rows: slice, columns: slice) -> Box:
    return rows.start, columns.start, rows.stop, columns.stop


class ObjectWalk:
    """Goes through the objects of a chip, round and round."""

    def __init__(self) -> None:
        self._place = 0

    def next(self, classes: NDArray[np.uint8]) -> Box | None:
        """Return the box of the next object; None if there is none."""
        boxes = object_boxes(classes)
        if not boxes:
            return None
        box = boxes[self._place % len(boxes)]
        self._place += 1
        return box
