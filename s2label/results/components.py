"""Connected pieces of a raster, found row band by row band and kept as sums, however large."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import S2LabelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

_NEIGHBOURS = np.ones((3, 3), bool)


class TooManyComponentsError(S2LabelError):
    """A raster falls into more pieces than one can look at."""


@dataclass(frozen=True)
class RowBand:
    """Whole rows of a raster.

    ``row`` is the first of them; ``is_part`` (y, x) bool tells what belongs to a piece, and
    ``strength`` (y, x) uint8 how surely, 0..254.
    """

    row: int
    is_part: NDArray[np.bool_]
    strength: NDArray[np.uint8]


@dataclass(eq=False)
class Component:
    """An 8-connected piece.

    Parameters
    ----------
    pixels : int
        How many it has.
    first : tuple of int
        (row, column) of its first pixel, read row by row.
    bounds : tuple of int
        Rows and columns it lies in: (top, left, bottom, right), the last two not in it any more.
    strongest : int
        Greatest strength, 0..254.
    sums : ndarray of float64
        Sums over its pixels: strength, row, column, row², row x column, column².
    """

    pixels: int
    first: tuple[int, int]
    bounds: tuple[int, int, int, int]
    strongest: int
    sums: NDArray[np.float64]
    _grown_into: Component | None = field(default=None, repr=False)

    def absorb(self, other: Component) -> None:
        """Take the pixels of another piece."""
        self.pixels += other.pixels
        self.first = min(self.first, other.first)
        lowest = map(min, self.bounds[:2], other.bounds[:2])
        self.bounds = (*lowest, *map(max, self.bounds[2:], other.bounds[2:]))  # type: ignore[assignment]
        self.strongest = max(self.strongest, other.strongest)
        self.sums = self.sums + other.sums
        other._grown_into = self

    def whole(self) -> Component:
        """Return the piece that this one has become part of, itself if none."""
        piece = self
        while piece._grown_into is not None:
            piece = piece._grown_into
        if piece is not self:
            self._grown_into = piece  # the next one to ask takes one step
        return piece


def find_components(bands: Iterable[RowBand], width: int, most: int) -> Iterator[Component]:
    """Yield the pieces of a raster as soon as no later row can belong to them.

    Parameters
    ----------
    bands : iterable of RowBand
        The whole raster from top to bottom.
    width : int
        Pixels of a row.
    most : int
        How many pieces are borne with.

    Raises
    ------
    TooManyComponentsError
        If there are more: noise, which nobody could look at and which would fill the memory.
    """
    # It takes a fifth of a second to load.
    from scipy import ndimage

    above = np.zeros(width, np.int32)
    is_open: dict[int, Component] = {}
    done = 0
    for band in bands:
        numbered, count = ndimage.label(band.is_part, _NEIGHBOURS)
        if done + count > most:
            raise TooManyComponentsError(f"more than {most} separate pieces")
        pieces = dict(enumerate(_measure(numbered, count, band), start=1))
        for upper, lower in _touching(above, numbered[0]):
            _join(is_open[upper].whole(), pieces[lower].whole())
        above = numbered[-1]
        still_open = {int(n): pieces[int(n)].whole() for n in np.unique(above[above > 0])}
        finished = _without([*is_open.values(), *pieces.values()], still_open.values())
        done += len(finished)
        yield from finished
        is_open = still_open
    yield from _without(is_open.values(), ())


def _measure(numbered: NDArray[np.int32], count: int, band: RowBand) -> Iterator[Component]:
    from scipy import ndimage

    if not count:
        return
    width = numbered.shape[1]
    flat = np.flatnonzero(numbered)
    number = numbered.ravel()[flat] - 1
    strength = band.strength.ravel()[flat]
    rows, columns = flat // width + band.row, flat % width
    terms = (strength, rows, columns, rows * rows, rows * columns, columns * columns)
    sums = np.stack([np.bincount(number, term, count) for term in terms], axis=1)
    strongest = np.zeros(count, np.uint8)
    np.maximum.at(strongest, number, strength)
    first = np.empty(count, np.int64)
    first[number[::-1]] = flat[::-1]  # what is assigned last stays
    pixels = np.bincount(number, minlength=count)
    for at, (high, wide) in enumerate(ndimage.find_objects(numbered)):
        yield Component(
            pixels=int(pixels[at]),
            first=(int(first[at]) // width + band.row, int(first[at]) % width),
            bounds=(high.start + band.row, wide.start, high.stop + band.row, wide.stop),
            strongest=int(strongest[at]),
            sums=sums[at],
        )


def _touching(above: NDArray[np.int32], below: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Return which pieces of two neighbouring rows touch, at a side or a corner."""
    beside = [(above, below), (above[1:], below[:-1]), (above[:-1], below[1:])]
    pairs = np.concatenate([np.stack(rows, axis=1) for rows in beside])
    return [(int(a), int(b)) for a, b in np.unique(pairs[(pairs > 0).all(axis=1)], axis=0)]


def _join(one: Component, other: Component) -> None:
    if one is not other:
        one.absorb(other)


def _without(pieces: Iterable[Component], open_: Iterable[Component]) -> list[Component]:
    """Return the whole pieces that are none of the open ones, each once."""
    waiting = {id(piece) for piece in open_}
    wholes = {id(piece.whole()): piece.whole() for piece in pieces}
    return [piece for key, piece in wholes.items() if key not in waiting]
