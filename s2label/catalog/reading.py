"""Questions to the catalog: counts, lists, records, and the pairs an export takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from s2label.canvases import BLANK
from s2label.catalog import schema
from s2label.catalog.doubts import doubtful_images, read_open_doubts
from s2label.catalog.rows import place_record
from s2label.catalog.states import count_states
from s2label.types import Pair, Source, State, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Row, Select, Table

    from s2label.doubts import DoubtRecord
    from s2label.types import PlaceRecord


def count_all(connection: Connection) -> dict[str, int]:
    """Return the whole numbers that ``s2label status`` prints."""
    counts = {"places": _count(connection, schema.place)}
    states = count_states(connection)
    for subject in (Subject.IMAGE, Subject.MASK):
        by_state = {s: states.get((str(subject), str(s)), 0) for s in State}
        counts[f"{subject}s"] = sum(by_state.values())
        counts |= {f"{subject}s_{state}": by_state[state] for state in State}
    counts["images_doubtful"] = len(doubtful_images(connection))
    counts["imports"] = _count(connection, schema.import_run)
    counts["acts"] = _count(connection, schema.act)
    return counts


def _count(connection: Connection, table: Any) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def list_images(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield what ``s2label list --images`` prints, ordered by id."""
    state, image, place = schema.state, schema.image, schema.place
    query = (
        select(state, image.c.scene, place.c.name)
        .join(image, image.c.id == state.c.id)
        .join(place, place.c.id == state.c.place_id)
        .where(state.c.subject == Subject.IMAGE)
        .order_by(state.c.id)
    )
    doubts = read_open_doubts(connection, doubtful_images(connection))
    for row in connection.execute(query):
        yield {
            "id": row.id,
            "place": row.place_id,
            "date": row.date,
            "source": row.scene,
            "scores": {
                "nodata_share": row.nodata_share,
                "cloud": row.cloud,
                "rejection": row.rejection,
            },
            "finding": row.finding,
            "doubts": [_told(each) for each in doubts.get(row.id, ())],
            "state": row.state,
            "reason": row.reason,
            "version": row.version,
        }


def _told(doubt: DoubtRecord) -> dict[str, Any]:
    return {
        "kind": doubt.kind,
        "words": doubt.words,
        "score": doubt.score,
        "scene": doubt.scene,
        "model": doubt.model,
    }


