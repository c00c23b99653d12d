"""Settling: strokes become a version of their canvas, and the mask keeps a fitting state.

Whoever paints a mask says by that that it is right now: it is accepted, unless it was rejected,
which stays until somebody takes it back. So the state follows from the acts that stand, whatever
was taken back before and whichever version holds the same pixels: it is what the last decision
said, or accepted where strokes came after that and it was no rejection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2label.canvases import CanvasKind
from s2label.catalog import canvases
from s2label.catalog.decided import last_decisions
from s2label.catalog.timeline import SETTLE, append_decisions, standing_decision
from s2label.types import Subject, Verdict

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
        number = version
    else:
        number = version.version
        stamp = {"at": at, "who": author.who, "program": author.program}
        canvases.add_version(connection, ref, version, stamp)
    canvases.point_to(connection, ref, number, last_act)
    if ref.kind is CanvasKind.MASK:
        row = _decision_row(connection, ref.id, number, _said(connection, ref))
        if number != state.version or _is_news(row):
            append_decisions(connection, SETTLE, None, [row], author, at)


def _said(connection: Connection, ref: CanvasRef) -> tuple[str, str]:
    """Return verdict and reason as the acts that stand make them."""
    decided = standing_decision(connection, Subject.MASK, ref.id)
    if decided is not None and decided.version < (canvases.imported_version(connection, ref) or 0):
        decided = None  # it was about what the source brought before
    painted = canvases.last_standing_stroke(connection, ref)
    if decided is not None and (decided.act_id > painted or decided.verdict == Verdict.REJECT):
        return decided.verdict, decided.reason
    return str(Verdict.ACCEPT if painted else Verdict.OPEN), ""


def _is_news(row: dict[str, Any]) -> bool:
    said = (row["verdict"], row["reason"], row["version"])
    before = (row["before_verdict"], row["before_reason"], row["before_version"])
    was_open = before[0] == Verdict.OPEN or before[2] != row["version"]
    return not was_open if row["verdict"] == Verdict.OPEN else said != before


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
