"""Unlabelled objects that are labelled by now: painted since, or in a mask imported anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, select

from s2label.canvases import IMPORTED, CanvasKind
from s2label.catalog import schema
from s2label.catalog.canvases import strokes_of_canvases
from s2label.errors import PaintingError
from s2label.painting.stroke import unpacked
from s2label.suspicions import pixels_of
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection, Row

    from s2label.canvases import StrokeRecord

_NO_CLASS = (BACKGROUND, NOT_LABELLED, IGNORE)
# Of an object, so much has to be painted with any class: a few pixels may be of its neighbour.
_LEAST_SHARE = 0.5


def labelled_objects(connection: Connection, rows: list[Row[*tuple[Any, ...]]]) -> set[str]:
    """Return which unlabelled objects are labelled by now, by id of suspicion.

    Half of their pixels were painted with any class, by strokes that stand; or an import brought
    a later version of the mask that calls anything a class: what the audit saw as empty is not any
    more, and where its classes lie the catalog does not know.

    Parameters
    ----------
    connection : Connection
        Is asked.
    rows : list of Row
        Of the table of suspicions, of at most a chunk of masks.
    """
    masks = list(dict.fromkeys(row.mask_id for row in rows))
    if not masks:
        return set()
    imported = _imported_labels(connection, masks)
    found = {row.id for row in rows if imported.get(row.mask_id, 0) > row.mask_version}
    strokes = strokes_of_canvases(connection, CanvasKind.MASK, masks)
    if strokes:
        shapes = _shapes(connection, list(strokes))
        painted = {id_: _painted(strokes[id_], shapes[id_]) for id_ in strokes}
        found |= {row.id for row in rows if _is_painted(row, painted.get(row.mask_id))}
    return found


def _imported_labels(connection: Connection, mask_ids: list[str]) -> dict[str, int]:
    """Return mask id -> the last version that was imported, where that has pixels of a class."""
    version = schema.mask_version
    query = (
        select(version.c.mask_id, version.c.version, version.c.class_counts)
        .where(version.c.mask_id.in_(mask_ids), version.c.origin == IMPORTED)
        .order_by(version.c.version)
    )
    last = {row.mask_id: row for row in connection.execute(query)}
    return {id_: row.version for id_, row in last.items() if _has_class(row.class_counts)}


def _has_class(class_counts: dict[str, int]) -> bool:
    return any(count and int(value) not in _NO_CLASS for value, count in class_counts.items())


def _shapes(connection: Connection, mask_ids: list[str]) -> dict[str, tuple[int, int]]:
    mask, place = schema.mask, schema.place
    query = select(mask.c.id, place.c.height, place.c.width).join(
        place, and_(place.c.id == mask.c.place_id, mask.c.id.in_(mask_ids))
    )
    return {row.id: (row.height, row.width) for row in connection.execute(query)}


def _painted(strokes: list[StrokeRecord], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels (y, x) that have a class by the last stroke on them."""
    classes = np.full(shape, BACKGROUND, np.uint8)
    for record in strokes:
        try:
            stroke = unpacked(record.pixels)
        except PaintingError:
            continue  # whoever reads the mask is told; a queue can do without
        stroke = stroke.reversed() if record.is_reversed else stroke
        classes.reshape(-1)[stroke.indices] = stroke.classes_after
    return ~np.isin(classes, _NO_CLASS)


def _is_painted(row: Row[*tuple[Any, ...]], painted: NDArray[np.bool_] | None) -> bool:
    if painted is None or not row.rings:
        return False
    pixels = pixels_of(row.rings, (painted.shape[0], painted.shape[1]))
    return bool((painted & pixels).sum() >= max(_LEAST_SHARE * pixels.sum(), 1))
