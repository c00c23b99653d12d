"""What scores are made of: whole numbers per chip, which add up to those of any set of chips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label_training.objects import SIZE_NAMES, count_objects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_VALUES = 256


@dataclass(frozen=True, eq=False)
class ChipTally:
    """Counts of a chip, or of many: tallies of the same classes can be added.

    Parameters
    ----------
    class_values : tuple of int
        Stored value of each class, background among them if it is one.
    moving_values : tuple of int
        Those of which objects are counted.
    confusion : ndarray of int64
        (true class, proposed class) pixels; the last row and column are "none of these".
    objects : ndarray of int64
        (moving class, 4, size class): true, found, proposed and right objects.
    """

    class_values: tuple[int, ...]
    moving_values: tuple[int, ...]
    confusion: NDArray[np.int64]
    objects: NDArray[np.int64]

    @classmethod
    def empty(cls, class_values: Sequence[int], moving_values: Sequence[int]) -> ChipTally:
        """Return the tally of no chip, to begin a sum with."""
        side = len(class_values) + 1
        return cls(
            tuple(class_values),
            tuple(moving_values),
            np.zeros((side, side), np.int64),
            np.zeros((len(moving_values), 4, len(SIZE_NAMES)), np.int64),
        )

    def __add__(self, other: ChipTally) -> ChipTally:
        """Return the tally of both.

        Raises
        ------
        ValueError
            If they are of different classes.
        """
        mine = (self.class_values, self.moving_values)
        theirs = (other.class_values, other.moving_values)
        if mine != theirs:
            raise ValueError(f"tallies of classes {mine} and {theirs} cannot be added")
        confusion, objects = self.confusion + other.confusion, self.objects + other.objects
        return ChipTally(*mine, confusion, objects)

    @property
    def true_pixels(self) -> NDArray[np.int64]:
        """Pixels that each class truly has, (class,)."""
        pixels: NDArray[np.int64] = self.confusion.sum(axis=1)[:-1]
        return pixels

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "class_values": list(self.class_values),
            "moving_values": list(self.moving_values),
            "confusion": self.confusion.tolist(),
            "objects": self.objects.tolist(),
        }

    @classmethod
    def from_dict(cls, read: dict[str, Any]) -> ChipTally:
        """Return the tally that `as_dict` wrote."""
        empty = cls.empty(read["class_values"], read["moving_values"])
        confusion = np.array(read["confusion"], np.int64).reshape(empty.confusion.shape)
        objects = np.array(read["objects"], np.int64).reshape(empty.objects.shape)
        return cls(empty.class_values, empty.moving_values, confusion, objects)


def tally_chip(
    proposed: NDArray[np.uint8],
    truth: NDArray[np.uint8],
    counts: NDArray[np.bool_],
    class_values: Sequence[int],
    moving_values: Sequence[int],
) -> ChipTally:
    """Count what is right and wrong on a chip.

    Parameters
    ----------
    proposed, truth : ndarray of uint8
        (y, x) stored values. What is none of `class_values` is "none of these": it agrees with no
        class.
    counts : ndarray of bool
        (y, x) pixels that score: checked and labelled.
    class_values : sequence of int
        The classes, background among them if it is one.
    moving_values : sequence of int
        Those of which objects are counted.

    Raises
    ------
    ValueError
        If the arrays differ in shape.
    """
    if not proposed.shape == truth.shape == counts.shape:
        shapes = f"{proposed.shape}, {truth.shape} and {counts.shape}"
        raise ValueError(f"proposal, truth and what counts have shapes {shapes}")
    objects = [count_objects(proposed == v, truth == v, counts) for v in moving_values]
    confusion = _confusion(proposed[counts], truth[counts], class_values)
    empty = ChipTally.empty(class_values, moving_values)
    stacked = np.stack(objects) if objects else empty.objects
    return ChipTally(empty.class_values, empty.moving_values, confusion, stacked)


def _confusion(
    proposed: NDArray[np.uint8], truth: NDArray[np.uint8], class_values: Sequence[int]
) -> NDArray[np.int64]:
    """Return (true class, proposed class) pixels of two lists of pixels."""
    side = len(class_values) + 1
    index_of = np.full(_VALUES, side - 1, np.int64)
    index_of[list(class_values)] = np.arange(side - 1)
    cells = index_of[truth] * side + index_of[proposed]
    return np.bincount(cells, minlength=side * side).reshape(side, side)
