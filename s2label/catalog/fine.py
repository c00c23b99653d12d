"""What somebody called fine: the same suspicion of a later audit is not asked about again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from s2label.catalog import schema
from s2label.catalog.decided import read_last_decisions
from s2label.catalog.rows import chunked
from s2label.suspicions import pixels_of
from s2label.types import Subject, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection, Row

    from s2label.suspicions import SuspicionRecord


class CalledFine:
    """The suspicions of some masks that were called fine, whichever audit noted them.

    Parameters
    ----------
    connection : Connection
        Is asked.
    mask_ids : list of str
        At most a chunk.
    """

    def __init__(self, connection: Connection, mask_ids: list[str]) -> None:
        self._rows: dict[tuple[str, str], list[Row[*tuple[Any, ...]]]] = {}
        self._pixels: dict[str, NDArray[Any]] = {}
        for row in _read_fine(connection, mask_ids):
            self._rows.setdefault((row.mask_id, row.kind), []).append(row)

    def same_as(self, record: SuspicionRecord) -> str | None:
        """Return the suspicion called fine that gives the same reason; None without any.

        That is one of the same mask and kind that has pixels in common with it; or that has no
        pixels either and is of the same version of the mask.
        """
        rows = self._rows.get((record.mask_id, str(record.kind)), ())
        return next((row.id for row in rows if self._is_same(row, record)), None)

    def _is_same(self, row: Row[*tuple[Any, ...]], record: SuspicionRecord) -> bool:
        if not row.rings or not record.rings:
            has_none = not row.rings and not record.rings
            return has_none and bool(row.mask_version == record.mask_version)
        shape = (row.height, row.width)
        if row.id not in self._pixels:
            self._pixels[row.id] = pixels_of(row.rings, shape)
        return bool((self._pixels[row.id] & pixels_of(record.rings, shape)).any())


def _read_fine(connection: Connection, mask_ids: list[str]) -> list[Row[*tuple[Any, ...]]]:
    suspicion, decision = schema.suspicion, schema.decision
    of_suspicion = decision.c.subject_id == suspicion.c.id
    is_decided = exists().where(decision.c.subject == Subject.SUSPICION, of_suspicion)
    of_masks = select(suspicion.c.id).where(suspicion.c.mask_id.in_(mask_ids), is_decided)
    ids = connection.scalars(of_masks).all()
    decided = read_last_decisions(connection, Subject.SUSPICION, ids)
    fine = sorted(id_ for id_, row in decided.items() if row.verdict == Verdict.REJECT)
    return [row for chunk in chunked(fine) for row in connection.execute(_with_shape(chunk))]


def _with_shape(ids: list[str]) -> Any:
    suspicion, mask, place = schema.suspicion, schema.mask, schema.place
    return (
        select(suspicion, place.c.height, place.c.width)
        .join(mask, mask.c.id == suspicion.c.mask_id)
        .join(place, place.c.id == mask.c.place_id)
        .where(suspicion.c.id.in_(ids))
        .order_by(suspicion.c.id)
    )
