"""Suspicions of masks and images that are not rejected: what is rejected takes part in nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from s2label.catalog import schema
from s2label.catalog.decided import rejected_images, rejected_masks
from s2label.catalog.rows import chunked
from s2label.suspicions import SuspicionKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row


def of_nothing_rejected(
    connection: Connection, rows: list[Row[*tuple[Any, ...]]]
) -> list[Row[*tuple[Any, ...]]]:
    """Return the suspicions about what is not rejected, of at most a chunk of masks.

    An object counts while the image is not rejected that it was seen in; anything else while one
    image that the mask is of is not: a mask that belongs to a place has all dates of it.

    Parameters
    ----------
    connection : Connection
        Is asked.
    rows : list of Row
        With the place, and ``of_image``: the image that the mask belongs to, None if to a place.
    """
    if not rows:
        return []
    masks = rejected_masks(connection, {row.mask_id for row in rows})
    dates = _images_of_places(connection, {row.place_id for row in rows if row.of_image is None})
    ids = {id_ for some in dates.values() for id_ in some}
    ids |= {id_ for row in rows for id_ in (row.image_id, row.of_image) if id_ is not None}
    images = rejected_images(connection, ids)

    def is_rejected(row: Row[*tuple[Any, ...]]) -> bool:
        if row.kind == SuspicionKind.UNLABELLED:
            shown = [row.image_id]
        else:
            shown = dates[row.place_id] if row.of_image is None else [row.of_image]
        return row.mask_id in masks or images.issuperset(shown)

    return [row for row in rows if not is_rejected(row)]


def _images_of_places(connection: Connection, place_ids: Iterable[str]) -> dict[str, list[str]]:
    image = schema.image
    found: dict[str, list[str]] = defaultdict(list)
    for chunk in chunked(place_ids):
        query = select(image.c.id, image.c.place_id).where(image.c.place_id.in_(chunk))
        for row in connection.execute(query):
            found[row.place_id].append(row.id)
    return found
