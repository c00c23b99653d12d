"""Suspicions as they are read: open ones, counts, and what an act was about."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import func, select, union

from s2label.canvases import CanvasKind
from s2label.catalog import schema
from s2label.catalog.canvases import canvases_of_act
from s2label.catalog.rows import chunked
from s2label.catalog.suspicion_facts import (
    OBJECT,
    masks_of_suspicions,
    standing_suspicions,
    suspected_masks_of_images,
)
from s2label.suspicions import SuspicionKind, SuspicionRecord
from s2label.types import State, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from sqlalchemy import Connection, Row

# More reasons of one kind than this are not read at a glance.
_MOST_OF_A_KIND = 3


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
        labelled_as=row.labelled_as,
    )


def read_open_suspicions(
    connection: Connection, mask_ids: Iterable[str]
) -> dict[str, list[SuspicionRecord]]:
    """Return the open suspicions of masks by mask id: of the mask first, then of objects in it.

    Of a mask as a whole at most three of a kind are told, the foremost: what is behind them comes
    when those are answered.
    """
    found: dict[str, list[SuspicionRecord]] = {}
    names: dict[int, str] = {}
    for id_, suspicions in standing_suspicions(connection, mask_ids).items():
        is_open = [each for each in suspicions if each.is_open]
        is_open.sort(key=lambda each: (each.is_object, -each.row.rank, each.row.id))
        for row in _told(each.row for each in is_open):
            if row.audit_id not in names:
                names[row.audit_id] = _name_of(connection, row.audit_id)
            found.setdefault(id_, []).append(_record(row, names[row.audit_id]))
    return found


def _told(rows: Iterable[Row[*tuple[Any, ...]]]) -> Iterator[Row[*tuple[Any, ...]]]:
    """Yield the first few of each kind, and all unlabelled objects."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row.kind] += 1
        if row.kind == OBJECT or counts[row.kind] <= _MOST_OF_A_KIND:
            yield row


def read_suspicion(connection: Connection, suspicion_id: str) -> SuspicionRecord | None:
    """Return a suspicion, whether it counts or not; None if there is no such one."""
    suspicion = schema.suspicion
    query = select(suspicion).where(suspicion.c.id == suspicion_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _record(row, _name_of(connection, row.audit_id))


def _name_of(connection: Connection, number: int) -> str:
    return str(connection.scalar(select(schema.audit.c.name).where(schema.audit.c.id == number)))


def last_audit(connection: Connection) -> str | None:
    """Return when the audit was noted that is the latest; None if there was none."""
    audit = schema.audit
    at: str | None = connection.scalar(select(audit.c.at).order_by(audit.c.id.desc()).limit(1))
    return at


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
    """Return mask id -> whether it has an open suspicion, of the masks an act is about.

    That are those it decided on or painted, those of suspicions it decided on, and, if anything
    was ever suspected of them, those that show images it decided on.
    """
    state = schema.state
    query = select(state.c.id, state.c.suspicion).where(state.c.subject == Subject.MASK)
    found: dict[str, bool] = {}
    for chunk in chunked(_masks_of_act(connection, act_id)):
        rows = connection.execute(query.where(state.c.id.in_(chunk)))
        found |= {row.id: row.suspicion is not None for row in rows}
    return found


def object_states_of_act(connection: Connection, act_id: int) -> dict[str, State]:
    """Return unlabelled object (id of suspicion) -> state now, of the masks an act is about.

    Those that count no more are rejected here: their mask or image is rejected, what is missing
    was called fine, or they are labelled.
    """
    suspicion, state = schema.suspicion, schema.state
    its_state = (state.c.subject == Subject.SUSPICION) & (state.c.id == suspicion.c.id)
    query = select(suspicion.c.id, state.c.state).select_from(suspicion)
    query = query.outerjoin(state, its_state).where(suspicion.c.kind == OBJECT)
    found: dict[str, State] = {}
    for chunk in chunked(_masks_of_act(connection, act_id)):
        rows = connection.execute(query.where(suspicion.c.mask_id.in_(chunk)))
        found |= {row.id: State(row.state or State.REJECTED) for row in rows}
    return found


def _masks_of_act(connection: Connection, act_id: int) -> list[str]:
    """Return the masks an act is about; none where nothing was ever suspected of any."""
    if not has_suspicions(connection):
        return []
    decision = schema.decision
    query = select(decision.c.subject, decision.c.subject_id).where(decision.c.act_id == act_id)
    ids: dict[str, list[str]] = {subject: [] for subject in Subject}
    for row in connection.execute(query):
        ids[row.subject].append(row.subject_id)
    masks = [*ids[Subject.MASK], *canvases_of_act(connection, act_id, CanvasKind.MASK)]
    for chunk in chunked(ids[Subject.IMAGE]):
        masks += suspected_masks_of_images(connection, chunk)
    for chunk in chunked(ids[Subject.SUSPICION]):
        masks += masks_of_suspicions(connection, chunk)
    return list(dict.fromkeys(masks))


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
