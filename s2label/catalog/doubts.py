"""Why somebody should look at an image: noted of predicted scenes, settled by a decision on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from s2label.catalog import schema
from s2label.catalog.doubt_facts import last_doubts, settling_acts
from s2label.catalog.rows import chunked
from s2label.catalog.states import refresh_states
from s2label.catalog.worths import masks_of
from s2label.doubts import DoubtRecord
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from s2label.types import Author


def note_doubts(
    connection: Connection, doubts: Sequence[DoubtRecord], author: Author, at: str
) -> int:
    """Append doubts; what was said of the same images before counts no more.

    An image of which the same is said once more, by the same model, gets nothing: what somebody
    has decided on stays settled.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    doubts : sequence of DoubtRecord
        Those of images or versions that are not there are left out.
    author : Author
        Who asked for them.
    at : str
        Time, as the log keeps it.

    Returns
    -------
    int
        How many were noted.
    """
    found: dict[str, list[DoubtRecord]] = defaultdict(list)
    for doubt in doubts:
        found[doubt.image_id].append(doubt)
    last_act = connection.scalar(select(func.max(schema.act.c.id))) or 0
    stamp = {"after_act_id": last_act, "at": at, "who": author.who, "program": author.program}
    return sum(_note_chunk(connection, found, chunk, stamp) for chunk in chunked(found))


def _note_chunk(
    connection: Connection,
    found: dict[str, list[DoubtRecord]],
    ids: list[str],
    stamp: dict[str, Any],
) -> int:
    image = schema.image
    query = select(image.c.id, image.c.version).where(image.c.id.in_(ids))
    versions = {row.id: row.version for row in connection.execute(query)}
    known = {id_: set(map(_said, rows)) for id_, rows in last_doubts(connection, ids).items()}
    rows = [
        asdict(doubt) | stamp
        for id_, version in versions.items()
        if known.get(id_) != set(map(_said, found[id_]))
        for doubt in found[id_]
        if doubt.image_version == version
    ]
    if rows:
        connection.execute(insert(schema.doubt), rows)
        changed = list({row["image_id"] for row in rows})
        refresh_states(connection, Subject.IMAGE, changed)
        refresh_states(connection, Subject.MASK, connection.scalars(masks_of(changed)).all())
    return len(rows)


def _said(doubt: Any) -> tuple[Any, ...]:
    return doubt.image_version, doubt.scene, doubt.model, doubt.kind, doubt.words


def read_open_doubts(
    connection: Connection, image_ids: Iterable[str]
) -> dict[str, list[DoubtRecord]]:
    """Return the doubts of images that nobody has settled, the foremost first, by image id."""
    found: dict[str, list[DoubtRecord]] = {}
    for chunk in chunked(image_ids):
        doubts = last_doubts(connection, chunk)
        settled = settling_acts(connection, doubts)
        for id_, rows in doubts.items():
            standing = [row for row in rows if row.after_act_id >= settled.get(id_, 0)]
            if standing:
                standing.sort(key=lambda row: (-row.rank, row.id))
                found[id_] = [_record(row) for row in standing]
    return found


def _record(row: Any) -> DoubtRecord:
    return DoubtRecord(
        image_id=row.image_id,
        image_version=row.image_version,
        scene=row.scene,
        model=row.model,
        kind=row.kind,
        words=row.words,
        score=row.score,
        rank=row.rank,
    )


def doubtful_images(connection: Connection) -> list[str]:
    """Return the ids of the images with a doubt that is not settled."""
    state = schema.state
    query = select(state.c.id).where(state.c.subject == Subject.IMAGE, state.c.doubt.is_not(None))
    return list(connection.scalars(query.order_by(state.c.id)))


def has_doubts(connection: Connection) -> bool:
    """Tell whether a doubt was ever noted."""
    return connection.scalar(select(schema.doubt.c.id).limit(1)) is not None
