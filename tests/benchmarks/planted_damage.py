"""Masks of vessels that are made wrong on purpose, in four ways, the same for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Masks = NDArray[np.uint8]
    Flags = NDArray[np.bool_]

REMOVED, ADDED, SHIFTED, SWAPPED = WAYS = ("removed", "added", "shifted", "swapped")
EACH = 10
_SHIFT_PX = 5
_VESSEL = 1
# Specks are no vessel's size.
_LEAST_PX = 10
# What is added touches nothing, and at least half of it lies on water.
_APART_PX = 3
_LEAST_WATER = 0.5
_TRIES = 500
_NEIGHBOURS = np.ones((3, 3), bool)


def damage(masks: Masks, is_water: Flags, seed: int) -> tuple[Masks, dict[int, str]]:
    """Return masks of which 40 with vessels are wrong, and which of them in which way.

    Ten lose an object; ten get the outline of another mask's vessel, turned by quarters, somewhere
    on water; ten are shifted by 5 px in any direction, at least half of them staying in the chip;
    ten swap masks, two by two.

    Parameters
    ----------
    masks : ndarray
        (mask, y, x) uint8: 0 background, 1 vessel.
    is_water : ndarray
        (mask, y, x) bool.
    seed : int
        Which masks, and where.
    """
    random = np.random.default_rng(seed)
    outlines = _outlines(masks)
    chosen = [int(n) for n in random.permutation(np.flatnonzero(masks.any(axis=(1, 2))))]
    wrong, truth = masks.copy(), {}

    def each(way: str, change: Callable[[int], Masks | None]) -> None:
        done = 0
        while done < EACH:
            number = chosen.pop()
            changed = change(number)
            # A mask that has no room for this is left as it is, and the next one taken.
            if changed is not None:
                wrong[number], truth[number] = changed, way
                done += 1

    each(ADDED, lambda n: _with_added(masks[n], is_water[n], outlines, random))
    each(REMOVED, lambda n: _without_one(masks[n], random))
    each(SHIFTED, lambda n: _shifted(masks[n], random))
    for _ in range(EACH // 2):
        one, other = chosen.pop(), chosen.pop()
        wrong[one], wrong[other] = masks[other], masks[one]
        truth[one] = truth[other] = SWAPPED
    return wrong, truth


def _outlines(masks: Masks) -> list[Flags]:
    found = []
    for mask in masks:
        numbered, _ = ndimage.label(mask == _VESSEL, _NEIGHBOURS)
        for number, where in enumerate(ndimage.find_objects(numbered), start=1):
            outline = numbered[where] == number
            if outline.sum() >= _LEAST_PX:
                found.append(outline)
    return found


def _without_one(mask: Masks, random: np.random.Generator) -> Masks:
    numbered, count = ndimage.label(mask == _VESSEL, _NEIGHBOURS)
    changed: Masks = np.where(numbered == random.integers(1, count + 1), 0, mask).astype(np.uint8)
    return changed


def _with_added(
    mask: Masks, is_water: Flags, outlines: Sequence[Flags], random: np.random.Generator
) -> Masks | None:
    near = ndimage.binary_dilation(mask == _VESSEL, _NEIGHBOURS, iterations=_APART_PX)
    for _ in range(_TRIES):
        outline = outlines[int(random.integers(len(outlines)))]
        outline = np.rot90(outline, int(random.integers(4)))
        rows, columns = (size - side for size, side in zip(mask.shape, outline.shape, strict=True))
        row, column = random.integers(rows + 1), random.integers(columns + 1)
        added = np.zeros(mask.shape, bool)
        added[row : row + outline.shape[0], column : column + outline.shape[1]] = outline
        if not (added & near).any() and is_water[added].mean() >= _LEAST_WATER:
            changed: Masks = np.where(added, _VESSEL, mask).astype(np.uint8)
            return changed
    return None


def _shifted(mask: Masks, random: np.random.Generator) -> Masks | None:
    for _ in range(_TRIES):
        angle = random.uniform(0, 2 * np.pi)
        step = np.rint(_SHIFT_PX * np.array([np.sin(angle), np.cos(angle)]))
        moved: Masks = ndimage.shift(mask, step, order=0)
        if 2 * (moved == _VESSEL).sum() >= (mask == _VESSEL).sum():
            return moved
    return None