def list_masks(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield what ``s2label list --masks`` prints, ordered by id."""
    for row in connection.execute(_masks_query()):
        yield {
            "id": row.id,
            "place": row.place_id,
            "date": row.date,
            "image": row.image_id,
            "source": row.origin,
            "scores": {"consensus": row.consensus, "labelled_share": row.labelled_share},
            "class_pixels": row.class_counts,
            "effort": {
                "active_seconds": row.active_seconds,
                "strokes": row.strokes or 0,
                "changed_pixels": row.changed_pixels or 0,
            },
            "state": row.state,
            "reason": row.reason,
            "version": row.version,
        }


def _masks_query() -> Select[Any]:
    state, mask, version = schema.state, schema.mask, schema.mask_version
    current = and_(version.c.mask_id == mask.c.id, version.c.version == mask.c.current_version)
    effort = _effort_of_masks().subquery()
    spent = (effort.c.active_seconds, effort.c.strokes, effort.c.changed_pixels)
    return (
        select(state, mask.c.image_id, version.c.origin, version.c.class_counts, *spent)
        .join(mask, mask.c.id == state.c.id)
        .join(version, current)
        .outerjoin(effort, effort.c.mask_id == mask.c.id)
        .where(state.c.subject == Subject.MASK)
        .order_by(state.c.id)
    )


def _effort_of_masks() -> Select[Any]:
    """Return the query for what went into all versions of each mask that was painted."""
    version = schema.mask_version
    columns = (version.c.active_seconds, version.c.strokes, version.c.changed_pixels)
    return (
        select(version.c.mask_id, *(func.sum(column).label(column.name) for column in columns))
        .where(version.c.strokes.is_not(None))
        .group_by(version.c.mask_id)
    )


def read_places(connection: Connection) -> dict[str, PlaceRecord]:
    """Return all places by id."""
    rows = connection.execute(select(schema.place).order_by(schema.place.c.id))
    return {row.id: place_record(row) for row in rows}


def images_of_day(
    connection: Connection, scene: str, date: str | None
) -> list[tuple[str, str, int, PlaceRecord]]:
    """Return (scene, image id, version, place) of the images of a scene, or of its date; by id."""
    image, place = schema.image, schema.place
    is_its = image.c.scene == scene
    if date is not None:
        is_its = or_(is_its, image.c.date == date)
    columns = (image.c.scene, image.c.id.label("image_id"), image.c.version)
    query = select(*columns, place).join(place, place.c.id == image.c.place_id).where(is_its)
    rows = connection.execute(query.order_by(image.c.id))
    return [(row.scene, row.image_id, row.version, place_record(row)) for row in rows]


def cut_scenes(connection: Connection) -> list[tuple[str, str]]:
    """Return (place id, scene) of every image that was cut from a larger scene."""
    image = schema.image
    query = (
        select(image.c.place_id, image.c.scene)
        .where(image.c.cut.is_(True))
        .distinct()
        .order_by(image.c.place_id, image.c.scene)
    )
    return [(row.place_id, row.scene) for row in connection.execute(query)]


def find_pairs(connection: Connection, *, include_open: bool) -> list[Pair]:
    """Return images with their masks, both accepted (or at least not rejected), by image id.

    Two plain questions put together here: as one join, a database without statistics compares
    every image with every mask. A mask on which nothing was painted yet is none.
    """
    image, mask = schema.image, schema.mask
    of_masks = (mask.c.id, mask.c.current_version, mask.c.image_id, mask.c.place_id)
    masks = _standing(connection, Subject.MASK, mask, of_masks, include_open=include_open)
    blank = _blank_masks(connection)
    masks = [row for row in masks if row.id not in blank]
    of_image = {row.image_id: row for row in masks if row.image_id is not None}
    of_place = {row.place_id: row for row in masks if row.image_id is None}
    of_images = (image.c.id, image.c.place_id, image.c.date)
    pairs = []
    for row in _standing(connection, Subject.IMAGE, image, of_images, include_open=include_open):
        its = of_image.get(row.id) or of_place.get(row.place_id)
        if its is not None:
            states = (State(row.state), State(its.state))
            names = (row.id, its.id, its.current_version, row.place_id, row.date)
            pairs.append(Pair(*names, *states))
    return pairs


def _blank_masks(connection: Connection) -> set[str]:
    mask, version = schema.mask, schema.mask_version
    current = and_(version.c.mask_id == mask.c.id, version.c.version == mask.c.current_version)
    query = select(mask.c.id).join(version, current).where(version.c.origin == BLANK)
    return set(connection.scalars(query))


def _standing(
    connection: Connection,
    subject: Subject,
    table: Table,
    columns: tuple[Any, ...],
    *,
    include_open: bool,
) -> Sequence[Row[*tuple[Any, ...]]]:
    state = schema.state
    wanted = [State.ACCEPTED, State.OPEN] if include_open else [State.ACCEPTED]
    query = (
        select(*columns, state.c.state)
        .join(state, state.c.id == table.c.id)
        .where(state.c.subject == subject, state.c.state.in_(wanted))
        .order_by(table.c.id)
    )
    return connection.execute(query).all()


def mask_versions(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield every mask version that has a file, with its SHA-256."""
    version = schema.mask_version
    query = select(version).order_by(version.c.mask_id, version.c.version)
    for row in connection.execute(query).mappings():
        yield dict(row)


def read_sources(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield every source file, by path."""
    for row in connection.execute(select(schema.source).order_by(schema.source.c.path)).mappings():
        yield dict(row)


def chip_files(connection: Connection, content: str) -> dict[str, Source]:
    """Return ground (grid key) -> file of the first band of the images with this fingerprint."""
    image, place, raster, source = schema.image, schema.place, schema.image_raster, schema.source
    query = (
        select(place.c.grid_key, source)
        .join_from(image, place, place.c.id == image.c.place_id)
        .join(raster, and_(raster.c.image_id == image.c.id, raster.c.ordinal == 0))
        .join(source, source.c.id == raster.c.source_id)
        .where(image.c.fingerprint == content)
    )
    return {
        row.grid_key: Source(row.path, row.size_bytes, row.mtime_ns, row.digest)
        for row in connection.execute(query)
    }


def read_imports(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield every import, oldest first."""
    run = schema.import_run
    for row in connection.execute(select(run).order_by(run.c.id)).mappings():
        yield dict(row)
