"""Which images were worked on since a time: decided, painted, or either taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select, union_all

from s2label.catalog import schema
from s2label.catalog.rows import chunked
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from sqlalchemy import Connection, Select


def changed_since(connection: Connection, image_ids: Iterable[str], since: str) -> dict[str, str]:
    """Return image id -> when it, its mask or what is ignored in it changed last after a time.

    Parameters
    ----------
    connection : Connection
        Is asked.
    image_ids : iterable of str
        Which images; those that did not change are left out.
    since : str
        Time, as the log keeps it.
    """
    found: dict[str, str] = {}
    for chunk in chunked(dict.fromkeys(image_ids)):
        changes = union_all(
            *(query(chunk, since) for query in (_decided, _mask_decided, _painted))
        ).subquery()
        last = select(changes.c.image_id, func.max(changes.c.at).label("at"))
        rows = connection.execute(last.group_by(changes.c.image_id))
        found |= {row.image_id: row.at for row in rows}
    return found


def _decided(ids: list[str], since: str) -> Select[Any]:
    act, decision = schema.act, schema.decision
    return (
        select(decision.c.subject_id.label("image_id"), act.c.at)
        .join(act, act.c.id == decision.c.act_id)
        .where(decision.c.subject == Subject.IMAGE, decision.c.subject_id.in_(ids))
        .where(act.c.at > since)
    )


def _mask_decided(ids: list[str], since: str) -> Select[Any]:
    act, decision, mask, image = schema.act, schema.decision, schema.mask, schema.image
    is_its = or_(mask.c.image_id == image.c.id, mask.c.image_id.is_(None))
    return (
        select(image.c.id.label("image_id"), act.c.at)
        .select_from(image)
        .join(mask, and_(mask.c.place_id == image.c.place_id, is_its))
        .join(
            decision,
            and_(decision.c.subject == Subject.MASK, decision.c.subject_id == mask.c.id),
        )
        .join(act, act.c.id == decision.c.act_id)
        .where(image.c.id.in_(ids), act.c.at > since)
    )


def _painted(ids: list[str], since: str) -> Select[Any]:
    act, stroke, image = schema.act, schema.stroke, schema.image
    mask, ignore = schema.mask, schema.ignore_raster
    canvases = union_all(
        select(mask.c.id, mask.c.place_id, mask.c.image_id),
        select(ignore.c.id, ignore.c.place_id, ignore.c.image_id),
    ).subquery()
    is_its = or_(canvases.c.image_id == image.c.id, canvases.c.image_id.is_(None))
    return (
        select(image.c.id.label("image_id"), act.c.at)
        .select_from(image)
        .join(canvases, and_(canvases.c.place_id == image.c.place_id, is_its))
        .join(stroke, stroke.c.canvas_id == canvases.c.id)
        .join(act, act.c.id == stroke.c.act_id)
        .where(image.c.id.in_(ids), act.c.at > since)
    )
