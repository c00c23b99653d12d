"""Images that are nearly the same across splits, found among a hundred thousand."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from s2label.exports.sketches import Sketch

    Floats = NDArray[np.float64]

# Of independent images 256 details correlate by chance with a deviation of 1/16, so that 0.5 is
# eight deviations away: among a thousand million pairs none is expected.
LEAST_DETAIL = 0.5
LEAST_MEANS = 0.9
_ROWS_AT_ONCE = 2048


class NearCopies(NamedTuple):
    """How many pairs of images are nearly the same, and the first of them in order.

    Each of `first` has two images, in order, and the correlation of their details, two digits.
    """

    total: int
    first: list[tuple[str, str, float]]


def near_copies(
    split_of: Mapping[str, str], sketches: Mapping[str, Sketch], most: int
) -> NearCopies:
    """Find pairs of images in different splits that are alike but not equal.

    Of equal images in one split only the first counts: a thousand copies of one are no million
    pairs.

    Parameters
    ----------
    split_of : mapping
        Image -> split.
    sketches : mapping
        Image -> sketch; those with too little to compare are passed over.
    most : int
        How many pairs are named.
    """
    images, sides = _distinct(split_of, sketches)
    count, first = 0, np.empty(0, np.int64)
    for one, other in combinations(sorted(sides), 2):
        for rows, columns in _alike([sketches[i] for i in images], sides[one], sides[other]):
            count += rows.size
            pairs = np.minimum(rows, columns) * len(images) + np.maximum(rows, columns)
            first = np.sort(np.concatenate([first, pairs]))[:most]
    named = ((images[n // len(images)], images[n % len(images)]) for n in first.tolist())
    return NearCopies(count, [(a, b, _likeness(sketches[a], sketches[b])) for a, b in named])


def _distinct(
    split_of: Mapping[str, str], sketches: Mapping[str, Sketch]
) -> tuple[list[str], dict[str, NDArray[np.int64]]]:
    """Return images in order, equal ones of a split once, and split -> their numbers."""
    seen: set[tuple[str, bytes]] = set()
    images: list[str] = []
    sides: dict[str, list[int]] = {}
    for image in sorted(image for image in split_of if sketches[image].detail.size):
        content = split_of[image], sketches[image].content
        if content not in seen:
            seen.add(content)
            sides.setdefault(split_of[image], []).append(len(images))
            images.append(image)
    return images, {split: np.array(numbers) for split, numbers in sides.items()}


def _alike(
    sketches: Sequence[Sketch], some: NDArray[np.int64], others: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the numbers of sketches that are alike: products of whole matrices are fast."""
    for rows in _parts(some):
        here = [sketches[number] for number in rows]
        for columns in _parts(others):
            there = [sketches[number] for number in columns]
            is_alike = _correlate([s.detail for s in here], [s.detail for s in there])
            close = is_alike >= LEAST_DETAIL
            if close.any():
                means = _correlate([s.means for s in here], [s.means for s in there])
                contents = [np.array([s.content for s in side], object) for side in (here, there)]
                close &= (means >= LEAST_MEANS) & (contents[0][:, None] != contents[1])
                row, column = np.nonzero(close)
                yield rows[row], columns[column]


def _parts(numbers: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(numbers), _ROWS_AT_ONCE):
        yield numbers[start : start + _ROWS_AT_ONCE]


def _correlate(some: Sequence[NDArray[np.int8]], others: Sequence[NDArray[np.int8]]) -> Floats:
    """Return the correlation of each with each; 0 where one is flat."""
    a, b = (np.stack(vectors).astype(np.float32) for vectors in (some, others))
    # 256 products of 8 bits add up to less than 2**24: exact in float32, in any order.
    products = (a @ b.T).astype(np.float64)
    squares = (np.einsum("ij,ij->i", v, v).astype(np.float64) for v in (a, b))
    norms = np.outer(*(np.sqrt(square) for square in squares))
    return np.asarray(np.divide(products, norms, out=np.zeros_like(products), where=norms > 0))


def _likeness(first: Sketch, second: Sketch) -> float:
    return round(float(_correlate([first.detail], [second.detail])[0, 0]), 2)
