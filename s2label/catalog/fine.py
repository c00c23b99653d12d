"""What somebody called fine: the same reason is not asked about again, whichever audit gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from s2label.catalog import schema
from s2label.catalog.decided import read_last_decisions
from s2label.catalog.rows import chunked
from s2label.suspicions import SuspicionKind, pixels_of
from s2label.types import Subject, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection, Row

    from s2label.suspicions import Ring

    Reason = tuple[str, str, int | None, int | None]

# Of what is suspected now, so much has to lie in what was called fine.
_LEAST_SHARE = 0.5
# An object in an empty mask is in both queues: as one that is missing, and by itself.
_SAME_KIND = {str(SuspicionKind.UNLABELLED): str(SuspicionKind.MISSING)}


class CalledFine:
    """The suspicions of some masks that were called fine, whichever audit noted them.

    It is found out whenever it is asked, not when a suspicion is noted: so it holds for what was
    noted before somebody said "it is fine", and no longer once that is taken back.

    Parameters
    ----------
    connection : Connection
        Is asked.
    mask_ids : list of str
        At most a chunk.
    """

    def __init__(self, connection: Connection, mask_ids: list[str]) -> None:
        self._rows: dict[Reason, list[Row[*tuple[Any, ...]]]] = {}
        for row in _read_fine(connection, mask_ids):
            self._rows.setdefault(_reason(row), []).append(row)

    def covers(self, row: Row[*tuple[Any, ...]]) -> bool:
        """Tell whether suspicions with the reason of this one were called fine.

        The reason is the same for the same mask, kind (a missing and an unlabelled object are one)
        and classes, if at least half of its pixels lie in theirs; or, without pixels, if one of
        them has none either and is of the same version of the mask.
        """
        fine = self._rows.get(_reason(row), [])
        if not row.rings:
            return any(not other.rings and other.mask_version == row.mask_version for other in fine)
        return _share_within(row.rings, [other.rings for other in fine]) >= _LEAST_SHARE


def _reason(row: Row[*tuple[Any, ...]]) -> Reason:
    kind = _SAME_KIND.get(row.kind, row.kind)
    return row.mask_id, kind, row.class_value, row.labelled_as


def _share_within(rings: list[Ring], others: list[list[Ring]]) -> float:
    """Return the share of an outline's pixels that lie in any of some other outlines, 0..1."""
    if rings in others:  # mostly: the same object again
        return 1.0
    near = [other for other in others if other and _touch(rings, other)]
    if not near:
        return 0.0
    (_, bottom), (_, right) = _spans(rings)
    shape = (bottom, right)
    pixels = pixels_of(rings, shape)
    fine: NDArray[Any] = pixels_of(near[0], shape)
    for other in near[1:]:
        fine |= pixels_of(other, shape)
    return float((pixels & fine).sum() / max(pixels.sum(), 1))


def _touch(rings: list[Ring], others: list[Ring]) -> bool:
    """Tell whether the boxes around two outlines have ground in common."""
    pairs = zip(_spans(rings), _spans(others), strict=True)
    return all(one[0] < two[1] and two[0] < one[1] for one, two in pairs)


def _spans(rings: list[Ring]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return first and last row, and first and last column, of the corners of an outline."""
    rows, columns = zip(*(corner for ring in rings for corner in ring), strict=True)
    return (min(rows), max(rows)), (min(columns), max(columns))


def _read_fine(connection: Connection, mask_ids: list[str]) -> list[Row[*tuple[Any, ...]]]:
    suspicion, decision = schema.suspicion, schema.decision
    of_suspicion = decision.c.subject_id == suspicion.c.id
    is_decided = exists().where(decision.c.subject == Subject.SUSPICION, of_suspicion)
    of_masks = select(suspicion.c.id).where(suspicion.c.mask_id.in_(mask_ids), is_decided)
    ids = connection.scalars(of_masks).all()
    decided = read_last_decisions(connection, Subject.SUSPICION, ids)
    fine = sorted(id_ for id_, row in decided.items() if row.verdict == Verdict.REJECT)
    return [
        row
        for chunk in chunked(fine)
        for row in connection.execute(select(suspicion).where(suspicion.c.id.in_(chunk)))
    ]
