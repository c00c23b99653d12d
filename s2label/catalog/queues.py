"""Queues: images, masks or unlabelled objects in an order, sorted and filtered by the database."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, or_, select

from s2label.canvases import CanvasKind
from s2label.catalog import schema
from s2label.catalog.canvases import image_of_strokes, last_strokes
from s2label.catalog.doubts import read_open_doubts
from s2label.catalog.rows import chunked, place_record, read_images
from s2label.catalog.suspicions import object_states_of_act, read_open_suspicions, read_suspicion
from s2label.chip_views import ChipView, DatedImage, MaskView
from s2label.ids import ignore_id
from s2label.queue_specs import QueueOrder
from s2label.suspicions import SuspicionKind
from s2label.types import State, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from s2label.queue_specs import QueueSpec
    from s2label.suspicions import SuspicionRecord

# A prime below 2**31: products of two numbers below it fit every database's 64 bits.
_PRIME = 2147483647
# Orders by what stands in the state table as it is -> column.
_COLUMNS = {
    QueueOrder.DATE: "date",
    QueueOrder.NODATA: "nodata_share",
    QueueOrder.WORTH: "worth",
    QueueOrder.CLOUD: "cloud",
    QueueOrder.FINDING: "finding",
    QueueOrder.REJECTION: "rejection",
    QueueOrder.DOUBT: "doubt",
    QueueOrder.SUSPICION: "suspicion",
}
# Orders whose index holds the id as well.
_KEPT_WITH_ID = (
    QueueOrder.WORTH,
    QueueOrder.CLOUD,
    QueueOrder.FINDING,
    QueueOrder.REJECTION,
    QueueOrder.DOUBT,
    QueueOrder.SUSPICION,
)


def queue_ids(connection: Connection, spec: QueueSpec, limit: int | None = None) -> list[str]:
    """Return the ids of a queue in its order, all or the first ones."""
    state = schema.state
    query = select(state.c.id).where(state.c.subject == spec.subject)
    asks_suspicions = spec.subject is Subject.MASK and spec.only_suspicious
    if asks_suspicions:
        query = query.where(state.c.suspicion.is_not(None))
    elif spec.only_open:
        query = query.where(state.c.state == State.OPEN)
    if spec.only_doubtful:
        query = query.where(state.c.doubt.is_not(None))
    if spec.subject is Subject.SUSPICION and spec.order is QueueOrder.SUSPICION:
        return _picked(connection, _chip_by_chip(query, spec), spec, limit)
    query, key = _ordered(query, spec)
    direction = key.desc() if spec.descending else key.asc()
    # Ids are never null and never tie; asked for both, SQLite takes another index and sorts.
    order = [direction] if key is state.c.id else [direction.nulls_last(), _last_key(spec)]
    return _picked(connection, query.order_by(*order), spec, limit)


def _picked(
    connection: Connection, query: Select[Any], spec: QueueSpec, limit: int | None
) -> list[str]:
    if not spec.among:
        return list(connection.scalars(query.limit(limit)))
    # Not by SQL: databases take only so many values in one statement.
    among = frozenset(spec.among)
    return list(islice((id_ for id_ in connection.scalars(query) if id_ in among), limit))


def _chip_by_chip(query: Select[Any], spec: QueueSpec) -> Select[Any]:
    """Sort unlabelled objects: those of a chip together, by the foremost one in it."""
    state, suspicion = schema.state, schema.suspicion
    image_id, rank = suspicion.c.image_id, state.c.suspicion
    foremost = func.max(rank).over(partition_by=image_id)
    keys = (foremost, image_id, rank, state.c.id)
    order = [key.desc() if spec.descending else key.asc() for key in keys]
    return query.join(suspicion, suspicion.c.id == state.c.id).order_by(*order)


def _last_key(spec: QueueSpec) -> ColumnElement[Any]:
    # Only in the direction of what comes before it in the index it is read from there, unsorted.
    is_turned = spec.order in _KEPT_WITH_ID and spec.descending
    return schema.state.c.id.desc() if is_turned else schema.state.c.id.asc()


def _ordered(query: Select[Any], spec: QueueSpec) -> tuple[Select[Any], ColumnElement[Any]]:
    state = schema.state
    match spec.order:
        case QueueOrder.RANDOM:
            return query, (state.c.random_key % _PRIME) * (2 * spec.seed + 1) % _PRIME
        case QueueOrder.CONSENSUS:
            mask = schema.mask
            return query.outerjoin(mask, _mask_of(spec)), mask.c.consensus
        case QueueOrder.CLASS_SHARE:
            return _by_class(query, spec)
    return query, getattr(state.c, _COLUMNS.get(spec.order, "id"))


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
    return read_chips(connection, [image_id]).get(image_id)


def read_chips(connection: Connection, image_ids: Iterable[str]) -> dict[str, ChipView]:
    """Return images with place and mask by image id; those that are not there are left out."""
    found: dict[str, ChipView] = {}
    for chunk in chunked(image_ids):
        images = read_images(connection, schema.image.c.id.in_(chunk))
        owners = {image.place_id for image in images}
        rows = connection.execute(select(schema.place).where(schema.place.c.id.in_(owners)))
        places = {row.id: place_record(row) for row in rows}
        states = _state_rows(connection, Subject.IMAGE, chunk)
        doubtful = [id_ for id_, row in states.items() if row.doubt is not None]
        doubts = read_open_doubts(connection, doubtful)
        masks = _mask_views(connection, chunk, owners)
        suspicions = read_open_suspicions(connection, [each.id for each in masks.values()])
        ignores = {ignore_id(id_): id_ for id_ in chunk}
        strokes = last_strokes(connection, CanvasKind.IGNORE, ignores)
        ignored = {ignores[id_]: act for id_, act in strokes.items()}
        for image in images:
            its_state = states[image.id]
            mask = masks.get(image.id) or masks.get(image.place_id)
            found[image.id] = ChipView(
                place=places[image.place_id],
                image=image,
                image_state=State(its_state.state),
                image_reason=its_state.reason,
                mask=mask,
                last_ignore_act=ignored.get(image.id, 0),
                cloud=its_state.cloud,
                finding=its_state.finding,
                rejection=its_state.rejection,
                doubts=tuple(each.words for each in doubts.get(image.id, ())),
                suspicions=_seen_in(image.id, suspicions.get(mask.id, ()) if mask else ()),
            )
    return found


def _seen_in(image_id: str, suspicions: Iterable[SuspicionRecord]) -> tuple[SuspicionRecord, ...]:
    """Return the suspicions to tell of with an image: an object only where it was seen."""
    return tuple(
        each
        for each in suspicions
        if each.kind is not SuspicionKind.UNLABELLED or each.image_id == image_id
    )


def _states(
    connection: Connection, subject: Subject, ids: Iterable[str]
) -> dict[str, tuple[State, str]]:
    rows = _state_rows(connection, subject, ids)
    return {id_: (State(row.state), row.reason) for id_, row in rows.items()}


def _state_rows(
    connection: Connection, subject: Subject, ids: Iterable[str]
) -> dict[str, Row[*tuple[Any, ...]]]:
    state = schema.state
    scores = (state.c.cloud, state.c.finding, state.c.rejection, state.c.doubt)
    query = select(state.c.id, state.c.state, state.c.reason, *scores)
    rows = connection.execute(query.where(state.c.subject == subject, state.c.id.in_(ids)))
    return {row.id: row for row in rows}


def _mask_views(
    connection: Connection, image_ids: Iterable[str], place_ids: Iterable[str]
) -> dict[str, MaskView]:
    """Return masks by the id of the image or the place that they belong to, the first of each."""
    mask, version = schema.mask, schema.mask_version
    current = and_(version.c.mask_id == mask.c.id, version.c.version == mask.c.current_version)
    of_place = and_(mask.c.image_id.is_(None), mask.c.place_id.in_(place_ids))
    query = (
        select(mask, version.c.class_counts, version.c.origin)
        .join(version, current)
        .where(or_(mask.c.image_id.in_(image_ids), of_place))
        .order_by(mask.c.id)
    )
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    states = _states(connection, Subject.MASK, ids)
    strokes = last_strokes(connection, CanvasKind.MASK, ids)
    found: dict[str, MaskView] = {}
    for row in rows:
        found.setdefault(
            row.image_id or row.place_id, _mask_view(row, *states[row.id], strokes.get(row.id, 0))
        )
    return found


def _mask_view(row: Row[*tuple[Any, ...]], state: State, reason: str, last_act: int) -> MaskView:
    counts = {int(value): pixels for value, pixels in row.class_counts.items()}
    is_static = row.image_id is None
    return MaskView(
        row.id,
        row.current_version,
        state,
        reason,
        counts,
        row.consensus,
        row.origin,
        is_static,
        last_act,
    )


def dates_of_place(connection: Connection, place_id: str) -> list[DatedImage]:
    """Return all images of a place with their states, by date."""
    state = schema.state
    columns = (state.c.id, state.c.date, state.c.state, state.c.reason, state.c.nodata_share)
    scores = (state.c.cloud, state.c.finding)
    # Masks are left out here, not by SQL: asked for images, SQLite goes through all images.
    query = (
        select(state.c.subject, *columns, *scores)
        .where(state.c.place_id == place_id)
        .order_by(state.c.date, state.c.id)
    )
    return [
        DatedImage(
            id=row.id,
            date=row.date,
            state=State(row.state),
            reason=row.reason,
            nodata_share=row.nodata_share,
            cloud=row.cloud,
            finding=row.finding,
        )
        for row in connection.execute(query)
        if row.subject == Subject.IMAGE
    ]


def place_of_mask(connection: Connection, mask_id: str) -> tuple[str, str | None] | None:
    """Return (place id, image id or None) of a mask; None if there is no such mask."""
    mask = schema.mask
    query = select(mask.c.place_id, mask.c.image_id).where(mask.c.id == mask_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.place_id, row.image_id)


def images_of_masks(connection: Connection) -> dict[str, str]:
    """Return mask id -> the image to show it with.

    That is its own, or of its place the clearest date that was accepted, else that is open, else
    that was rejected.
    """
    mask, state = schema.mask, schema.state
    own = select(mask.c.id, mask.c.image_id).where(mask.c.image_id.is_not(None))
    found = {row.id: str(row.image_id) for row in connection.execute(own)}
    dates = (
        select(mask.c.id, state.c.id.label("image_id"))
        .join(state, and_(state.c.subject == Subject.IMAGE, state.c.place_id == mask.c.place_id))
        .where(mask.c.image_id.is_(None))
        .order_by(
            case((state.c.state == State.ACCEPTED, 0), (state.c.state == State.OPEN, 1), else_=2),
            func.coalesce(state.c.nodata_share, 0.0),
            state.c.date,
            state.c.id,
        )
    )
    for row in connection.execute(dates):
        found.setdefault(row.id, row.image_id)
    return found


def states_of_act(connection: Connection, act_id: int) -> dict[str, State]:
    """Return id -> state now, of all that an act decided on.

    With a mask come its unlabelled objects: rejected where they are not asked about any more.
    """
    decision, state = schema.decision, schema.state
    is_its = and_(state.c.subject == decision.c.subject, state.c.id == decision.c.subject_id)
    query = select(state.c.id, state.c.state).join(decision, is_its)
    rows = connection.execute(query.where(decision.c.act_id == act_id))
    found = {row.id: State(row.state) for row in rows}
    return object_states_of_act(connection, act_id) | found


def decision_count(connection: Connection, act_id: int) -> int:
    """Return how many decisions an act consists of."""
    decision = schema.decision
    query = select(func.count()).select_from(decision).where(decision.c.act_id == act_id)
    return int(connection.scalar(query) or 0)


def image_of_act(connection: Connection, act_id: int) -> str | None:
    """Return an image that an act changed, or one that shows a mask or suspicion it is about."""
    painted = image_of_strokes(connection, act_id)
    if painted is not None:
        return painted
    decision = schema.decision
    query = select(decision.c.subject, decision.c.subject_id).where(decision.c.act_id == act_id)
    rows = connection.execute(query.order_by(decision.c.subject, decision.c.id).limit(1)).all()
    if not rows:
        return None
    if rows[0].subject == Subject.IMAGE:
        return str(rows[0].subject_id)
    if rows[0].subject == Subject.SUSPICION:
        suspicion = read_suspicion(connection, rows[0].subject_id)
        return suspicion.image_id if suspicion is not None else None
    owner = place_of_mask(connection, rows[0].subject_id)
    if owner is None or owner[1] is not None:
        return None if owner is None else owner[1]
    dates = dates_of_place(connection, owner[0])
    return dates[0].id if dates else None
