"""What the states take from doubts: how far in front an image or a mask comes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from s2label.catalog import schema
from s2label.types import Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Row

_UNDO, _SETTLE = "undo", "settle"


def image_ranks(connection: Connection, image_ids: list[str]) -> dict[str, float]:
    """Return image id -> largest rank of its doubts that nobody has settled; others are left out.

    Parameters
    ----------
    connection : Connection
        Is asked.
    image_ids : list of str
        At most a chunk.
    """
    doubts = last_doubts(connection, image_ids)
    settled = settling_acts(connection, doubts)
    open_ranks = {
        id_: [row.rank for row in rows if row.after_act_id >= settled.get(id_, 0)]
        for id_, rows in doubts.items()
    }
    return {id_: max(ranks) for id_, ranks in open_ranks.items() if ranks}


def mask_ranks(connection: Connection, mask_ids: list[str]) -> dict[str, float]:
    """Return mask id -> largest rank of the doubts of its images, settled or not.

    Decisions on an image do not touch the states of masks; that a mask is decided on settles it.
    """
    mask, image, doubt = schema.mask, schema.image, schema.doubt
    is_its = or_(mask.c.image_id == image.c.id, mask.c.image_id.is_(None))
    query = (
        select(mask.c.id, image.c.id.label("image_id"))
        .join(image, and_(image.c.place_id == mask.c.place_id, is_its))
        .where(mask.c.id.in_(mask_ids), image.c.id.in_(select(doubt.c.image_id)))
    )
    pairs = connection.execute(query).all()
    doubts = last_doubts(connection, {row.image_id for row in pairs})
    found: dict[str, float] = {}
    for row in pairs:
        for each in doubts.get(row.image_id, ()):
            found[row.id] = max(found.get(row.id, 0.0), each.rank)
    return found


def last_doubts(
    connection: Connection, image_ids: Collection[str]
) -> dict[str, list[Row[*tuple[Any, ...]]]]:
    """Return what was said of the current versions of images when it was said last, by image id."""
    if not image_ids:
        return {}
    doubt, image = schema.doubt, schema.image
    last = (
        select(doubt.c.image_id, func.max(doubt.c.at).label("at"))
        .where(doubt.c.image_id.in_(image_ids))
        .group_by(doubt.c.image_id)
        .subquery("last_said")
    )
    is_last = and_(last.c.image_id == doubt.c.image_id, last.c.at == doubt.c.at)
    is_current = and_(image.c.id == doubt.c.image_id, image.c.version == doubt.c.image_version)
    query = select(doubt).join(last, is_last).join(image, is_current).order_by(doubt.c.id)
    found: dict[str, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.image_id].append(row)
    return dict(found)


def settling_acts(connection: Connection, image_ids: Collection[str]) -> dict[str, int]:
    """Return image id -> the act of the decision on its current version that stands, if any does.

    It is the act that took the decision first, also where that was taken back and done again: a
    doubt that came between is younger. "Open" decides nothing.
    """
    if not image_ids:
        return {}
    act, decision, image = schema.act, schema.decision, schema.image
    first = func.coalesce(act.c.target_id, act.c.id).label("first_act")
    is_current = and_(image.c.id == decision.c.subject_id, image.c.version == decision.c.version)
    query = (
        select(decision.c.subject_id, first, act.c.kind, decision.c.verdict)
        .join(act, act.c.id == decision.c.act_id)
        .join(image, is_current)
        .where(decision.c.subject == Subject.IMAGE, decision.c.subject_id.in_(image_ids))
        .where(act.c.kind != _SETTLE)
        .order_by(decision.c.id)
    )
    last: dict[str, dict[int, Any]] = defaultdict(dict)
    for row in connection.execute(query):
        last[row.subject_id][row.first_act] = row
    return _standing(last)


def _standing(last: dict[str, dict[int, Any]]) -> dict[str, int]:
    found = {}
    for id_, acts in last.items():
        standing = [number for number, row in acts.items() if row.kind != _UNDO]
        if standing and acts[max(standing)].verdict != Verdict.OPEN:
            found[id_] = max(standing)
    return found
