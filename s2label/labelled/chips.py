"""Which chips have labels: an image, the mask version that belongs to it, and its group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s2label.types import ImageRecord, PlaceRecord


@dataclass(frozen=True)
class LabelledChip:
    """An image with a mask that holds labels, neither of them rejected.

    Parameters
    ----------
    image, place : ImageRecord, PlaceRecord
        Where its bands are, and on which ground.
    group : str
        Ground that stays on one side of a split.
    mask_id, mask_version : str, int
        The current version of its mask.
    is_accepted : bool
        Whether a decision accepted that version: all its pixels are checked then.
    class_counts : dict
        Stored value -> pixels of that version.
    ignore_id, ignore_version : str, int
        What is ignored in this image; "" and 0 where nothing is.
    """

    image: ImageRecord
    place: PlaceRecord
    group: str
    mask_id: str
    mask_version: int
    is_accepted: bool
    class_counts: dict[int, int]
    ignore_id: str = ""
    ignore_version: int = 0
