"""Which chips have labels: an image, the mask version that belongs to it, and its group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s2label.groups import group_places
from s2label.types import NOT_LABELLED, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label.project import Project
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


def find_labelled(project: Project) -> list[LabelledChip]:
    """Return the chips that have labels, by image id, all of one moment.

    An image or a mask that nobody has decided on counts, a rejected one does not. A mask in which
    no pixel is labelled is left out. Strokes that are in no version yet are not seen.

    Raises
    ------
    CatalogError
        If the catalog cannot be read.
    """
    catalog = project.catalog
    with catalog.snapshot():
        counts = {row.mask_id: dict(row.class_counts) for row in catalog.labels()}
        pairs = catalog.pairs(include_open=True)
        pairs = [pair for pair in pairs if labelled_pixels(counts[pair.mask_id])]
        images = catalog.images(pair.image_id for pair in pairs)
        ignored = catalog.canvases.ignored_pixels(images)
        places, scenes = catalog.places(), catalog.cut_scenes()
    groups = group_places(places, scenes, project.settings.group_distance_m)
    return [
        LabelledChip(
            image=images[pair.image_id],
            place=places[pair.place_id],
            group=groups[pair.place_id],
            mask_id=pair.mask_id,
            mask_version=pair.mask_version,
            is_accepted=pair.mask_state is State.ACCEPTED,
            class_counts=counts[pair.mask_id],
            **_ignored(ignored.get(pair.image_id)),
        )
        for pair in pairs
    ]


def _ignored(row: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if row is None else {"ignore_id": row["raster_id"], "ignore_version": row["version"]}


def find_groups(project: Project) -> dict[str, str]:
    """Return place id -> group, for all places, as an export groups them.

    Groups of all places, not of the labelled ones: they stay when more are labelled.
    """
    catalog = project.catalog
    with catalog.snapshot():
        places, scenes = catalog.places(), catalog.cut_scenes()
    return group_places(places, scenes, project.settings.group_distance_m)


def labelled_pixels(class_counts: Mapping[int, int]) -> dict[int, int]:
    """Return class value -> pixels of those that are labelled: neither 254 nor 255."""
    return {value: n for value, n in class_counts.items() if value < NOT_LABELLED and n}
