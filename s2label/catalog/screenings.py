"""Writing and reading what screening found; the states follow in the same transaction."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from s2label.catalog import schema
from s2label.catalog.rows import chunked
from s2label.catalog.states import refresh_states
from s2label.screening_records import CloudyDate, ScreeningRecord
from s2label.types import State, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select

    from s2label.types import Author


def note_screenings(
    connection: Connection, screenings: Sequence[ScreeningRecord], author: Author, at: str
) -> int:
    """Note what was found in images, in place of what was noted of them before.

    Records of images, or of versions, that are not there (any more) are left out.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    screenings : sequence of ScreeningRecord
        At most one an image.
    author : Author
        Whose program screened.
    at : str
        Time, as the log keeps it.

    Returns
    -------
    int
        How many were noted.
    """
    table, noted = schema.screening, 0
    by_id = {record.image_id: record for record in screenings}
    for chunk in chunked(by_id):
        current = current_versions(connection, chunk)
        ids = [id_ for id_ in chunk if current.get(id_) == by_id[id_].image_version]
        connection.execute(delete(table).where(table.c.image_id.in_(ids)))
        stamp = {"at": at, "program": author.program}
        if ids:
            connection.execute(insert(table), [vars(by_id[id_]) | stamp for id_ in ids])
        refresh_states_of(connection, ids)
        noted += len(ids)
    return noted


def note_chances(
    connection: Connection, chances: Mapping[str, float], learnt_from: int, at: str
) -> int:
    """Note how likely open images are to be rejected; returns of how many.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    chances : mapping
        Image id -> chance, 0..1. Images that are not open keep the chance that stood when they
        were decided on.
    learnt_from : int
        From how many decisions that was learnt.
    at : str
        Time, as the log keeps it.
    """
    table, noted = schema.rejection_chance, 0
    for chunk in chunked(chances):
        versions = current_versions(connection, chunk, only_open=True)
        connection.execute(delete(table).where(table.c.image_id.in_(versions)))
        rows = [
            {"image_id": id_, "image_version": version, "chance": chances[id_]}
            | {"learnt_from": learnt_from, "at": at}
            for id_, version in versions.items()
        ]
        if rows:
            connection.execute(insert(table), rows)
            _carry_chances(connection, rows)
        noted += len(rows)
    return noted


def _carry_chances(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Bring the chances of current versions into the states, of which nothing else changes."""
    state = schema.state
    of_image = and_(state.c.subject == Subject.IMAGE, state.c.id == bindparam("image"))
    change = update(state).where(of_image).values(rejection=bindparam("new"))
    connection.execute(change, [{"image": r["image_id"], "new": r["chance"]} for r in rows])


def read_screenings(
    connection: Connection, image_ids: Iterable[str] | None = None
) -> dict[str, ScreeningRecord]:
    """Return what was found in the current versions of images, by image id, in order.

    Without ids, of all images; those that were not screened are left out.
    """
    query = _current_screenings()
    if image_ids is None:
        return {row.image_id: _record(row) for row in connection.execute(query)}
    of_images = schema.screening.c.image_id
    return {
        row.image_id: _record(row)
        for chunk in chunked(image_ids)
        for row in connection.execute(query.where(of_images.in_(chunk)))
    }


def _current_screenings() -> Select[Any]:
    screening, image = schema.screening, schema.image
    is_current = and_(
        image.c.id == screening.c.image_id, image.c.version == screening.c.image_version
    )
    columns = [screening.c[known.name] for known in fields(ScreeningRecord)]
    return select(*columns).join(image, is_current).order_by(screening.c.image_id)


def _record(row: Any) -> ScreeningRecord:
    return ScreeningRecord(*row)


def screened_methods(connection: Connection) -> dict[str, str]:
    """Return image id -> method, of the images whose current version was screened."""
    query = _current_screenings().with_only_columns(
        schema.screening.c.image_id, schema.screening.c.method
    )
    return {row.image_id: row.method for row in connection.execute(query)}


def read_dates(connection: Connection) -> list[CloudyDate]:
    """Return all images with their clouds, by place, date and id."""
    state, screening = schema.state, schema.screening
    is_its = and_(screening.c.image_id == state.c.id, screening.c.image_version == state.c.version)
    query = (
        select(
            state.c.id,
            state.c.place_id,
            state.c.date,
            state.c.version,
            state.c.state,
            state.c.cloud,
            func.coalesce(screening.c.nodata, state.c.nodata_share).label("nodata"),
            screening.c.image_id.is_not(None).label("is_screened"),
        )
        .outerjoin(screening, is_its)
        .where(state.c.subject == Subject.IMAGE)
        .order_by(state.c.place_id, state.c.date, state.c.id)
    )
    return [
        CloudyDate(
            image_id=row.id,
            place_id=row.place_id,
            date=row.date,
            version=row.version,
            state=State(row.state),
            is_screened=bool(row.is_screened),
            cloud=row.cloud,
            nodata=row.nodata or 0.0,
        )
        for row in connection.execute(query)
    ]


def current_versions(
    connection: Connection, ids: list[str], *, only_open: bool = False
) -> dict[str, int]:
    """Return image id -> current version of at most a chunk of ids."""
    state = schema.state
    query = select(state.c.id, state.c.version).where(
        state.c.subject == Subject.IMAGE, state.c.id.in_(ids)
    )
    if only_open:
        query = query.where(state.c.state == State.OPEN)
    return {row.id: row.version for row in connection.execute(query)}


def refresh_states_of(connection: Connection, image_ids: list[str]) -> None:
    """Bring the states of images and of their masks up to date; at most a chunk of ids."""
    if not image_ids:
        return
    mask, image = schema.mask, schema.image
    places = select(image.c.place_id).where(image.c.id.in_(image_ids))
    is_static = mask.c.image_id.is_(None) & mask.c.place_id.in_(places)
    masks = select(mask.c.id).where(or_(mask.c.image_id.in_(image_ids), is_static))
    refresh_states(connection, Subject.IMAGE, image_ids)
    refresh_states(connection, Subject.MASK, connection.scalars(masks).all())
