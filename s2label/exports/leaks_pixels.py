"""Images that are nearly the same across splits, found among a hundred thousand."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from s2label.exports.sketches import Sketch

    Floats = NDArray[np.float32]

# Of independent images 256 details correlate by chance with a deviation of 1/16, so that 0.5 is
# eight deviations away: among a thousand million pairs none is expected.
LEAST_DETAIL = 0.5
LEAST_MEANS = 0.9
_ROWS_AT_ONCE = 2048


def near_copies(
    split_of: Mapping[str, str], sketches: Mapping[str, Sketch]
) -> Iterator[tuple[str, str, float]]:
    """Yield pairs of images in different splits that are alike but not equal, with how much.

    Parameters
    ----------
    split_of : mapping
        Image -> split.
    sketches : mapping
        Image -> sketch; those with too little to compare are passed over.

    Yields
    ------
    tuple
        Two images in order, and the correlation of their details, two digits.
    """
    images: dict[str, list[str]] = {}
    for image in sorted(split_of):
        if sketches[image].detail.size:
            images.setdefault(split_of[image], []).append(image)
    for one, other in combinations(sorted(images), 2):
        for a, b in _alike(images[one], images[other], sketches):
            first, second = sketches[a], sketches[b]
            likeness = _correlation(first.detail, second.detail)
            means = _correlation(first.means, second.means)
            is_alike = likeness >= LEAST_DETAIL and means >= LEAST_MEANS
            if is_alike and first.content != second.content:
                yield (*sorted((a, b)), round(likeness, 2))  # type: ignore[misc]


def _alike(
    some: Sequence[str], others: Sequence[str], sketches: Mapping[str, Sketch]
) -> Iterator[tuple[str, str]]:
    """Yield pairs whose details correlate, or nearly: products of whole matrices are fast."""
    for start in range(0, len(others), _ROWS_AT_ONCE):
        rows = others[start : start + _ROWS_AT_ONCE]
        columns = _unit([sketches[image].detail for image in rows]).T
        for begin in range(0, len(some), _ROWS_AT_ONCE):
            part = some[begin : begin + _ROWS_AT_ONCE]
            products = _unit([sketches[image].detail for image in part]) @ columns
            for row, column in np.argwhere(products >= LEAST_DETAIL - 0.01).tolist():
                yield part[row], rows[column]


def _unit(details: Sequence[NDArray[np.int8]]) -> Floats:
    vectors = np.stack(details).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _correlation(first: NDArray[np.int8], second: NDArray[np.int8]) -> float:
    a, b = first.astype(np.int64), second.astype(np.int64)
    square = float(a @ a) * float(b @ b)
    return float(a @ b) / square**0.5 if square else 0.0
