"""Queues: images or masks in an order, sorted and filtered by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from s2label.catalog import schema
from s2label.catalog.rows import place_record, read_images
from s2label.types import ChipView, DatedImage, MaskView, QueueOrder, State, Subject

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

    from s2label.types import QueueSpec

# A prime below 2**31: products of two numbers below it fit every database's 64 bits.
_PRIME = 2147483647


def queue_ids(connection: Connection, spec: QueueSpec) -> list[str]:
    """Return the ids of a queue in its order."""
    state = schema.state
    query = select(state.c.id).where(state.c.subject == spec.subject)
    if spec.only_open:
        query = query.where(state.c.state == State.OPEN)
    query, key = _ordered(query, spec)
    direction = key.desc() if spec.descending else key.asc()
    return list(connection.scalars(query.order_by(direction.nulls_last(), state.c.id)))


def _ordered(query: Select[Any], spec: QueueSpec) -> tuple[Select[Any], ColumnElement[Any]]:
    state = schema.state
    match spec.order:
        case QueueOrder.DATE:
            return query, state.c.date
        case QueueOrder.NODATA:
            return query, state.c.nodata_share
        case QueueOrder.RANDOM:
            return query, (state.c.random_key % _PRIME) * (2 * spec.seed + 1) % _PRIME
        case QueueOrder.CONSENSUS:
            mask = schema.mask
            return query.outerjoin(mask, _mask_of(spec)), mask.c.consensus
        case QueueOrder.CLASS_SHARE:
            return _by_class(query, spec)
    return query, state.c.id


def _by_class(query: Select[Any], spec: QueueSpec) -> tuple[Select[Any], ColumnElement[Any]]:
    mask, share = schema.mask, schema.class_share
    of_class = and_(share.c.mask_id == mask.c.id, share.c.value == spec.class_value)
    joined = query.outerjoin(mask, _mask_of(spec)).outerjoin(share, of_class)
    # A class that a mask lacks has a share of nothing, not an unknown one.
    return joined, func.coalesce(share.c.share, 0.0)


def _mask_of(spec: QueueSpec) -> ColumnElement[bool]:
    state, mask = schema.state, schema.mask
    if spec.subject is Subject.MASK:
        return mask.c.id == state.c.id
    of_place = and_(mask.c.image_id.is_(None), mask.c.place_id == state.c.place_id)
    return or_(mask.c.image_id == state.c.id, of_place)


def read_chip(connection: Connection, image_id: str) -> ChipView | None:
    """Return an image with its place and its mask, as one looks at it; None if it is not there."""
    images = read_images(connection, schema.image.c.id == image_id)
    if not images:
        return None
    image = images[0]
    row = connection.execute(select(schema.place).where(schema.place.c.id == image.place_id)).one()
    state, reason = _state(connection, Subject.IMAGE, image_id)
    return ChipView(
        place=place_record(row),
        image=image,
        image_state=state,
        image_reason=reason,
        mask=_mask_view(connection, image.id, image.place_id),
    )


def _state(connection: Connection, subject: Subject, id_: str) -> tuple[State, str]:
    state = schema.state
    query = select(state.c.state, state.c.reason)
    row = connection.execute(query.where(state.c.subject == subject, state.c.id == id_)).one()
    return State(row.state), row.reason


def _mask_view(connection: Connection, image_id: str, place_id: str) -> MaskView | None:
    mask, version = schema.mask, schema.mask_version
    current = and_(version.c.mask_id == mask.c.id, version.c.version == mask.c.current_version)
    of_place = and_(mask.c.image_id.is_(None), mask.c.place_id == place_id)
    query = (
        select(mask, version.c.class_counts, version.c.origin)
        .join(version, current)
        .where(or_(mask.c.image_id == image_id, of_place))
        .order_by(mask.c.image_id.is_(None), mask.c.id)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    state, reason = _state(connection, Subject.MASK, row.id)
    counts = {int(value): pixels for value, pixels in row.class_counts.items()}
    is_static = row.image_id is None
    return MaskView(
        row.id, row.current_version, state, reason, counts, row.consensus, row.origin, is_static
    )


def dates_of_place(connection: Connection, place_id: str) -> list[DatedImage]:
    """Return all images of a place with their states, by date."""
    state = schema.state
    query = (
        select(state.c.id, state.c.date, state.c.state, state.c.reason, state.c.nodata_share)
        .where(state.c.subject == Subject.IMAGE, state.c.place_id == place_id)
        .order_by(state.c.date, state.c.id)
    )
    return [
        DatedImage(row.id, row.date, State(row.state), row.reason, row.nodata_share)
        for row in connection.execute(query)
    ]


def place_of_mask(connection: Connection, mask_id: str) -> tuple[str, str | None] | None:
    """Return (place id, image id or None) of a mask; None if there is no such mask."""
    mask = schema.mask
    query = select(mask.c.place_id, mask.c.image_id).where(mask.c.id == mask_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.place_id, row.image_id)


def image_of_act(connection: Connection, act_id: int) -> str | None:
    """Return an image that an act changed, or one that shows a mask it changed."""
    decision = schema.decision
    query = select(decision.c.subject, decision.c.subject_id).where(decision.c.act_id == act_id)
    rows = connection.execute(query.order_by(decision.c.subject, decision.c.id).limit(1)).all()
    if not rows:
        return None
    if rows[0].subject == Subject.IMAGE:
        return str(rows[0].subject_id)
    owner = place_of_mask(connection, rows[0].subject_id)
    if owner is None or owner[1] is not None:
        return None if owner is None else owner[1]
    dates = dates_of_place(connection, owner[0])
    return dates[0].id if dates else None
