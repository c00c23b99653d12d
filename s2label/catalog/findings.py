"""Writing and reading what is wrong with images, and who says that it is settled."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, insert, select

from s2label.catalog import schema
from s2label.catalog.rows import chunked
from s2label.catalog.screening_facts import OPEN, SETTLED, is_open
from s2label.catalog.screenings import current_versions
from s2label.catalog.states import refresh_states
from s2label.screening_records import FindingRecord, OpenFinding
from s2label.types import State, Subject

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from s2label.types import Author


def note_findings(
    connection: Connection,
    image_ids: Iterable[str],
    findings: Sequence[FindingRecord],
    at: str,
    kinds: Collection[str] | None = None,
) -> int:
    """Note what is wrong with images, in place of what was noted of them before.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    image_ids : iterable of str
        The images that were looked at, also those without a finding.
    findings : sequence of FindingRecord
        What was found, the gravest of an image first. Those of other images, or of versions that
        are not there any more, are left out.
    at : str
        Time, as the log keeps it.
    kinds : collection of str, optional
        Only findings of these kinds are replaced; by default those of any kind.

    Returns
    -------
    int
        How many were noted.
    """
    table, noted = schema.finding, 0
    found: dict[str, list[FindingRecord]] = defaultdict(list)
    for finding in findings:
        found[finding.image_id].append(finding)
    for chunk in chunked(dict.fromkeys(image_ids)):
        before = delete(table).where(table.c.image_id.in_(chunk))
        if kinds is not None:
            before = before.where(table.c.kind.in_(list(kinds)))
        connection.execute(before)
        versions = current_versions(connection, chunk)
        rows = [
            _row(finding) | {"at": at}
            for id_, version in versions.items()
            for finding in found[id_]
            if finding.image_version == version
        ]
        if rows:
            connection.execute(insert(table), rows)
        refresh_states(connection, Subject.IMAGE, chunk)
        noted += len(rows)
    return noted


def _row(finding: FindingRecord) -> dict[str, Any]:
    return {
        "image_id": finding.image_id,
        "image_version": finding.image_version,
        "kind": finding.kind,
        "words": finding.words,
    }


def settle_findings(
    connection: Connection,
    kind: str,
    image_ids: Iterable[str] | None,
    why: str,
    author: Author,
    at: str,
) -> int:
    """Note that findings of a kind are no trouble; returns of how many images that is new.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    kind : str
        Kind of the findings.
    image_ids : iterable of str, optional
        By default all images that have an open one.
    why : str
        The reason, in the user's words.
    author : Author
        Who says so.
    at : str
        Time, as the log keeps it.
    """
    return _append(connection, SETTLED, is_open(), kind, image_ids, why, author, at)


def reopen_findings(
    connection: Connection,
    kind: str,
    image_ids: Iterable[str] | None,
    why: str,
    author: Author,
    at: str,
) -> int:
    """Take back that findings are settled, as `settle_findings`; returns of how many images."""
    return _append(connection, OPEN, ~is_open(), kind, image_ids, why, author, at)


def _append(
    connection: Connection,
    verdict: str,
    condition: ColumnElement[bool],
    kind: str,
    image_ids: Iterable[str] | None,
    why: str,
    author: Author,
    at: str,
) -> int:
    finding = schema.finding
    query = _current().where(finding.c.kind == kind, condition)
    found = {row.image_id: row.image_version for row in connection.execute(query)}
    if image_ids is not None:
        found = {id_: found[id_] for id_ in dict.fromkeys(image_ids) if id_ in found}
    stamp = {"why": why, "at": at, "who": author.who, "program": author.program}
    rows = [
        {"image_id": id_, "image_version": version, "kind": kind, "verdict": verdict} | stamp
        for id_, version in found.items()
    ]
    if rows:
        connection.execute(insert(schema.finding_settled), rows)
        refresh_states(connection, Subject.IMAGE, found)
    return len(rows)


def _current() -> Select[Any]:
    """Return the query for the findings of the current versions of images."""
    finding, image = schema.finding, schema.image
    is_current = and_(image.c.id == finding.c.image_id, image.c.version == finding.c.image_version)
    return (
        select(finding, image.c.place_id, image.c.date)
        .join(image, is_current)
        .order_by(finding.c.image_id, finding.c.id)
    )


def findings_of_kinds(
    connection: Connection, kinds: Collection[str]
) -> dict[str, list[FindingRecord]]:
    """Return the findings of some kinds, settled or not, of any version, by image id."""
    table = schema.finding
    found: dict[str, list[FindingRecord]] = defaultdict(list)
    query = (
        select(table).where(table.c.kind.in_(list(kinds))).order_by(table.c.image_id, table.c.id)
    )
    for row in connection.execute(query):
        finding = FindingRecord(row.image_id, row.image_version, row.kind, row.words)
        found[row.image_id].append(finding)
    return dict(found)


def read_open_findings(
    connection: Connection, image_ids: Collection[str] | None = None
) -> list[OpenFinding]:
    """Return the findings that block: not settled, of images that are not rejected; by image."""
    if image_ids is not None and not image_ids:
        return []
    query = blocking_findings()
    if image_ids is not None:
        wanted = set(image_ids)
        rows = [row for row in connection.execute(query) if row.image_id in wanted]
    else:
        rows = list(connection.execute(query).all())
    return [OpenFinding(r.image_id, r.place_id, r.date, r.kind, r.words) for r in rows]


def blocking_findings() -> Select[Any]:
    """Return the query for the findings that block: not settled, of images not rejected."""
    state = schema.state
    of_image = and_(state.c.subject == Subject.IMAGE, state.c.id == schema.finding.c.image_id)
    query = _current().join(state, of_image)
    return query.where(state.c.state != State.REJECTED, is_open())


def count_open_findings(connection: Connection) -> dict[str, int]:
    """Return kind -> how many images have an open finding of it, most first."""
    kind, image_id = schema.finding.c.kind, schema.finding.c.image_id
    images = func.count(image_id.distinct())
    query = blocking_findings().with_only_columns(kind, images).order_by(None).group_by(kind)
    found = connection.execute(query.order_by(images.desc(), kind))
    return {row[0]: row[1] for row in found}


def settlements(connection: Connection) -> list[dict[str, Any]]:
    """Return who settled what, or took that back, oldest first."""
    table = schema.finding_settled
    rows = connection.execute(select(table).order_by(table.c.id)).mappings()
    return [dict(row) for row in rows]
