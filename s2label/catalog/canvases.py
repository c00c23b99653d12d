"""Masks and ignore rasters as canvases: versions, strokes, and settling strokes into versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, select, update

from s2label.canvases import (
    IMPORTED,
    CanvasKind,
    CanvasRef,
    CanvasState,
    CanvasVersion,
    StrokeRecord,
)
from s2label.catalog import schema
from s2label.catalog.rows import chunked
from s2label.types import IGNORE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row, Select, Table


@dataclass(frozen=True)
class _Tables:
    """Where a kind of canvas is kept; `owner` is the versions' column that names the canvas."""

    canvas: Table
    version: Table
    owner: str


_TABLES = {
    CanvasKind.MASK: _Tables(schema.mask, schema.mask_version, "mask_id"),
    CanvasKind.IGNORE: _Tables(schema.ignore_raster, schema.ignore_version, "raster_id"),
}


def start_canvas(
    connection: Connection,
    ref: CanvasRef,
    place_id: str,
    image_id: str | None,
    version: CanvasVersion,
    stamp: dict[str, Any],
) -> None:
    """Note a canvas that did not exist, with its first version."""
    tables = _TABLES[ref.kind]
    row = {"id": ref.id, "place_id": place_id, "image_id": image_id}
    connection.execute(insert(tables.canvas).values(**row, current_version=version.version))
    _insert_version(connection, ref, version, stamp)


def add_version(
    connection: Connection, ref: CanvasRef, version: CanvasVersion, stamp: dict[str, Any]
) -> None:
    """Note a version made of strokes, with the effort that they took."""
    _insert_version(connection, ref, version, stamp | _effort(connection, ref))


def _insert_version(
    connection: Connection, ref: CanvasRef, version: CanvasVersion, stamp: dict[str, Any]
) -> None:
    tables = _TABLES[ref.kind]
    row = {
        tables.owner: ref.id,
        "version": version.version,
        "sha256": version.sha256,
        "content": version.content,
        "origin": version.origin,
        "class_counts": {str(k): v for k, v in sorted(version.class_counts.items())},
        "changed_pixels": version.changed_pixels,
    }
    connection.execute(insert(tables.version).values(row | stamp))


def _effort(connection: Connection, ref: CanvasRef) -> dict[str, Any]:
    """Return seconds and number of the strokes that no version holds yet, undone ones too."""
    stroke, act = schema.stroke, schema.act
    query = (
        select(func.sum(act.c.seconds), func.count())
        .select_from(stroke.join(act, act.c.id == stroke.c.act_id))
        .where(_of(ref), stroke.c.act_id > _settled(ref), stroke.c.pixels.is_not(None))
    )
    seconds, strokes = connection.execute(query).one()
    return {"active_seconds": seconds, "strokes": strokes}


def point_to(connection: Connection, ref: CanvasRef, version: int, last_act: int) -> None:
    """Make a version the current one; it holds all strokes up to an act."""
    canvas = _TABLES[ref.kind].canvas
    change = update(canvas).where(canvas.c.id == ref.id)
    connection.execute(change.values(current_version=version, settled_act_id=last_act))


def version_of_content(connection: Connection, ref: CanvasRef, content: str) -> int | None:
    """Return the version that holds some pixels; None if there is none.

    Only since a source brought the canvas last: what was said of a version before is void.
    """
    tables = _TABLES[ref.kind]
    version = tables.version
    query = select(func.max(version.c.version)).where(version.c[tables.owner] == ref.id)
    since = version.c.version >= (imported_version(connection, ref) or 0)
    found: int | None = connection.scalar(query.where(version.c.content == content, since))
    return found


def newest_version(connection: Connection, ref: CanvasRef) -> int:
    """Return the highest number of a version; after an undo a lower one may be the current."""
    tables = _TABLES[ref.kind]
    query = select(func.max(tables.version.c.version))
    return connection.scalar(query.where(tables.version.c[tables.owner] == ref.id)) or 0


def imported_version(connection: Connection, ref: CanvasRef) -> int | None:
    """Return the newest version that a source brought; None if there is none."""
    tables = _TABLES[ref.kind]
    version = tables.version
    query = select(func.max(version.c.version)).where(version.c[tables.owner] == ref.id)
    found: int | None = connection.scalar(query.where(version.c.origin == IMPORTED))
    return found


