"""Suspicions as they are read: open ones, counts, and what an act was about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, union

from s2label.catalog import schema
from s2label.catalog.suspicion_facts import OBJECT, standing_suspicions
from s2label.suspicions import SuspicionKind, SuspicionRecord
from s2label.types import State, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from sqlalchemy import Connection, Row


def _record(row: Row[*tuple[Any, ...]], audit: str) -> SuspicionRecord:
    return SuspicionRecord(
        mask_id=row.mask_id,
        mask_version=row.mask_version,
        image_id=row.image_id,
        image_version=row.image_version,
        audit=audit,
        model=row.model,
        kind=SuspicionKind(row.kind),
        words=row.words,
        score=row.score,
        rank=row.rank,
        rings=tuple(tuple((y, x) for y, x in ring) for ring in row.rings),
        class_value=row.class_value,
    )


def read_open_suspicions(
    connection: Connection, mask_ids: Iterable[str]
) -> dict[str, list[SuspicionRecord]]:
    """Return the open suspicions of masks by mask id: of the mask first, then of objects in it."""
    found: dict[str, list[SuspicionRecord]] = {}
    names: dict[int, str] = {}
    for id_, suspicions in standing_suspicions(connection, mask_ids).items():
        is_open = [each for each in suspicions if each.is_open]
        is_open.sort(key=lambda each: (each.is_object, -each.row.rank, each.row.id))
        for row in (each.row for each in is_open):
            if row.audit_id not in names:
                names[row.audit_id] = _name_of(connection, row.audit_id)
            found.setdefault(id_, []).append(_record(row, names[row.audit_id]))
    return found


def read_suspicion(connection: Connection, suspicion_id: str) -> SuspicionRecord | None:
    """Return a suspicion, whether it counts or not; None if there is no such one."""
    suspicion = schema.suspicion
    query = select(suspicion).where(suspicion.c.id == suspicion_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _record(row, _name_of(connection, row.audit_id))


def _name_of(connection: Connection, number: int) -> str:
    return str(connection.scalar(select(schema.audit.c.name).where(schema.audit.c.id == number)))


def has_suspicions(connection: Connection) -> bool:
    """Tell whether a suspicion was ever noted."""
    return connection.scalar(select(schema.suspicion.c.id).limit(1)) is not None


def suspicious_masks(connection: Connection) -> list[str]:
    """Return the ids of the masks with an open suspicion, of the mask or of an object in it."""
    state, suspicion = schema.state, schema.suspicion
    masks = select(state.c.id).where(
        state.c.subject == Subject.MASK, state.c.suspicion.is_not(None)
    )
    objects = (
        select(suspicion.c.mask_id)
        .join(state, state.c.id == suspicion.c.id)
        .where(state.c.subject == Subject.SUSPICION, state.c.state == State.OPEN)
    )
    return sorted(connection.scalars(union(masks, objects)))


def count_suspicions(connection: Connection) -> tuple[int, int]:
    """Return how many masks have an open suspicion, and how many unlabelled objects are open."""
    state = schema.state
    is_mask = (state.c.subject == Subject.MASK) & state.c.suspicion.is_not(None)
    is_object = (state.c.subject == Subject.SUSPICION) & (state.c.state == State.OPEN)
    masks, objects = (
        connection.scalar(select(func.count()).select_from(state).where(condition)) or 0
        for condition in (is_mask, is_object)
    )
    return masks, objects


def suspicious_masks_of_act(connection: Connection, act_id: int) -> dict[str, bool]:
    """Return mask id -> whether it has an open suspicion, of the masks an act decided on.

    A decision on a suspicion is one on its mask here.
    """
    if not has_suspicions(connection):
        return {}
    decision, suspicion, state = schema.decision, schema.suspicion, schema.state
    of_act = decision.c.act_id == act_id
    masks = select(decision.c.subject_id).where(of_act, decision.c.subject == Subject.MASK)
    asked = (
        select(suspicion.c.mask_id)
        .join(decision, decision.c.subject_id == suspicion.c.id)
        .where(of_act, decision.c.subject == Subject.SUSPICION)
    )
    query = select(state.c.id, state.c.suspicion).where(state.c.subject == Subject.MASK)
    rows = connection.execute(query.where(state.c.id.in_(union(masks, asked))))
    return {row.id: row.suspicion is not None for row in rows}


def object_states_of_act(connection: Connection, act_id: int) -> dict[str, State]:
    """Return unlabelled object (id of suspicion) -> state now, of the masks an act decided on.

    Those that count no more, as their mask was rejected, are rejected here.
    """
    if not has_suspicions(connection):
        return {}
    decision, suspicion, state = schema.decision, schema.suspicion, schema.state
    of_mask = (decision.c.subject == Subject.MASK) & (decision.c.subject_id == suspicion.c.mask_id)
    its_state = (state.c.subject == Subject.SUSPICION) & (state.c.id == suspicion.c.id)
    query = (
        select(suspicion.c.id, state.c.state)
        .select_from(decision)
        .join(suspicion, of_mask)
        .outerjoin(state, its_state)
        .where(decision.c.act_id == act_id, suspicion.c.kind == OBJECT)
    )
    rows = connection.execute(query)
    return {row.id: State(row.state or State.REJECTED) for row in rows}


def object_of_act(connection: Connection, act_id: int) -> str | None:
    """Return the unlabelled object (id of its suspicion) that an act decided on; None without."""
    decision, suspicion = schema.decision, schema.suspicion
    query = (
        select(suspicion.c.id)
        .join(decision, decision.c.subject_id == suspicion.c.id)
        .where(decision.c.act_id == act_id, decision.c.subject == Subject.SUSPICION)
        .where(suspicion.c.kind == OBJECT)
        .order_by(decision.c.id)
    )
    return connection.scalar(query.limit(1))


def images_of_objects(connection: Connection) -> dict[str, str]:
    """Return suspicion id -> image of the unlabelled objects in the table of states."""
    state, suspicion = schema.state, schema.suspicion
    query = (
        select(suspicion.c.id, suspicion.c.image_id)
        .join(state, state.c.id == suspicion.c.id)
        .where(state.c.subject == Subject.SUSPICION)
    )
    return {row.id: row.image_id for row in connection.execute(query)}
