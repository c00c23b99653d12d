"""Pixels drawn by chance: of each class its share, from a bounded number of chips.

Each chip and each pixel has a random number of its own, which hangs on the seed and on nothing
else. Of each class the chips with the lowest numbers are read, and of their pixels those with the
lowest numbers are kept: a simple random sample without replacement (permanent random numbers,
Ohlsson 1995, "Coordination of samples using permanent random numbers"), whatever the order of
reading, and for all classes from nearly the same chips.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import InputError, S2LabelError
from s2label.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from s2label.explore.chips import ExploredChip
    from s2label.explore.options import ExploreOptions
    from s2label.explore.pixels import ChipReader, CountedPixels
    from s2label.progress import Job

    Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class PixelSample:
    """Pixels that were drawn.

    Parameters
    ----------
    bands : tuple of str
        Bands in the order of the instrument: all that any of the images has.
    reflectance : ndarray
        (pixel, band) float32; NaN where the image lacks the band.
    classes : ndarray
        (pixel,) uint8, class value, 0 background.
    chips : ndarray
        (pixel,) intp, number of the chip in the list that was explored.
    counted : dict
        Number of a chip -> class value -> pixels of it that count, of all chips that were read.
    errors : tuple of str
        One line for each chip that could not be read.
    """

    bands: tuple[str, ...]
    reflectance: Floats
    classes: NDArray[np.uint8]
    chips: NDArray[np.intp]
    counted: Mapping[int, Mapping[int, int]]
    errors: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many pixels were drawn."""
        return len(self.classes)

    @property
    def by_name(self) -> dict[str, Floats]:
        """Band -> reflectance of all pixels, (pixel,)."""
        return {band: self.reflectance[:, number] for number, band in enumerate(self.bands)}

    def count_by_class(self) -> dict[int, int]:
        """Return class value -> pixels that were drawn."""
        values, numbers = np.unique(self.classes, return_counts=True)
        return {int(value): int(n) for value, n in zip(values, numbers, strict=True)}


def choose_chips(chips: Sequence[ExploredChip], most: int, seed: int) -> dict[int, frozenset[int]]:
    """Return chip number -> the classes whose pixels it gives.

    Parameters
    ----------
    chips : sequence of ExploredChip
        All chips that are explored.
    most : int
        How many give pixels of one class at most.
    seed : int
        Another seed takes other chips.
    """
    numbers = sorted(range(len(chips)), key=lambda n: _draw(seed, chips[n].image_id))
    taken: Counter[int] = Counter()
    chosen: dict[int, set[int]] = defaultdict(set)
    for number in numbers:
        for value in chips[number].class_counts:
            if taken[value] < most:
                taken[value] += 1
                chosen[number].add(value)
    return {number: frozenset(values) for number, values in sorted(chosen.items())}


def _draw(seed: int, image_id: str) -> bytes:
    return hashlib.sha256(f"{seed}|{image_id}".encode()).digest()


def draw_sample(
    reader: ChipReader,
    chips: Sequence[ExploredChip],
    chosen: Mapping[int, frozenset[int]],
    options: ExploreOptions,
) -> Job[PixelSample]:
    """Draw pixels of each class; classes with fewer than their share give all, others more.

    Parameters
    ----------
    reader : ChipReader
        Reads the chips that are chosen.
    chips : sequence of ExploredChip
        All chips that are explored.
    chosen : mapping
        What `choose_chips` returned.
    options : ExploreOptions
        How many pixels, and which seed.

    Raises
    ------
    S2LabelError
        If no chip that was to be read can be.
    """
    kept: dict[int, _Kept] = defaultdict(lambda: _Kept(options.samples))
    counted: dict[int, dict[int, int]] = {}
    errors: list[str] = []
    with reader:
        for done, (number, values) in enumerate(chosen.items()):
            yield Progress(done, len(chosen), "reading chips")
            try:
                pixels = reader.read(chips[number])
            except InputError as error:
                errors.append(str(error))
                continue
            counted[number] = pixels.count_by_class()
            _keep(kept, pixels, number, values, _draw(options.seed, chips[number].image_id))
    yield Progress(len(chosen), len(chosen), "reading chips")
    if chosen and not counted:
        raise S2LabelError(f"none of {len(chosen)} chips can be read; the first: {errors[0]}")
    return _sample(kept, reader.bands, options.samples, counted, errors)


def _keep(
    kept: dict[int, _Kept],
    pixels: CountedPixels,
    number: int,
    values: frozenset[int],
    drawn: bytes,
) -> None:
    keys = np.random.default_rng(list(drawn)).random(pixels.is_counted.shape)[pixels.is_counted]
    for value in values:
        is_of_class = pixels.classes == value
        kept[value].add(keys[is_of_class], pixels.reflectance[is_of_class], number)


class _Kept:
    """The pixels of one class with the lowest random numbers, of all that were seen."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: list[tuple[NDArray[np.float64], Floats, NDArray[np.intp]]] = []
        self._size = 0

    def add(self, keys: NDArray[np.float64], reflectance: Floats, number: int) -> None:
        """Look at pixels of one chip."""
        self._parts.append((keys, reflectance, np.full(keys.size, number)))
        self._size += keys.size
        if self._size > 2 * self._most:
            self._parts = [self.lowest(self._most)]
            self._size = len(self._parts[0][0])

    def lowest(self, count: int) -> tuple[NDArray[np.float64], Floats, NDArray[np.intp]]:
        """Return the keys, pixels and chips of the lowest ones, by key."""
        keys, reflectance, chips = (np.concatenate(each) for each in zip(*self._parts, strict=True))
        order = np.argsort(keys, kind="stable")[:count]
        return keys[order], reflectance[order], chips[order]

    @property
    def size(self) -> int:
        return min(self._size, self._most)


def _sample(
    kept: Mapping[int, _Kept],
    bands: tuple[str, ...],
    samples: int,
    counted: Mapping[int, Mapping[int, int]],
    errors: Sequence[str],
) -> PixelSample:
    shares = share_out(samples, {value: each.size for value, each in kept.items()})
    taken = {value: kept[value].lowest(share) for value, share in sorted(shares.items())}
    empty = (np.empty((0, len(bands)), np.float32), np.empty(0, np.intp))
    return PixelSample(
        bands=bands,
        reflectance=np.concatenate([empty[0], *(part[1] for part in taken.values())]),
        classes=np.repeat(
            np.array(list(taken), np.uint8), [len(part[0]) for part in taken.values()]
        ),
        chips=np.concatenate([empty[1], *(part[2] for part in taken.values())]),
        counted=counted,
        errors=tuple(errors),
    )


def share_out(total: int, available: Mapping[int, int]) -> dict[int, int]:
    """Share a number out evenly; who has less gives all, and the others share what is left.

    Parameters
    ----------
    total : int
        What is wanted of all together.
    available : mapping
        Class value -> how many there are.

    Returns
    -------
    dict of int to int
        Class value -> how many to take; together `total`, or all there are.
    """
    shares: dict[int, int] = {}
    by_size = sorted(available, key=lambda value: (available[value], value))
    for number, value in enumerate(by_size):
        share = -(-(total - sum(shares.values())) // (len(by_size) - number))
        shares[value] = min(share, available[value])
    return shares
