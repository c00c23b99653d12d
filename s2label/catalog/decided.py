"""The last decision on each image, mask or suspicion: what its state follows from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select

from s2label.catalog import schema
from s2label.catalog.rows import chunked
from s2label.types import Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row


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
    mask, found = schema.mask, set()
    for chunk in chunked(dict.fromkeys(mask_ids)):
        decided = read_last_decisions(connection, Subject.MASK, chunk)
        current = select(mask.c.id, mask.c.current_version).where(mask.c.id.in_(list(decided)))
        for id_, version in connection.execute(current):
            said = decided[id_]
            if (said.verdict, said.version) == (Verdict.REJECT, version):
                found.add(id_)
    return found
