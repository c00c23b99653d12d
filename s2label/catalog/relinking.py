"""Moved source files: their rows get the new path, in one transaction."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from s2label.catalog import schema
from s2label.catalog.rows import chunked
from s2label.types import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection


def relink_sources(connection: Connection, moved: Mapping[str, Source]) -> None:
    """Give sources their new paths.

    A file that was imported again from its new place has a row already: the images of the old
    row then go over to it.

    Parameters
    ----------
    connection : Connection
        An open transaction.
    moved : mapping
        Path in the catalog -> the same bytes elsewhere; no two go to one place.
    """
    ids = _ids(connection, moved)
    # Two steps, since one file may have gone to where another one was before.
    for path, id_ in ids.items():
        _update(connection, id_, {"path": f"moving:{id_}:{path}"})
    there = _ids(connection, (source.path for source in moved.values()))
    for path, id_ in ids.items():
        source = moved[path]
        if source.path in there:
            _replace(connection, id_, there[source.path])
        # All of it: a row that was there may tell of what that file once was.
        _update(connection, there.get(source.path, id_), asdict(source))


def sources_in_folders(connection: Connection, name: str, elsewhere: str) -> dict[str, Source]:
    """Return the sources, by path, that lie in folders of a name, but not in the one given."""
    path = schema.source.c.path
    query = select(schema.source).where(
        path.contains(name, autoescape=True), ~path.startswith(elsewhere, autoescape=True)
    )
    return {
        row.path: Source(row.path, row.size_bytes, row.mtime_ns, row.digest)
        for row in connection.execute(query)
        if Path(row.path).parent.name == name
    }


def _ids(connection: Connection, paths: Iterable[str]) -> dict[str, int]:
    table = schema.source
    found: dict[str, int] = {}
    for chunk in chunked(paths):
        query = select(table.c.path, table.c.id).where(table.c.path.in_(chunk))
        found |= {row.path: row.id for row in connection.execute(query)}
    return found


def _update(connection: Connection, id_: int, values: Mapping[str, object]) -> None:
    table = schema.source
    connection.execute(update(table).where(table.c.id == id_).values(values))


def _replace(connection: Connection, id_: int, by: int) -> None:
    raster, mask, source = schema.image_raster, schema.mask, schema.source
    old = raster.c.source_id == id_
    connection.execute(update(raster).where(old).values(source_id=by))
    old = mask.c.consensus_source_id == id_
    connection.execute(update(mask).where(old).values(consensus_source_id=by))
    connection.execute(delete(source).where(source.c.id == id_))
