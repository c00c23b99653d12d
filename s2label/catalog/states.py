"""The state table: derived from facts and the log, in the same transaction that writes those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, delete, func, insert, literal, null, or_, select

from s2label.catalog import schema
from s2label.catalog.doubt_facts import image_ranks, mask_ranks
from s2label.catalog.rows import chunked
from s2label.catalog.screening_facts import least_cloud_of, screening_facts
from s2label.ids import random_key
from s2label.types import IGNORE, NOT_LABELLED, STATE_OF_VERDICT, State, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection, Label, Row


def refresh_states(connection: Connection, subject: Subject, ids: Iterable[str]) -> None:
    """Bring the state rows of some images or masks up to date."""
    for chunk in chunked(dict.fromkeys(ids)):
        state = schema.state
        connection.execute(delete(state).where(state.c.subject == subject, state.c.id.in_(chunk)))
        rows = list(derive_states(connection, subject, chunk))
        if rows:
            connection.execute(insert(state), rows)
        if subject is Subject.MASK:
            _refresh_class_shares(connection, chunk)


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
    for subject, table in ((Subject.IMAGE, schema.image), (Subject.MASK, schema.mask)):
        refresh_states(connection, subject, connection.scalars(select(table.c.id)).all())


def derive_states(
    connection: Connection, subject: Subject, ids: list[str]
) -> Iterator[dict[str, Any]]:
    """Yield state rows as facts and log say them; at most a chunk of ids at a time."""
    decided = {row.subject_id: row for row in connection.execute(last_decisions(subject, ids))}
    facts = _image_facts(ids) if subject is Subject.IMAGE else _mask_facts(ids)
    is_image = subject is Subject.IMAGE
    ranks = image_ranks(connection, ids) if is_image else mask_ranks(connection, ids)
    for fact in connection.execute(facts):
        row = _state_row(subject, fact, decided.get(fact.id))
        # A mask on which somebody has decided was looked at.
        is_asked = is_image or row["state"] == State.OPEN
        yield row | {"doubt": ranks.get(fact.id) if is_asked else None}


def last_decisions(subject: str, ids: list[str]) -> Select[Any]:
    """Return the query for the last decision on each image or mask, with when it was taken."""
    decision, act = schema.decision, schema.act
    last = (
        select(func.max(decision.c.id))
        .where(decision.c.subject == subject, decision.c.subject_id.in_(ids))
        .group_by(decision.c.subject_id)
    )
    return (select(decision, act.c.at).join(act, act.c.id == decision.c.act_id)).where(
        decision.c.id.in_(last)
    )


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
    """Return how many images or masks are open, and how many there are.

    All are counted in their own table, which SQLite does by pages; only the open ones in the
    index of states. Counting all states takes three times as long.
    """
    state = schema.state
    table = schema.image if subject is Subject.IMAGE else schema.mask
    is_open = select(func.count()).where(state.c.subject == subject, state.c.state == State.OPEN)
    total = select(func.count()).select_from(table)
    return connection.scalar(is_open) or 0, connection.scalar(total) or 0


def differences(connection: Connection) -> list[str]:
    """Compare the state table with what facts and log say; returns one line per difference."""
    found = []
    for subject, table in ((Subject.IMAGE, schema.image), (Subject.MASK, schema.mask)):
        ids = connection.scalars(select(table.c.id).order_by(table.c.id)).all()
        for chunk in chunked(ids):
            found += _chunk_differences(connection, subject, chunk)
        kept = schema.state.c
        stray = select(kept.id).where(kept.subject == subject, kept.id.not_in(select(table.c.id)))
        found += [
            f"{subject} {id_}: a state without its {subject}" for id_ in connection.scalars(stray)
        ]
    return found


def _chunk_differences(connection: Connection, subject: Subject, ids: list[str]) -> list[str]:
    state = schema.state
    query = select(state).where(state.c.subject == subject, state.c.id.in_(ids))
    kept = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    derived = list(derive_states(connection, subject, ids))
    found = [
        f"{subject} {id_}: its current version is not in the catalog"
        for id_ in sorted(set(ids) - {row["id"] for row in derived})
    ]
    for row in derived:
        other = kept.get(row["id"])
        if other is None:
            found.append(f"{subject} {row['id']}: no state")
        elif other != row:
            keys = [k for k in row if row[k] != other[k]]
            found.append(f"{subject} {row['id']}: state differs from the log in {', '.join(keys)}")
    return found
