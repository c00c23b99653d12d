"""Labelled places: ground with what is labelled on it, summed up from its chips."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.labelled.chips import labelled_pixels
from s2label.splits import label_shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.types import PlaceRecord

# Checked pixels of a class are shared out like a class of their own, this much higher: only they
# validate, so that each side needs some.
_CHECKED = 256


@dataclass
class LabelledPlace:
    """A place with the labels of its chips.

    Parameters
    ----------
    record : PlaceRecord
        Its ground.
    group : str
        Ground that stays on one side.
    chips : int
        Labelled images; 0 where labels were rejected since.
    pixels : dict
        Class value -> labelled pixels, each mask once; value + 256 -> those of accepted masks.
    """

    record: PlaceRecord
    group: str
    chips: int = 0
    pixels: dict[int, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The place's id."""
        return self.record.id

    @property
    def values(self) -> set[int]:
        """Class values that are labelled here."""
        return {value for value in self.pixels if value < _CHECKED}


def labelled_places(chips: Iterable[LabelledChip]) -> dict[str, LabelledPlace]:
    """Return the places of some chips, by id."""
    places: dict[str, LabelledPlace] = {}
    counted: set[str] = set()
    for chip in chips:
        fresh = LabelledPlace(chip.place, chip.group)
        place = places.setdefault(chip.place.id, fresh)
        place.chips += 1
        if chip.mask_id not in counted:
            counted.add(chip.mask_id)
            _count(place.pixels, chip)
    return dict(sorted(places.items()))


def _count(pixels: dict[int, int], chip: LabelledChip) -> None:
    for value, number in labelled_pixels(chip.class_counts).items():
        keys = (value, value + _CHECKED) if chip.is_accepted else (value,)
        for key in keys:
            pixels[key] = pixels.get(key, 0) + number


def amounts(places: Sequence[LabelledPlace]) -> NDArray[np.float64]:
    """Return (place, class + 1) shares of each class's pixels; chips are the last column."""
    pixels = {place.id: place.pixels for place in places}
    chips = {place.id: place.chips for place in places}
    return label_shares([place.id for place in places], pixels, chips)
