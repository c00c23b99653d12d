"""By which images each mask is looked at: its own, or the clearest of its place. No torch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project
    from s2label.screening_records import CloudyDate

MOST_DATES = 4
# An image with less ground than this comes after all others, however clear the rest of it is.
_MOST_NODATA = 0.5


@dataclass(frozen=True, eq=False)
class Look:
    """A mask, and the images by which it is looked at.

    Parameters
    ----------
    chips : tuple of LabelledChip
        The mask with each of them, the clearest first; one for a mask of one image.
    fold : str
        Name of the fold that holds its place.
    """

    chips: tuple[LabelledChip, ...]
    fold: str

    @property
    def mask_id(self) -> str:
        """The mask's id."""
        return self.chips[0].mask_id


def find_looks(
    project: Project, chips: Iterable[LabelledChip], fold_of_places: Mapping[str, str]
) -> list[Look]:
    """Return all looks at masks of an audit, by group and mask.

    Parameters
    ----------
    project : Project
        Knows the clouds of images.
    chips : iterable of LabelledChip
        Images and masks that are not rejected.
    fold_of_places : mapping
        Place id -> fold; masks of other places are left out.
    """
    by_mask: dict[str, list[LabelledChip]] = defaultdict(list)
    for chip in chips:
        if chip.place.id in fold_of_places:
            by_mask[chip.mask_id].append(chip)
    clouds: dict[str, CloudyDate] = {}
    if any(len(of_mask) > 1 for of_mask in by_mask.values()):
        clouds = {image.image_id: image for image in project.catalog.screenings.dates()}
    looks = [
        Look(clearest(of_mask, clouds), fold_of_places[of_mask[0].place.id])
        for of_mask in by_mask.values()
    ]
    return sorted(looks, key=lambda look: (look.chips[0].group, look.mask_id))


def clearest(
    chips: Sequence[LabelledChip], clouds: Mapping[str, CloudyDate]
) -> tuple[LabelledChip, ...]:
    """Return at most four chips, the one with the clearest image first.

    Images of which more than half is nodata, or whose clouds nobody knows, come last.

    Parameters
    ----------
    chips : sequence of LabelledChip
        Of one mask.
    clouds : mapping
        Image id -> its clouds; may be empty for a single chip.
    """

    def rank(chip: LabelledChip) -> tuple[bool, bool, float, float, str, str]:
        image = clouds[chip.image.id]
        is_empty, is_unknown = image.nodata > _MOST_NODATA, image.cloud is None
        return (
            is_empty,
            is_unknown,
            image.cloud or 0.0,
            image.nodata,
            image.date or "",
            image.image_id,
        )

    if len(chips) == 1:
        return tuple(chips)
    return tuple(sorted(chips, key=rank)[:MOST_DATES])
