"""Undo and redo of everything: decisions, and strokes with their pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import PaintingError
from s2label.painting.canvas import read_canvas, settle, settle_all, stroke_of

if TYPE_CHECKING:
    from s2label.canvases import StrokeRecord
    from s2label.project import Project
    from s2label.types import Act


def undo(project: Project) -> Act | None:
    """Take back the last act that stands; None where there is none.

    Strokes stay unsettled until their chip is left, see `painting.canvas.settle`.

    Raises
    ------
    PaintingError
        If its pixels were changed from elsewhere since; nothing is changed then.
    """
    act_id = project.catalog.next_undo()
    if act_id is None:
        return None
    _prepare(project, act_id, is_undo=True)
    return project.catalog.undo()


def redo(project: Project) -> Act | None:
    """Do the act again that was taken back last; None where there is none.

    Raises
    ------
    PaintingError
        If its pixels were changed from elsewhere since; nothing is changed then.
    """
    act_id = project.catalog.next_redo()
    if act_id is None:
        return None
    _prepare(project, act_id, is_undo=False)
    return project.catalog.redo()


def _prepare(project: Project, act_id: int, *, is_undo: bool) -> None:
    records = project.catalog.canvases.strokes_of_act(act_id)
    for record in records:
        _require_fit(project, record, is_undo=is_undo)
    if not records:
        # A decision is about a version: strokes taken back before have to be settled first.
        settle_all(project)


def _require_fit(project: Project, record: StrokeRecord, *, is_undo: bool) -> None:
    stroke, mask = stroke_of(record), read_canvas(project, record.canvas)
    if mask is None or not (stroke.reversed() if is_undo else stroke).fits(mask):
        raise PaintingError(
            f"{record.canvas.kind} {record.canvas.id!r}: was changed from elsewhere since it was "
            f"painted, so that this stroke cannot be {'taken back' if is_undo else 'done again'}; "
            "any new act goes on from here"
        )


def undo_settled(project: Project) -> Act | None:
    """Take back the last act and settle what it painted, for when no chip is in view."""
    return _settled(project, undo(project))


def redo_settled(project: Project) -> Act | None:
    """Do the last act again and settle what it painted, for when no chip is in view."""
    return _settled(project, redo(project))


def _settled(project: Project, act: Act | None) -> Act | None:
    if act is not None:
        for record in project.catalog.canvases.strokes_of_act(act.id):
            settle(project, record.canvas)
    return act
