"""The state table: derived from facts and the log, in the same transaction that writes those."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, delete, func, insert, literal, null, or_, select

from s2label.catalog import schema
from s2label.catalog.decided import read_last_decisions
from s2label.catalog.doubt_facts import image_ranks, mask_ranks
from s2label.catalog.rows import chunked
from s2label.catalog.screening_facts import least_cloud_of, screening_facts
from s2label.catalog.suspicion_facts import (
    OBJECT,
    masks_of_suspicions,
    object_ids,
    object_state_rows,
    suspected_masks_of_images,
    suspicion_ranks,
)
from s2label.ids import random_key
from s2label.types import IGNORE, NOT_LABELLED, STATE_OF_VERDICT, State, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection, Label, Row

# In the notes of a connection: states are derived at the end of what it does.
_LATER = "states later"


def refresh_states(connection: Connection, subject: Subject, ids: Iterable[str]) -> None:
    """Bring the state rows of some images, masks or suspicions up to date.

    Those of unlabelled objects hang on image and mask; how suspicious a mask is, on what was
    decided on its suspicions.
    """
    if _LATER in connection.info:
        return
    for chunk in chunked(dict.fromkeys(ids)):
        if subject is Subject.SUSPICION:
            refresh_states(connection, Subject.MASK, masks_of_suspicions(connection, chunk))
            continue
        _refresh(connection, subject, chunk)
        if subject is Subject.IMAGE:
            # What is suspected of a mask is asked about while an image of it is not rejected.
            refresh_states(connection, Subject.MASK, suspected_masks_of_images(connection, chunk))
            continue
        _refresh_class_shares(connection, chunk)
        for objects in chunked(object_ids(connection, chunk)):
            _refresh(connection, Subject.SUSPICION, objects)


def refresh_painted(connection: Connection, mask_ids: list[str]) -> None:
    """Bring up to date what hangs on strokes that no version of their mask holds yet: objects."""
    if mask_ids and _LATER not in connection.info:
        for objects in chunked(object_ids(connection, mask_ids)):
            _refresh(connection, Subject.SUSPICION, objects)


@contextmanager
def states_later(connection: Connection) -> Iterator[None]:
    """Leave states as they are while many acts are appended, and derive all of them at the end."""
    connection.info[_LATER] = True
    try:
        yield
    finally:
        del connection.info[_LATER]
    rebuild_states(connection)


def _refresh(connection: Connection, subject: Subject, ids: list[str]) -> None:
    state = schema.state
    connection.execute(delete(state).where(state.c.subject == subject, state.c.id.in_(ids)))
    rows = list(derive_states(connection, subject, ids))
    if rows:
        connection.execute(insert(state), rows)


def _refresh_class_shares(connection: Connection, ids: list[str]) -> None:
    share = schema.class_share
    connection.execute(delete(share).where(share.c.mask_id.in_(ids)))
    rows = [row for fact in connection.execute(_mask_facts(ids)) for row in _class_shares(fact)]
    if rows:
        connection.execute(insert(share), rows)


def _class_shares(fact: Row[*tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    counts = {int(value): pixels for value, pixels in (fact.class_counts or {}).items()}
    labelled = {v: n for v, n in counts.items() if v not in (NOT_LABELLED, IGNORE)}
    for value, pixels in sorted(labelled.items()):
        yield {"mask_id": fact.id, "value": value, "share": pixels / sum(labelled.values())}


def rebuild_states(connection: Connection) -> None:
    """Make the whole state table anew from facts and log."""
    connection.execute(delete(schema.state))
    # Masks are the last: with each come its unlabelled objects.
    for chunk in chunked(connection.scalars(_all_ids(Subject.IMAGE)).all()):
        _refresh(connection, Subject.IMAGE, chunk)
    refresh_states(connection, Subject.MASK, connection.scalars(_all_ids(Subject.MASK)).all())


def _all_ids(subject: Subject) -> Select[Any]:
    """Return the query for all that may have a state, by id."""
    if subject is Subject.SUSPICION:
        suspicion = schema.suspicion
        return select(suspicion.c.id).where(suspicion.c.kind == OBJECT).order_by(suspicion.c.id)
    table = schema.image if subject is Subject.IMAGE else schema.mask
    return select(table.c.id).order_by(table.c.id)


def derive_states(
    connection: Connection, subject: Subject, ids: list[str]
) -> Iterator[dict[str, Any]]:
    """Yield state rows as facts and log say them; at most a chunk of ids at a time."""
    if subject is Subject.SUSPICION:
        yield from object_state_rows(connection, ids)
        return
    is_image = subject is Subject.IMAGE
    decided = read_last_decisions(connection, subject, ids)
    facts = _image_facts(ids) if is_image else _mask_facts(ids)
    ranks = image_ranks(connection, ids) if is_image else mask_ranks(connection, ids)
    suspicions = {} if is_image else suspicion_ranks(connection, ids)
    for fact in connection.execute(facts):
        row = _state_row(subject, fact, decided.get(fact.id))
        # A mask on which somebody has decided was looked at.
        is_asked = is_image or row["state"] == State.OPEN
        row["doubt"] = ranks.get(fact.id) if is_asked else None
        yield row | {"suspicion": suspicions.get(fact.id)}


def _image_facts(ids: list[str]) -> Select[Any]:
    image = schema.image
    return select(
        image.c.id,
        image.c.place_id,
        image.c.date,
        image.c.version,
        image.c.nodata_share,
        null().label("consensus"),
        null().label("class_counts"),
        _worth_of(image.c.id == schema.worth.c.image_id),
        *screening_facts(),
    ).where(image.c.id.in_(ids))


def _mask_facts(ids: list[str]) -> Select[Any]:
    mask, version, image = schema.mask, schema.mask_version, schema.image
    current = and_(version.c.mask_id == mask.c.id, version.c.version == mask.c.current_version)
    return (
        select(
            mask.c.id,
            mask.c.place_id,
            image.c.date,
            mask.c.current_version.label("version"),
            literal(None).label("nodata_share"),
            mask.c.consensus,
            version.c.class_counts,
            _worth_of(schema.worth.c.image_id.in_(_images_of_mask())),
            least_cloud_of(_images_of_mask()),
            null().label("finding"),
            null().label("rejection"),
        )
        .join(version, current)
        .outerjoin(image, image.c.id == mask.c.image_id)
        .where(mask.c.id.in_(ids))
    )


def _images_of_mask() -> Select[Any]:
    """Return the query for the images of a mask: its own, or all of its place."""
    mask, image = schema.mask, schema.image.alias()
    is_its = or_(mask.c.image_id.is_(None), mask.c.image_id == image.c.id)
    of_place = select(image.c.id).where(image.c.place_id == mask.c.place_id, is_its)
    return of_place.correlate(mask)


def _worth_of(is_its: ColumnElement[bool]) -> Label[Any]:
    """Return the largest worth of some images, None where no model has looked at any."""
    largest = select(func.max(schema.worth.c.worth)).where(is_its)
    return largest.correlate(schema.image, schema.mask).scalar_subquery().label("worth")


def _state_row(
    subject: Subject, fact: Row[*tuple[Any, ...]], decided: Row[*tuple[Any, ...]] | None
) -> dict[str, Any]:
    # A decision about an earlier version says nothing about this one: changed means open.
    counts = decided is not None and decided.version == fact.version
    verdict = Verdict(decided.verdict) if counts and decided is not None else Verdict.OPEN
    stands = verdict is not Verdict.OPEN
    # What is rejected takes part in nothing: whatever is wrong with it is settled.
    finding = None if verdict is Verdict.REJECT else fact.finding
    return {
        "subject": str(subject),
        "id": fact.id,
        "place_id": fact.place_id,
        "date": fact.date,
        "state": str(STATE_OF_VERDICT[verdict]),
        "reason": decided.reason if stands and decided is not None else "",
        "version": fact.version,
        "decided_at": decided.at if stands and decided is not None else None,
        "random_key": random_key(subject, fact.id),
        "nodata_share": fact.nodata_share,
        "consensus": fact.consensus,
        "labelled_share": _labelled_share(fact.class_counts),
        "worth": fact.worth,
        "cloud": fact.cloud,
        "finding": finding,
        "rejection": fact.rejection,
    }


def _labelled_share(class_counts: dict[str, int] | None) -> float | None:
    if not class_counts:
        return None
    total = sum(class_counts.values())
    return 1.0 - class_counts.get(str(NOT_LABELLED), 0) / total


def count_states(connection: Connection) -> dict[tuple[str, str], int]:
    """Return (subject, state) -> how many."""
    state = schema.state
    query = select(state.c.subject, state.c.state, func.count()).group_by(
        state.c.subject, state.c.state
    )
    return {(subject, value): count for subject, value, count in connection.execute(query)}


def count_open(connection: Connection, subject: Subject) -> tuple[int, int]:
    """Return how many images, masks or unlabelled objects are open, and how many there are.

    All are counted in their own table, which SQLite does by pages; only the open ones in the
    index of states. Counting all states takes three times as long. Only of the objects some have
    no state any more: those of earlier audits.
    """
    state = schema.state
    is_its = state.c.subject == subject
    is_open = select(func.count()).where(is_its, state.c.state == State.OPEN)
    if subject is Subject.SUSPICION:
        total = select(func.count()).where(is_its)
    else:
        total = select(func.count()).select_from(
            schema.image if subject is Subject.IMAGE else schema.mask
        )
    return connection.scalar(is_open) or 0, connection.scalar(total) or 0


def differences(connection: Connection) -> list[str]:
    """Compare the state table with what facts and log say; returns one line per difference."""
    found = []
    for subject in Subject:
        for chunk in chunked(connection.scalars(_all_ids(subject)).all()):
            found += _chunk_differences(connection, subject, chunk)
        kept = schema.state.c
        its_ids = _all_ids(subject).order_by(None)
        stray = select(kept.id).where(kept.subject == subject, kept.id.not_in(its_ids))
        found += [
            f"{subject} {id_}: a state without its {subject}" for id_ in connection.scalars(stray)
        ]
    return found


def _chunk_differences(connection: Connection, subject: Subject, ids: list[str]) -> list[str]:
    state = schema.state
    query = select(state).where(state.c.subject == subject, state.c.id.in_(ids))
    kept = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    derived = {row["id"]: row for row in derive_states(connection, subject, ids)}
    if subject is Subject.SUSPICION:
        # Which of them has a state is derived, too: those that can be asked about.
        found = [
            f"{subject} {id_}: a state, but it counts no more" for id_ in kept.keys() - derived
        ]
    else:
        found = [
            f"{subject} {id_}: its current version is not in the catalog"
            for id_ in sorted(set(ids) - derived.keys())
        ]
    for id_, row in derived.items():
        other = kept.get(id_)
        if other is None:
            found.append(f"{subject} {id_}: no state")
        elif other != row:
            keys = [k for k in row if row[k] != other[k]]
            found.append(f"{subject} {id_}: state differs from the log in {', '.join(keys)}")
    return found
