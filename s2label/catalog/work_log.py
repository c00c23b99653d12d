"""The log as work: every act with how long it took, what it did, and whether it still stands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from s2label.canvases import CanvasKind, CanvasRef
from s2label.catalog import schema
from s2label.catalog.timeline import DECIDE, PAINT, Stacks
from s2label.types import Decision, Subject, Verdict

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class LoggedStroke:
    """A stroke: on which canvas, with which image in view, by which tool.

    ``pixels`` are packed (`painting.stroke`); empty where they were not asked for.
    """

    canvas: CanvasRef
    image_id: str
    tool: str
    pixels: bytes = b""


@dataclass(frozen=True)
class LoggedAct:
    """An act that somebody did: decisions or strokes.

    Parameters
    ----------
    id : int
        Its number in the timeline.
    at, who : str
        When (UTC, ISO 8601), and by whom.
    seconds : float or None
        Active time that went into it; None where nobody measured it.
    stands : bool
        Whether it was not taken back.
    decisions, strokes : tuple
        What it consists of.
    suspected : tuple
        (mask id, image id) of the suspicions among the decisions.
    """

    id: int
    at: str
    who: str
    seconds: float | None
    stands: bool
    decisions: tuple[Decision, ...] = ()
    strokes: tuple[LoggedStroke, ...] = ()
    suspected: tuple[tuple[str, str], ...] = ()


def read_work_log(connection: Connection, *, with_pixels: bool = False) -> list[LoggedAct]:
    """Return all decisions and strokes that people made, oldest first.

    Undo and redo are no entries of their own: they tell which others stand.
    """
    act = schema.act
    columns = (act.c.id, act.c.kind, act.c.at, act.c.who, act.c.seconds)
    rows = connection.execute(select(*columns).order_by(act.c.id)).all()
    stacks = Stacks()
    for row in rows:
        stacks.note(row.id, row.kind)
    standing = set(stacks.done)
    decisions, strokes = _decisions(connection), _strokes(connection, with_pixels)
    suspected = _suspected(connection)
    return [
        LoggedAct(
            row.id,
            row.at,
            row.who,
            row.seconds,
            row.id in standing,
            tuple(decisions.get(row.id, ())),
            tuple(strokes.get(row.id, ())),
            tuple(suspected.get(row.id, ())),
        )
        for row in rows
        if row.kind in (DECIDE, PAINT)
    ]


def _decisions(connection: Connection) -> dict[int, list[Decision]]:
    its = schema.decision.c
    query = select(its.act_id, its.subject, its.subject_id, its.verdict, its.reason, its.version)
    found: dict[int, list[Decision]] = defaultdict(list)
    for act_id, subject, id_, verdict, reason, version in connection.execute(
        query.order_by(its.id)
    ):
        decision = Decision(Subject(subject), id_, Verdict(verdict), reason, version)
        found[act_id].append(decision)
    return found


def read_painted_seconds(connection: Connection, who: str) -> float:
    """Return the seconds of somebody's strokes since their last decision that has a time."""
    its = schema.act.c
    timed = and_(its.kind == DECIDE, its.who == who, its.seconds.is_not(None))
    last = select(its.id).where(timed).order_by(its.id.desc()).limit(1)
    painted = select(func.sum(its.seconds)).where(
        its.kind == PAINT, its.who == who, its.id > (connection.scalar(last) or 0)
    )
    return float(connection.scalar(painted) or 0.0)


def _suspected(connection: Connection) -> dict[int, list[tuple[str, str]]]:
    its, suspicion = schema.decision.c, schema.suspicion
    query = (
        select(its.act_id, suspicion.c.mask_id, suspicion.c.image_id)
        .join(suspicion, and_(its.subject == Subject.SUSPICION, its.subject_id == suspicion.c.id))
        .order_by(its.id)
    )
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for act_id, mask_id, image_id in connection.execute(query):
        found[act_id].append((mask_id, image_id))
    return found


def _strokes(connection: Connection, with_pixels: bool) -> dict[int, list[LoggedStroke]]:
    its = schema.stroke.c
    columns: list[Any] = [its.act_id, its.kind, its.canvas_id, its.image_id, its.tool]
    if with_pixels:
        columns.append(its.pixels)
    query = select(*columns).where(its.act_id == its.of_act_id).order_by(its.act_id)
    found: dict[int, list[LoggedStroke]] = defaultdict(list)
    for act_id, kind, canvas, image, tool, *pixels in connection.execute(query):
        ref = CanvasRef(CanvasKind(kind), canvas)
        found[act_id].append(LoggedStroke(ref, image, tool, *(each or b"" for each in pixels)))
    return found
