"""How many pixels, chips and places each class has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.explore.options import Trust
from s2label.types import BACKGROUND, LabelClass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from s2label.explore.chips import ExploredChip
    from s2label.types import ClassTable

_BACKGROUND_COLOUR = "#9aa0a6"


@dataclass(frozen=True)
class ClassCount:
    """What there is of a class.

    Parameters
    ----------
    label_class : LabelClass
        The class; background, with value 0, is one here.
    pixels : int
        Pixels that count; a mask of a place counts once for each of its images.
    is_exact : bool
        Whether that is certain; if not, it is the most there can be: some chips were not read in
        which pixels may lack data, be ignored, or not be trusted.
    chips : tuple of int
        Numbers of the chips that hold the class, in order.
    places : int
        How many places they are of.
    """

    label_class: LabelClass
    pixels: int
    is_exact: bool
    chips: tuple[int, ...]
    places: int


def count_classes(
    chips: Sequence[ExploredChip],
    counted: Mapping[int, Mapping[int, int]],
    ignored: Collection[str],
    classes: ClassTable,
    trust: Trust = Trust.ALL,
) -> list[ClassCount]:
    """Count the pixels of each class: exactly in chips that were read, else as the catalog knows.

    Parameters
    ----------
    chips : sequence of ExploredChip
        All chips that are explored.
    counted : mapping
        Number of a chip that was read -> class value -> pixels that count.
    ignored : collection of str
        The images of which pixels are ignored.
    classes : ClassTable
        The classes of the project.
    trust : Trust
        Whose labels count.

    Returns
    -------
    list of ClassCount
        Background, where there is any, then every class of the table in its order.
    """
    pixels: dict[int, int] = {}
    holders: dict[int, list[int]] = {}
    uncertain: set[int] = set()
    for number, chip in enumerate(chips):
        known = counted.get(number, chip.class_counts)
        if number not in counted and not _is_certain(chip, ignored, trust):
            uncertain |= set(known)
        for value, count in known.items():
            pixels[value] = pixels.get(value, 0) + count
            holders.setdefault(value, []).append(number)
    return [
        ClassCount(
            label_class=each,
            pixels=pixels.get(each.value, 0),
            is_exact=each.value not in uncertain,
            chips=tuple(holders.get(each.value, ())),
            places=len({chips[number].place_id for number in holders.get(each.value, ())}),
        )
        for each in listed_classes(classes, pixels)
    ]


def _is_certain(chip: ExploredChip, ignored: Collection[str], trust: Trust) -> bool:
    is_trusted = trust is Trust.ALL or chip.is_accepted
    return is_trusted and chip.nodata == 0 and chip.image_id not in ignored


def listed_classes(classes: ClassTable, values: Iterable[int]) -> list[LabelClass]:
    """Return background, if it is among some values, then all classes of a table."""
    listed = list(classes.classes)
    if BACKGROUND in values:
        listed.insert(0, LabelClass(BACKGROUND, "background", _BACKGROUND_COLOUR))
    return listed


def total_pixels(counts: Iterable[ClassCount]) -> int:
    """Return the pixels of all classes together."""
    return sum(count.pixels for count in counts)