def ignore_versions(connection: Connection) -> list[dict[str, Any]]:
    """Return every version of every ignore raster, with its SHA-256."""
    version = schema.ignore_version
    query = select(version).order_by(version.c.raster_id, version.c.version)
    return [dict(row) for row in connection.execute(query).mappings()]


def ignored_pixels(connection: Connection, image_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return image id -> current version of its ignore raster, where that ignores anything."""
    raster, version = schema.ignore_raster, schema.ignore_version
    current = and_(
        version.c.raster_id == raster.c.id, version.c.version == raster.c.current_version
    )
    query = select(raster.c.image_id, version).join(version, current)
    found = {}
    for chunk in chunked(image_ids):
        for row in connection.execute(query.where(raster.c.image_id.in_(chunk))).mappings():
            if row["class_counts"].get(str(IGNORE)):
                found[row["image_id"]] = dict(row)
    return found


# -- strokes -------------------------------------------------------------------------------------


def append_stroke(connection: Connection, act_id: int, stroke: StrokeRecord) -> None:
    """Keep a new stroke of an act."""
    row = {
        "act_id": act_id,
        "kind": str(stroke.canvas.kind),
        "canvas_id": stroke.canvas.id,
        "image_id": stroke.image_id,
        "of_act_id": act_id,
        "is_reversed": False,
        "tool": stroke.tool,
        "pixels": stroke.pixels,
    }
    connection.execute(insert(schema.stroke).values(row))


def repeat_strokes(
    connection: Connection, act_id: int, of_act_id: int, *, is_reversed: bool
) -> int:
    """Keep that an act takes back the strokes of another, or does them again; return how many."""
    stroke = schema.stroke
    rows = connection.execute(select(stroke).where(stroke.c.act_id == of_act_id)).mappings().all()
    again = {"act_id": act_id, "is_reversed": is_reversed, "pixels": None}
    if rows:
        connection.execute(insert(stroke), [dict(row) | again for row in rows])
    return len(rows)


def strokes_of_canvases(
    connection: Connection, kind: CanvasKind, ids: list[str]
) -> dict[str, list[StrokeRecord]]:
    """Return canvas id -> all its strokes in order, for those that have any; at most a chunk."""
    stroke = schema.stroke
    query = _strokes().where(stroke.c.kind == str(kind), stroke.c.canvas_id.in_(ids))
    found: dict[str, list[StrokeRecord]] = {}
    for row in connection.execute(query.order_by(stroke.c.act_id)):
        found.setdefault(row.canvas_id, []).append(_stroke(row))
    return found


def canvases_of_act(connection: Connection, act_id: int, kind: CanvasKind) -> list[str]:
    """Return the ids of the canvases of a kind that an act painted on."""
    stroke = schema.stroke
    query = select(stroke.c.canvas_id).where(stroke.c.act_id == act_id)
    return list(connection.scalars(query.where(stroke.c.kind == str(kind))))


def strokes_of_act(connection: Connection, act_id: int) -> list[StrokeRecord]:
    """Return the strokes of an act, reversed where it took them back."""
    rows = connection.execute(_strokes().where(schema.stroke.c.act_id == act_id))
    return [_stroke(row) for row in rows]


def last_standing_stroke(connection: Connection, ref: CanvasRef) -> int:
    """Return the act that drew the last stroke that nobody took back; 0 without any."""
    stroke = schema.stroke
    query = select(stroke.c.of_act_id, stroke.c.is_reversed).where(_of(ref))
    rows = connection.execute(query.order_by(stroke.c.act_id))
    stands = {row.of_act_id: not row.is_reversed for row in rows}
    return max((act_id for act_id, is_standing in stands.items() if is_standing), default=0)


def image_of_strokes(connection: Connection, act_id: int) -> str | None:
    """Return the image that was in view when an act painted; None if it did not."""
    stroke = schema.stroke
    return connection.scalar(select(stroke.c.image_id).where(stroke.c.act_id == act_id).limit(1))


def read_state(connection: Connection, ref: CanvasRef) -> CanvasState | None:
    """Return where a canvas stands; None if there is no such canvas."""
    canvas = _TABLES[ref.kind].canvas
    query = select(canvas.c.current_version, canvas.c.settled_act_id)
    row = connection.execute(query.where(canvas.c.id == ref.id)).one_or_none()
    if row is None:
        return None
    stroke = schema.stroke
    newer = _strokes().where(_of(ref), stroke.c.act_id > row.settled_act_id)
    strokes = connection.execute(newer.order_by(stroke.c.act_id)).all()
    return CanvasState(
        row.current_version,
        strokes[-1].act_id if strokes else row.settled_act_id,
        tuple(_stroke(stroke) for stroke in strokes),
    )


def unsettled(connection: Connection) -> list[CanvasRef]:
    """Return the canvases with strokes that no version holds yet."""
    found = []
    for kind, tables in _TABLES.items():
        canvas, stroke = tables.canvas, schema.stroke
        # Strokes first: there may be a hundred thousand masks of which ten were painted.
        last = (
            select(stroke.c.canvas_id, func.max(stroke.c.act_id).label("act_id"))
            .where(stroke.c.kind == str(kind))
            .group_by(stroke.c.canvas_id)
            .subquery()
        )
        query = select(canvas.c.id).join(last, last.c.canvas_id == canvas.c.id)
        ids = connection.scalars(query.where(last.c.act_id > canvas.c.settled_act_id))
        found += [CanvasRef(kind, id_) for id_ in sorted(ids)]
    return found


def last_strokes(connection: Connection, kind: CanvasKind, ids: Iterable[str]) -> dict[str, int]:
    """Return canvas id -> act of its last stroke, for those that have any."""
    stroke = schema.stroke
    query = (
        select(stroke.c.canvas_id, func.max(stroke.c.act_id).label("act_id"))
        .where(stroke.c.kind == kind, stroke.c.canvas_id.in_(list(ids)))
        .group_by(stroke.c.canvas_id)
    )
    return {row.canvas_id: row.act_id for row in connection.execute(query)}


def painted_images(connection: Connection) -> list[str]:
    """Return the images in view of which somebody painted on a mask, the latest first."""
    stroke = schema.stroke
    query = (
        select(stroke.c.image_id)
        .where(stroke.c.kind == str(CanvasKind.MASK))
        .group_by(stroke.c.image_id)
        .order_by(func.max(stroke.c.act_id).desc())
    )
    return list(connection.scalars(query))


def has_strokes(connection: Connection) -> bool:
    """Tell whether anybody ever painted on a mask."""
    stroke = schema.stroke
    query = select(stroke.c.act_id).where(stroke.c.kind == str(CanvasKind.MASK)).limit(1)
    return connection.scalar(query) is not None


def _of(ref: CanvasRef) -> Any:
    stroke = schema.stroke
    return and_(stroke.c.kind == str(ref.kind), stroke.c.canvas_id == ref.id)


def _settled(ref: CanvasRef) -> Any:
    canvas = _TABLES[ref.kind].canvas
    query = select(canvas.c.settled_act_id).where(canvas.c.id == ref.id)
    return query.scalar_subquery()


def _strokes() -> Select[Any]:
    """Return the query for strokes with the pixels of the act that drew them first."""
    stroke, drawn = schema.stroke, schema.stroke.alias("drawn")
    first = and_(
        drawn.c.act_id == stroke.c.of_act_id,
        drawn.c.kind == stroke.c.kind,
        drawn.c.canvas_id == stroke.c.canvas_id,
    )
    columns = (stroke.c.act_id, stroke.c.kind, stroke.c.canvas_id, stroke.c.image_id)
    said = (stroke.c.tool, stroke.c.is_reversed, drawn.c.pixels)
    return select(*columns, *said).join(drawn, first)


def _stroke(row: Row[*tuple[Any, ...]]) -> StrokeRecord:
    ref = CanvasRef(CanvasKind(row.kind), row.canvas_id)
    return StrokeRecord(ref, row.image_id, row.tool, row.pixels, row.is_reversed)
