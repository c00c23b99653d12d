"""The last decision on each image, mask or suspicion: what its state follows from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select

from s2label.catalog import schema
from s2label.catalog.rows import chunked
from s2label.types import Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection, Row


def last_decisions(subject: str, ids: list[str]) -> Select[Any]:
    """Return the query for the last decision on each of a chunk, with when it was taken."""
    decision, act = schema.decision, schema.act
    last = (
        select(func.max(decision.c.id))
        .where(decision.c.subject == subject, decision.c.subject_id.in_(ids))
        .group_by(decision.c.subject_id)
    )
    return (select(decision, act.c.at).join(act, act.c.id == decision.c.act_id)).where(
        decision.c.id.in_(last)
    )


def read_last_decisions(
    connection: Connection, subject: Subject, ids: Iterable[str]
) -> dict[str, Row[*tuple[Any, ...]]]:
    """Return the last decision on each id, of those that were ever decided on."""
    found: dict[str, Row[*tuple[Any, ...]]] = {}
    for chunk in chunked(dict.fromkeys(ids)):
        rows = connection.execute(last_decisions(subject, chunk))
        found |= {row.subject_id: row for row in rows}
    return found


def rejected_masks(connection: Connection, mask_ids: Iterable[str]) -> set[str]:
    """Return which masks are rejected in their current version."""
    mask = schema.mask
    return _rejected(connection, Subject.MASK, mask_ids, mask.c.id, mask.c.current_version)


def rejected_images(connection: Connection, image_ids: Iterable[str]) -> set[str]:
    """Return which images are rejected in their current version."""
    image = schema.image
    return _rejected(connection, Subject.IMAGE, image_ids, image.c.id, image.c.version)


def _rejected(
    connection: Connection,
    subject: Subject,
    ids: Iterable[str],
    name: ColumnElement[str],
    version: ColumnElement[int],
) -> set[str]:
    found = set()
    for chunk in chunked(dict.fromkeys(ids)):
        decided = read_last_decisions(connection, subject, chunk)
        said = {id_: row.version for id_, row in decided.items() if row.verdict == Verdict.REJECT}
        current = connection.execute(select(name, version).where(name.in_(list(said))))
        found |= {id_ for id_, number in current if said[id_] == number}
    return found
