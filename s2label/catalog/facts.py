"""Facts and log as an export's log tells them: rows as JSON types, a few hundred at a time."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from s2label.catalog import schema
from s2label.catalog.replaying import Replay
from s2label.catalog.rows import CHUNK
from s2label.catalog.states import states_later
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Row, Select, Table

    Transaction = Callable[[], AbstractContextManager[Connection]]


class FactStore:
    """Facts of an open catalog, to be written down and to be made again.

    Parameters
    ----------
    transaction, question : callable
        Begin a transaction that writes, or one that reads.
    """

    def __init__(self, transaction: Transaction, question: Transaction) -> None:
        self._transaction = transaction
        self._question = question

    def imports_of_images(self) -> dict[str, int]:
        """Return image id -> number of the import that brought it."""
        image = schema.image
        with self._question() as connection:
            rows = connection.execute(select(image.c.id, image.c.import_id))
            return {row.id: row.import_id for row in rows}

    def masks(self) -> Iterator[dict[str, Any]]:
        """Yield every mask with all its versions, by id."""
        with self._question() as connection:
            yield from _canvases(connection, schema.mask, schema.mask_version, "mask_id")

    def ignore_rasters(self) -> Iterator[dict[str, Any]]:
        """Yield every ignore raster with all its versions, by id."""
        with self._question() as connection:
            tables = (schema.ignore_raster, schema.ignore_version, "raster_id")
            yield from _canvases(connection, *tables)

    def decided_suspicions(self) -> list[dict[str, Any]]:
        """Return the suspicions that were ever decided on, by id: what they are about."""
        suspicion, decision = schema.suspicion, schema.decision
        ids = select(decision.c.subject_id).where(decision.c.subject == Subject.SUSPICION)
        names = ("id", "mask_id", "mask_version", "image_id", "image_version", "kind")
        query = select(*(suspicion.c[name] for name in names)).where(suspicion.c.id.in_(ids))
        with self._question() as connection:
            rows = connection.execute(query.order_by(suspicion.c.id)).mappings()
            return [dict(row) for row in rows]

    def acts(self) -> Iterator[dict[str, Any]]:
        """Yield every act with its decisions and strokes, oldest first; pixels are left out."""
        act = schema.act
        with self._question() as connection:
            rows = connection.execute(select(act).order_by(act.c.id))
            for batch in rows.partitions(CHUNK):
                decisions, strokes = _parts(connection, batch[0].id, batch[-1].id)
                for row in batch:
                    its = {"decisions": decisions[row.id], "strokes": strokes[row.id]}
                    yield _act(row) | its

    @contextmanager
    def replay(self) -> Iterator[Replay]:
        """Make facts and log anew in an empty catalog; all at once, and states at the end."""
        with self._transaction() as connection, states_later(connection):
            replay = Replay(connection)
            yield replay
            replay.finish()


def _canvases(
    connection: Connection, canvas: Table, version: Table, owner: str
) -> Iterator[dict[str, Any]]:
    names = ("id", "place_id", "image_id", "current_version", "settled_act_id")
    rows = connection.execute(select(*(canvas.c[name] for name in names)).order_by(canvas.c.id))
    for batch in rows.partitions(CHUNK):
        versions: dict[str, list[dict[str, Any]]] = defaultdict(list)
        query = select(version).where(version.c[owner].in_([row.id for row in batch]))
        for found in connection.execute(query.order_by(version.c.version)).mappings():
            facts = dict(found)
            versions[facts.pop(owner)].append(facts)
        for row in batch:
            yield dict(row._mapping) | {"versions": versions[row.id]}


def _act(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    names = ("id", "kind", "target_id", "at", "who", "seconds", "program")
    return {name: row._mapping[name] for name in names}


def _parts(
    connection: Connection, first: int, last: int
) -> tuple[dict[int, list[dict[str, Any]]], dict[int, list[dict[str, Any]]]]:
    """Return act id -> decisions, and act id -> strokes, of a range of acts."""
    decision, stroke = schema.decision, schema.stroke
    said = ("subject", "subject_id", "verdict", "reason", "version")
    decisions = _within(decision, first, last, said).order_by(decision.c.id)
    strokes = _within(stroke, first, last, ("kind", "canvas_id", "image_id", "tool"))
    strokes = strokes.order_by(stroke.c.act_id, stroke.c.kind, stroke.c.canvas_id)
    return _by_act(connection, decisions), _by_act(connection, strokes)


def _within(table: Table, first: int, last: int, names: tuple[str, ...]) -> Select[Any]:
    columns = (table.c[name] for name in ("act_id", *names))
    return select(*columns).where(table.c.act_id.between(first, last))


def _by_act(connection: Connection, query: Select[Any]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        facts = dict(row)
        found[facts.pop("act_id")].append(facts)
    return found
