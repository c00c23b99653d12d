"""Noting what an audit found: appended once, and compared with what was called fine before."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from s2label.catalog import schema
from s2label.catalog.rows import chunked
from s2label.catalog.states import refresh_states
from s2label.catalog.suspicion_facts import standing_suspicions
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from s2label.suspicions import SuspicionRecord
    from s2label.types import Author


def note_suspicions(
    connection: Connection,
    records: Sequence[SuspicionRecord],
    looked_at: Iterable[str],
    audit: str,
    author: Author,
    at: str,
) -> int:
    """Append what an audit found; what an earlier one said of the same masks counts no more.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    records : sequence of SuspicionRecord
        Those of masks, images or versions that are not there are left out.
    looked_at : iterable of str
        Ids of the masks that the audit looked at.
    audit : str
        Id of the audit; all records are of it.
    author : Author
        Who asked for it.
    at : str
        Time, as the log keeps it.

    Returns
    -------
    int
        How many suspicions are new and asked about.

    Raises
    ------
    ValueError
        If a record is of another audit.
    """
    found: dict[str, list[SuspicionRecord]] = defaultdict(list)
    for record in records:
        if record.audit != audit:
            raise ValueError(f"a suspicion of audit {record.audit!r} among those of {audit!r}")
        found[record.mask_id].append(record)
    masks = dict.fromkeys([*looked_at, *found])
    if not masks:
        return 0
    stamp = {"at": at, "who": author.who, "program": author.program}
    number = _number_of(connection, audit, stamp)
    asked = 0
    for chunk in chunked(masks):
        there = connection.scalars(select(schema.mask.c.id).where(schema.mask.c.id.in_(chunk)))
        there_ids = list(there)
        _note_looks(connection, number, there_ids)
        of_chunk = [record for id_ in there_ids for record in found.get(id_, ())]
        new = _append(connection, of_chunk, {"audit_id": number, **stamp})
        asked += _count_open(connection, new, there_ids)
        refresh_states(connection, Subject.MASK, _ever_suspicious(connection, there_ids))
    return asked


def _count_open(connection: Connection, ids: set[str], mask_ids: list[str]) -> int:
    standing = standing_suspicions(connection, mask_ids) if ids else {}
    return sum(each.is_open and each.row.id in ids for some in standing.values() for each in some)


def _number_of(connection: Connection, audit: str, stamp: dict[str, Any]) -> int:
    """Return the number of an audit, a new one where it is not known; numbers rise."""
    table = schema.audit
    number = connection.scalar(select(table.c.id).where(table.c.name == audit))
    if number is None:
        inserted = connection.execute(insert(table).values(name=audit, **stamp))
        assert inserted.inserted_primary_key is not None
        number = inserted.inserted_primary_key[0]
    return int(number)


def _note_looks(connection: Connection, number: int, mask_ids: list[str]) -> None:
    look = schema.audit_look
    known = select(look.c.mask_id).where(look.c.mask_id.in_(mask_ids), look.c.audit_id == number)
    is_known = set(connection.scalars(known))
    rows = [{"mask_id": id_, "audit_id": number} for id_ in mask_ids if id_ not in is_known]
    if rows:
        connection.execute(insert(look), rows)


def _append(
    connection: Connection, records: list[SuspicionRecord], stamp: dict[str, Any]
) -> set[str]:
    """Append what is not there yet; return the ids of that."""
    wanted = {record.id: record for record in records}
    for chunk in chunked(list(wanted)):
        known = select(schema.suspicion.c.id).where(schema.suspicion.c.id.in_(chunk))
        for id_ in connection.scalars(known):
            del wanted[id_]
    new = _of_what_is_there(connection, list(wanted.values()))
    if new:
        connection.execute(insert(schema.suspicion), [_row(each) | stamp for each in new])
    return {record.id for record in new}


def _of_what_is_there(
    connection: Connection, records: list[SuspicionRecord]
) -> list[SuspicionRecord]:
    version, image = schema.mask_version, schema.image
    there: set[tuple[str, int]] = set()
    for chunk in chunked({record.mask_id for record in records}):
        query = select(version.c.mask_id, version.c.version).where(version.c.mask_id.in_(chunk))
        there |= {(row.mask_id, row.version) for row in connection.execute(query)}
    images: dict[str, int] = {}
    for chunk in chunked({record.image_id for record in records}):
        query = select(image.c.id, image.c.version).where(image.c.id.in_(chunk))
        images |= {row.id: row.version for row in connection.execute(query)}
    return [
        record
        for record in records
        if (record.mask_id, record.mask_version) in there
        and record.image_version <= images.get(record.image_id, 0)
    ]


def _row(record: SuspicionRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "mask_id": record.mask_id,
        "mask_version": record.mask_version,
        "image_id": record.image_id,
        "image_version": record.image_version,
        "model": record.model,
        "kind": str(record.kind),
        "words": record.words,
        "score": record.score,
        "rank": record.rank,
        "rings": [[list(corner) for corner in ring] for ring in record.rings],
        "class_value": record.class_value,
        "labelled_as": record.labelled_as,
    }


def _ever_suspicious(connection: Connection, mask_ids: list[str]) -> list[str]:
    mask_id = schema.suspicion.c.mask_id
    return list(connection.scalars(select(mask_id).where(mask_id.in_(mask_ids)).distinct()))
