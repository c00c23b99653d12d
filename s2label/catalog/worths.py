"""How much looks are worth: noted as a model last said it, and carried into the states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select

from s2label.catalog import schema
from s2label.catalog.rows import chunked
from s2label.catalog.states import refresh_states
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Select


def note_worths(connection: Connection, model: str, worths: Mapping[str, float]) -> int:
    """Note what a model makes of images; ids that are of no image are left out.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    model : str
        Id of the model.
    worths : mapping
        Image id -> worth, 0 or more.

    Returns
    -------
    int
        How many images have another worth, or the same by another model, than before.
    """
    return sum(_note_chunk(connection, model, worths, chunk) for chunk in chunked(worths))


def _note_chunk(
    connection: Connection, model: str, worths: Mapping[str, float], ids: list[str]
) -> int:
    image, worth = schema.image, schema.worth
    there = connection.scalars(select(image.c.id).where(image.c.id.in_(ids))).all()
    known = {
        row.image_id: (row.model, row.worth)
        for row in connection.execute(select(worth).where(worth.c.image_id.in_(ids)))
    }
    changed = [id_ for id_ in there if known.get(id_) != (model, worths[id_])]
    if not changed:
        return 0
    connection.execute(delete(worth).where(worth.c.image_id.in_(changed)))
    rows = [{"image_id": id_, "model": model, "worth": worths[id_]} for id_ in changed]
    connection.execute(insert(worth), rows)
    refresh_states(connection, Subject.IMAGE, changed)
    refresh_states(connection, Subject.MASK, connection.scalars(masks_of(changed)).all())
    return len(changed)


def masks_of(image_ids: list[str]) -> Select[Any]:
    """Return the query for the masks of images: their own, and those of their places."""
    mask, image = schema.mask, schema.image
    places = select(image.c.place_id).where(image.c.id.in_(image_ids))
    is_static = mask.c.image_id.is_(None) & mask.c.place_id.in_(places)
    return select(mask.c.id).where(or_(mask.c.image_id.in_(image_ids), is_static))


def has_worths(connection: Connection) -> bool:
    """Tell whether a worth is known of any image."""
    return connection.scalar(select(schema.worth.c.image_id).limit(1)) is not None
