"""Which suspicions count, as tables and log say it; what the states take from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, case, exists, func, or_, select

from s2label.catalog import schema
from s2label.catalog.decided import read_last_decisions
from s2label.catalog.fine import CalledFine
from s2label.catalog.labelled_objects import labelled_objects
from s2label.catalog.not_rejected import of_nothing_rejected
from s2label.catalog.rows import chunked
from s2label.ids import random_key
from s2label.suspicions import SuspicionKind
from s2label.types import STATE_OF_VERDICT, State, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection, Row

OBJECT = str(SuspicionKind.UNLABELLED)


class Standing(NamedTuple):
    """A suspicion of the latest audit about what is there now, and the last decision on it."""

    row: Row[*tuple[Any, ...]]
    decided: Row[*tuple[Any, ...]] | None

    @property
    def is_object(self) -> bool:
        """Whether it is an unlabelled object, which is asked about by itself."""
        return bool(self.row.kind == OBJECT)

    @property
    def verdict(self) -> Verdict:
        """What was decided about the version that is there."""
        counts = self.decided is not None and self.decided.version == self.row.version
        return Verdict(self.decided.verdict) if counts and self.decided else Verdict.OPEN

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided on it."""
        return self.verdict is Verdict.OPEN


def current_version() -> ColumnElement[int]:
    """Return the version that a decision on a suspicion is about: of its mask, or of its image.

    An unlabelled object is seen in the image, whatever is painted elsewhere in the mask.
    """
    is_object = schema.suspicion.c.kind == OBJECT
    return case((is_object, schema.image.c.version), else_=schema.mask.c.current_version)


def standing_suspicions(
    connection: Connection, mask_ids: Iterable[str]
) -> dict[str, list[Standing]]:
    """Return the suspicions of masks that count or were decided on, by mask id.

    They are of the latest audit that looked at the mask and about the version that is there.
    Neither the mask is rejected nor all images that show it, for an object the one it was seen in.
    Open ones are no more among them where somebody called the same fine, or the object is labelled
    by now.
    """
    found: dict[str, list[Standing]] = {}
    for chunk in chunked(dict.fromkeys(mask_ids)):
        rows = of_nothing_rejected(connection, _latest(connection, chunk))
        if not rows:
            continue
        decided = read_last_decisions(connection, Subject.SUSPICION, [row.id for row in rows])
        some = [Standing(row, decided.get(row.id)) for row in rows]
        settled = _settled(connection, [each.row for each in some if each.is_open])
        for each in some:
            if each.row.id not in settled:
                found.setdefault(each.row.mask_id, []).append(each)
    return found


def _settled(connection: Connection, rows: list[Row[*tuple[Any, ...]]]) -> set[str]:
    """Return which suspicions nobody has to decide on, though nobody has: ids."""
    fine = CalledFine(connection, list(dict.fromkeys(row.mask_id for row in rows)))
    objects = [row for row in rows if row.kind == OBJECT]
    return {row.id for row in rows if fine.covers(row)} | labelled_objects(connection, objects)


def _latest(connection: Connection, mask_ids: list[str]) -> list[Row[*tuple[Any, ...]]]:
    suspicion, mask, image = schema.suspicion, schema.mask, schema.image
    look = schema.audit_look
    last = select(func.max(look.c.audit_id)).where(look.c.mask_id == suspicion.c.mask_id)
    is_last = suspicion.c.audit_id == last.correlate(suspicion).scalar_subquery()
    is_object = suspicion.c.kind == OBJECT
    noted = case((is_object, suspicion.c.image_version), else_=suspicion.c.mask_version)
    version = current_version().label("version")
    query = (
        select(
            suspicion, version, image.c.place_id, image.c.date, mask.c.image_id.label("of_image")
        )
        .join(mask, mask.c.id == suspicion.c.mask_id)
        .join(image, image.c.id == suspicion.c.image_id)
        .where(suspicion.c.mask_id.in_(mask_ids), is_last, noted == current_version())
        .order_by(suspicion.c.id)
    )
    return list(connection.execute(query))


def suspicion_ranks(connection: Connection, mask_ids: list[str]) -> dict[str, float]:
    """Return mask id -> largest rank of its open suspicions; unlabelled objects are left out."""
    found: dict[str, float] = {}
    for id_, suspicions in standing_suspicions(connection, mask_ids).items():
        ranks = [each.row.rank for each in suspicions if each.is_open and not each.is_object]
        if ranks:
            found[id_] = max(ranks)
    return found


def object_ids(connection: Connection, mask_ids: list[str]) -> list[str]:
    """Return the unlabelled objects (ids of suspicions) of masks, of all audits."""
    suspicion = schema.suspicion
    query = select(suspicion.c.id).where(suspicion.c.mask_id.in_(mask_ids))
    return list(connection.scalars(query.where(suspicion.c.kind == OBJECT)))


def suspected_masks_of_images(connection: Connection, image_ids: list[str]) -> list[str]:
    """Return the masks that images show, if anything was ever suspected of them."""
    suspicion, mask, image = schema.suspicion, schema.mask, schema.image
    if connection.scalar(select(suspicion.c.id).limit(1)) is None:
        return []
    is_shown = and_(
        mask.c.place_id == image.c.place_id,
        or_(mask.c.image_id.is_(None), mask.c.image_id == image.c.id),
    )
    is_suspected = exists().where(suspicion.c.mask_id == mask.c.id)
    query = select(mask.c.id).join(image, is_shown).where(image.c.id.in_(image_ids), is_suspected)
    return list(connection.scalars(query.distinct()))


def masks_of_suspicions(connection: Connection, ids: list[str]) -> list[str]:
    """Return the masks that some suspicions are about."""
    suspicion = schema.suspicion
    query = select(suspicion.c.mask_id).where(suspicion.c.id.in_(ids)).distinct()
    return list(connection.scalars(query))


def object_state_rows(connection: Connection, ids: list[str]) -> list[dict[str, Any]]:
    """Return the state rows of the unlabelled objects among some suspicions that can be asked of.

    Those that were decided on have one, too: going back and counting find them.
    """
    wanted = frozenset(ids)
    standing = standing_suspicions(connection, masks_of_suspicions(connection, ids))
    return [
        _state_row(each)
        for suspicions in standing.values()
        for each in suspicions
        if each.is_object and each.row.id in wanted
    ]


def _state_row(suspicion: Standing) -> dict[str, Any]:
    row, decided = suspicion.row, suspicion.decided
    state = STATE_OF_VERDICT[suspicion.verdict]
    said = decided if state is not State.OPEN else None
    unknown = dict.fromkeys(
        ("nodata_share", "consensus", "labelled_share", "worth", "cloud", "finding")
    )
    return {
        "subject": str(Subject.SUSPICION),
        "id": row.id,
        "place_id": row.place_id,
        "date": row.date,
        "state": str(state),
        "reason": said.reason if said is not None else "",
        "version": row.version,
        "decided_at": said.at if said is not None else None,
        "random_key": random_key(Subject.SUSPICION, row.id),
        **unknown,
        "rejection": None,
        "doubt": None,
        "suspicion": row.rank,
    }
