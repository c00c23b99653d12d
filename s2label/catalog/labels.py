"""Questions to the catalog: what is labelled, and in how many images."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Text, and_, cast, func, literal, select

from s2label.catalog import schema
from s2label.types import State, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Select

_STANDING = (State.ACCEPTED, State.OPEN)


class MaskLabels(NamedTuple):
    """The labels of a mask that is not rejected.

    ``images`` counts the images it belongs to that are not rejected; ``class_counts`` maps
    stored values to pixels of its current version.
    """

    mask_id: str
    place_id: str
    state: State
    images: int
    class_counts: Mapping[int, int]


def find_labels(connection: Connection) -> Iterator[MaskLabels]:
    """Yield the masks that are not rejected, of images that are not, in no order."""
    # Many masks hold the same counts (nothing but background): each text is parsed once.
    parsed = cache(_parsed)
    of_state = {str(state): state for state in _STANDING}
    for query in (_of_images(), _of_places()):
        for mask_id, place_id, state, images, text in connection.execute(query):
            yield MaskLabels(mask_id, place_id, of_state[state], images, parsed(text))


def _parsed(text: str) -> dict[int, int]:
    return {int(value): int(pixels) for value, pixels in json.loads(text).items()}


def _of_images() -> Select[Any]:
    """Return the query for the masks of one image each."""
    mask, image_state = schema.mask, schema.state.alias("image_state")
    of_mask = and_(image_state.c.subject == Subject.IMAGE, image_state.c.id == mask.c.image_id)
    query = _masks(literal(1)).join(image_state, of_mask)
    return query.where(image_state.c.state.in_(_STANDING))


def _of_places() -> Select[Any]:
    """Return the query for the masks of places, with how many images each place has."""
    mask, state = schema.mask, schema.state
    # Counted first: as a plain join, SQLite compares every mask with every image.
    counted = (
        select(state.c.place_id, func.count().label("images"))
        .where(state.c.subject == Subject.IMAGE, state.c.state.in_(_STANDING))
        .group_by(state.c.place_id)
        .subquery()
    )
    query = _masks(counted.c.images).join(counted, counted.c.place_id == mask.c.place_id)
    return query.where(mask.c.image_id.is_(None))


def _masks(images: Any) -> Select[Any]:
    mask, version, state = schema.mask, schema.mask_version, schema.state
    current = and_(version.c.mask_id == mask.c.id, version.c.version == mask.c.current_version)
    of_mask = and_(state.c.subject == Subject.MASK, state.c.id == mask.c.id)
    counts = cast(version.c.class_counts, Text)
    return (
        select(mask.c.id, mask.c.place_id, state.c.state, images, counts)
        .join(version, current)
        .join(state, of_mask)
        .where(state.c.state.in_(_STANDING))
    )
