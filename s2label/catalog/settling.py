"""Settling: strokes become a version of their canvas, and the mask keeps a fitting state.

Whoever paints a mask says by that that it is right now: a new version is accepted, unless the
mask was rejected, which stays until somebody takes it back. A version that comes back by an undo
or redo gets back what was last said of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from s2label.canvases import CanvasKind
from s2label.catalog import canvases, schema
from s2label.catalog.states import last_decisions
from s2label.catalog.timeline import SETTLE, append_decisions
from s2label.types import State, Subject, Verdict

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from s2label.canvases import CanvasRef, CanvasVersion
    from s2label.types import Author


def settle(
    connection: Connection,
    ref: CanvasRef,
    version: CanvasVersion | int,
    last_act: int,
    author: Author,
    at: str,
) -> None:
    """Make a version the current one that holds all strokes up to an act.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    ref : CanvasRef
        The mask or ignore raster.
    version : CanvasVersion or int
        A new version, whose file is in place; or the number of one that holds the same pixels.
    last_act : int
        Act of the last stroke that it holds.
    author, at
        Who settles, and when.
    """
    state = canvases.read_state(connection, ref)
    assert state is not None
    if isinstance(version, int):
        number, said = version, _said(connection, ref.id, version)
    else:
        number, said = version.version, _said_of_new(connection, ref.id)
        stamp = {"at": at, "who": author.who, "program": author.program}
        canvases.add_version(connection, ref, version, stamp)
    canvases.point_to(connection, ref, number, last_act)
    if ref.kind is CanvasKind.MASK and number != state.version:
        row = _decision_row(connection, ref.id, number, said)
        append_decisions(connection, SETTLE, None, [row], author, at)


def _said_of_new(connection: Connection, mask_id: str) -> tuple[str, str]:
    """Return verdict and reason for a mask that was painted; its state is of before."""
    state = schema.state
    query = select(state.c.state, state.c.reason)
    row = connection.execute(query.where(state.c.subject == Subject.MASK, state.c.id == mask_id))
    before = row.one_or_none()  # an ignore raster has no state
    if before is not None and before.state == State.REJECTED:
        return str(Verdict.REJECT), before.reason
    return str(Verdict.ACCEPT), ""


def _said(connection: Connection, mask_id: str, version: int) -> tuple[str, str]:
    """Return what was last said of a version of a mask."""
    decision = schema.decision
    query = (
        select(decision.c.verdict, decision.c.reason)
        .where(decision.c.subject == Subject.MASK, decision.c.subject_id == mask_id)
        .where(decision.c.version == version)
        .order_by(decision.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (row.verdict, row.reason) if row is not None else (str(Verdict.OPEN), "")


def _decision_row(
    connection: Connection, mask_id: str, version: int, said: tuple[str, str]
) -> dict[str, Any]:
    before = connection.execute(last_decisions(Subject.MASK, [mask_id])).one_or_none()
    return {
        "subject": str(Subject.MASK),
        "subject_id": mask_id,
        "verdict": said[0],
        "reason": said[1],
        "version": version,
        "before_verdict": before.verdict if before is not None else str(Verdict.OPEN),
        "before_reason": before.reason if before is not None else "",
        "before_version": before.version if before is not None else 0,
    }
