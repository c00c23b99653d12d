"""Pixels drawn by chance: of each class its share, from a bounded number of chips.

Of each class the pixels with the lowest random numbers are kept (see `choosing`), whatever the
order in which chips are read.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import InputError, S2LabelError
from s2label.explore.choosing import draw_number, share_out
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
    without_data : int
        Pixels of chips that were read that would count if their image had data there.
    """

    bands: tuple[str, ...]
    reflectance: Floats
    classes: NDArray[np.uint8]
    chips: NDArray[np.intp]
    counted: Mapping[int, Mapping[int, int]]
    errors: tuple[str, ...] = ()
    without_data: int = 0

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
    without_data = 0
    with reader:
        for done, (number, values) in enumerate(chosen.items()):
            yield Progress(done, len(chosen), "reading chips")
            try:
                pixels = reader.read(chips[number])
            except InputError as error:
                errors.append(str(error))
                continue
            counted[number] = pixels.count_by_class()
            without_data += pixels.without_data
            _keep(kept, pixels, number, values, draw_number(options.seed, chips[number].image_id))
    yield Progress(len(chosen), len(chosen), "reading chips")
    if chosen and not counted:
        raise S2LabelError(f"none of {len(chosen)} chips can be read; the first: {errors[0]}")
    sample = _sample(kept, reader.bands, options.samples, counted, errors)
    return replace(sample, without_data=without_data)


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
