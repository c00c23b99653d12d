"""Objects of a mask as COCO annotations: exact pixels as compressed run lengths.

Source of the code: cocoapi, ``common/maskApi.c`` (``rleToString``).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import label

from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Indices = NDArray[np.int64]

_NO_OBJECTS = (BACKGROUND, NOT_LABELLED, IGNORE)
_WITH_CORNERS = np.ones((3, 3), np.int8)
_FIRST_CHARACTER = 48
_BITS, _SIGN, _MORE = 5, 16, 32


def objects_of(classes: NDArray[np.uint8]) -> Iterator[dict[str, Any]]:
    """Yield the objects of a mask: pixels of one class that touch by a side or a corner.

    Parameters
    ----------
    classes : ndarray
        Stored classes (y, x) uint8; 0, 254 and 255 belong to no object.

    Yields
    ------
    dict
        ``category_id``, ``segmentation``, ``area``, ``bbox`` (x, y, width, height) and
        ``iscrowd`` of an annotation; by class, then in the order of their first pixels.
    """
    for value in np.unique(classes).tolist():
        if value in _NO_OBJECTS:
            continue
        numbers, count = label(classes == value, _WITH_CORNERS)
        # Of the transpose: COCO counts down the columns.
        flat = np.ascontiguousarray(numbers.T).ravel()
        order = np.argsort(flat, kind="stable")
        starts = np.searchsorted(flat[order], np.arange(1, count + 2)).tolist()
        for start, stop in pairwise(starts):
            yield _annotation(order[start:stop].astype(np.int64), value, classes.shape)


def _annotation(here: Indices, category: int, shape: tuple[int, ...]) -> dict[str, Any]:
    height, width = shape
    xs, ys = here // height, here % height
    left, top = int(xs.min()), int(ys.min())
    bbox = [left, top, int(xs.max()) - left + 1, int(ys.max()) - top + 1]
    return {
        "category_id": category,
        "segmentation": {"size": [height, width], "counts": encoded(_runs(here, height * width))},
        "area": int(here.size),
        "bbox": bbox,
        "iscrowd": 0,
    }


def _runs(here: Indices, total: int) -> list[int]:
    """Return the lengths of runs of 0 and 1 in turn, beginning with 0, of sorted places of 1."""
    breaks = np.flatnonzero(np.diff(here) > 1)
    starts = here[np.concatenate([[0], breaks + 1])]
    stops = here[np.concatenate([breaks, [here.size - 1]])] + 1
    edges = np.stack([starts, stops], axis=1).ravel()
    runs: list[int] = np.diff(np.concatenate([[0], edges, [total]])).tolist()
    return runs if runs[-1] else runs[:-1]


def encoded(runs: Sequence[int]) -> str:
    """Return the text form of runs: from the fourth on, the difference to the run two before."""
    text = []
    for number, run in enumerate(runs):
        value = run - runs[number - 2] if number > 2 else run
        while True:
            bits, value = value & (_MORE - 1), value >> _BITS
            is_last = value == (-1 if bits & _SIGN else 0)
            text.append(chr(_FIRST_CHARACTER + (bits if is_last else bits | _MORE)))
            if is_last:
                break
    return "".join(text)
