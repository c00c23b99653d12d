"""The one timeline of acts: decisions and strokes are appended, undo and redo are acts too.

An undo appends decisions that restore what was before its target, so the last decision of a
subject always tells its state and nothing is ever overwritten. Of strokes it appends that they
are taken back. Settling (`catalog.settling`) notes decisions that nobody took: those acts are no
part of the timeline.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from s2label.canvases import CanvasKind
from s2label.catalog import canvases, schema
from s2label.catalog.decided import last_decisions
from s2label.catalog.rows import chunked
from s2label.catalog.states import refresh_painted, refresh_states
from s2label.catalog.suspicion_facts import current_version
from s2label.errors import DecisionError
from s2label.types import Act, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Row, Select

    from s2label.canvases import StrokeRecord
    from s2label.types import Author, Decision

DECIDE, PAINT, SETTLE, UNDO, REDO = "decide", "paint", "settle", "undo", "redo"


@dataclass
class Stacks:
    """The acts that stand and those taken back, each with the next to go last."""

    done: list[int] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)

    def note(self, act_id: int, kind: str) -> None:
        """Note a new act."""
        if kind == UNDO:
            self.undone.append(self.done.pop())
        elif kind == REDO:
            self.done.append(self.undone.pop())
        elif kind != SETTLE:
            self.done.append(act_id)
            self.undone.clear()


def record_decisions(
    connection: Connection,
    decisions: Sequence[Decision],
    author: Author,
    at: str,
    seconds: float | None = None,
) -> Act | None:
    """Append decisions as one act; returns None where they change nothing.

    Raises
    ------
    DecisionError
        If a decision names something that the catalog lacks, or an earlier version of it.
    """
    rows = _rows_of(connection, decisions)
    return append_decisions(connection, DECIDE, None, rows, author, at, seconds) if rows else None


def record_stroke(
    connection: Connection,
    stroke: StrokeRecord,
    author: Author,
    at: str,
    seconds: float | None = None,
    decisions: Sequence[Decision] = (),
) -> Act:
    """Append a stroke as one act, with what was decided by painting it.

    Raises
    ------
    DecisionError
        If a decision names something that the catalog lacks, or an earlier version of it.
    """
    rows = _rows_of(connection, decisions)
    act = append_decisions(connection, PAINT, None, rows, author, at, seconds)
    canvases.append_stroke(connection, act.id, stroke)
    _refresh_painted(connection, act.id)
    return replace(act, strokes=1)


def undo(connection: Connection, stacks: Stacks, author: Author, at: str) -> Act | None:
    """Take back the last act that stands; returns None where there is none."""
    if not stacks.done:
        return None
    target = stacks.done[-1]
    rows = [_reversed(row) for row in reversed(_decisions_of(connection, target))]
    rows = _with_before(connection, rows)
    act = append_decisions(connection, UNDO, target, rows, author, at)
    strokes = canvases.repeat_strokes(connection, act.id, target, is_reversed=True)
    _refresh_painted(connection, act.id)
    return replace(act, strokes=strokes)


def redo(connection: Connection, stacks: Stacks, author: Author, at: str) -> Act | None:
    """Do the act again that was taken back last; returns None where there is none."""
    if not stacks.undone:
        return None
    target = stacks.undone[-1]
    rows = [_repeated(row) for row in _decisions_of(connection, target)]
    rows = _with_before(connection, rows)
    act = append_decisions(connection, REDO, target, rows, author, at)
    strokes = canvases.repeat_strokes(connection, act.id, target, is_reversed=False)
    _refresh_painted(connection, act.id)
    return replace(act, strokes=strokes)


def read_stacks(connection: Connection) -> Stacks:
    """Return where the timeline stands."""
    stacks = Stacks()
    act = schema.act
    for id_, kind in connection.execute(select(act.c.id, act.c.kind).order_by(act.c.id)):
        stacks.note(id_, kind)
    return stacks


def standing_decision(
    connection: Connection, subject: Subject, id_: str
) -> Row[*tuple[Any, ...]] | None:
    """Return the last decision on a subject that nobody took back; None without any.

    Its ``act_id`` is the act that took it first, also where it was done again.
    """
    act, decision = schema.act, schema.decision
    first = func.coalesce(act.c.target_id, act.c.id).label("act_id")
    query = (
        select(first, act.c.kind, decision.c.verdict, decision.c.reason, decision.c.version)
        .join(act, act.c.id == decision.c.act_id)
        .where(decision.c.subject == subject, decision.c.subject_id == id_, act.c.kind != SETTLE)
        .order_by(decision.c.id)
    )
    last = {row.act_id: row for row in connection.execute(query)}
    standing = [act_id for act_id, row in last.items() if row.kind != UNDO]
    return last[max(standing)] if standing else None


def history(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield every decision, oldest first, with the act it belongs to."""
    act, decision = schema.act, schema.decision
    query = (
        select(
            decision.c.id,
            act.c.id.label("act"),
            act.c.kind,
            act.c.target_id.label("target"),
            act.c.at,
            act.c.who,
            act.c.seconds,
            act.c.program,
            decision.c.subject,
            decision.c.subject_id,
            decision.c.verdict.label("decision"),
            decision.c.reason,
            decision.c.version,
        )
        .join(act, act.c.id == decision.c.act_id)
        .order_by(decision.c.id)
    )
    for row in connection.execute(query).mappings():
        entry = dict(row)
        entry["id"] = entry.pop("subject_id")
        yield entry


def _rows_of(connection: Connection, decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """Return the rows of the decisions that change something."""
    known = _known(connection, decisions)
    rows: list[dict[str, Any]] = []
    for decision in decisions:
        before = known.get((decision.subject, decision.id))
        if before is None:
            raise DecisionError(f"{decision.subject} {decision.id!r}: not in this project")
        if decision.version not in (None, before["version"]):
            raise DecisionError(
                f"{decision.subject} {decision.id!r}: version {decision.version} was decided on, "
                f"version {before['version']} is there now; look at it again"
            )
        row = _decision_row(decision, before)
        if _changes_something(row):
            rows.append(row)
            known[decision.subject, decision.id] = {
                "version": before["version"],
                "before_verdict": row["verdict"],
                "before_reason": row["reason"],
                "before_version": row["version"],
            }
    return rows


def _known(
    connection: Connection, decisions: Sequence[Decision]
) -> dict[tuple[str, str], dict[str, Any]]:
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for subject in Subject:
        wanted = dict.fromkeys(d.id for d in decisions if d.subject is subject)
        for chunk in chunked(wanted):
            for row in connection.execute(_versions(subject, chunk)):
                known[subject, row.id] = {"version": row.version, **_NEVER_DECIDED}
            for row in connection.execute(last_decisions(subject, chunk)):
                known[subject, row.subject_id].update(_as_before(row))
    return known


def _versions(subject: Subject, ids: list[str]) -> Select[Any]:
    """Return the query for the versions that a decision taken now is about."""
    image, mask, suspicion = schema.image, schema.mask, schema.suspicion
    match subject:
        case Subject.IMAGE:
            return select(image.c.id, image.c.version).where(image.c.id.in_(ids))
        case Subject.MASK:
            current = mask.c.current_version.label("version")
            return select(mask.c.id, current).where(mask.c.id.in_(ids))
    return (
        select(suspicion.c.id, current_version().label("version"))
        .join(mask, mask.c.id == suspicion.c.mask_id)
        .join(image, image.c.id == suspicion.c.image_id)
        .where(suspicion.c.id.in_(ids))
    )


_NEVER_DECIDED = {"before_verdict": str(Verdict.OPEN), "before_reason": "", "before_version": 0}


def _as_before(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "before_verdict": row.verdict,
        "before_reason": row.reason,
        "before_version": row.version,
    }


def _decision_row(decision: Decision, before: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject": str(decision.subject),
        "subject_id": decision.id,
        "verdict": str(decision.verdict),
        "reason": decision.reason,
        **before,
    }


def _changes_something(row: dict[str, Any]) -> bool:
    if row["verdict"] == Verdict.OPEN and (
        row["before_verdict"] == Verdict.OPEN or row["before_version"] != row["version"]
    ):
        return False
    now = (row["verdict"], row["reason"], row["version"])
    return now != (row["before_verdict"], row["before_reason"], row["before_version"])


def _decisions_of(connection: Connection, act_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    decision = schema.decision
    query = select(decision).where(decision.c.act_id == act_id).order_by(decision.c.id)
    return connection.execute(query).all()


def _reversed(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    # What was said of an older version says nothing of this one: before its decision it was open.
    was_about_it = row.before_version == row.version
    if row.subject == Subject.SUSPICION and row.before_version:
        was_about_it = True  # that something is fine is remembered, whatever version it was said of
    return {
        "subject": row.subject,
        "subject_id": row.subject_id,
        "verdict": row.before_verdict if was_about_it else str(Verdict.OPEN),
        "reason": row.before_reason if was_about_it else "",
        "version": row.before_version if was_about_it else row.version,
    }


def _repeated(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "subject": row.subject,
        "subject_id": row.subject_id,
        "verdict": row.verdict,
        "reason": row.reason,
        "version": row.version,
    }


def _with_before(connection: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    before: dict[tuple[str, str], dict[str, Any]] = {}
    for subject in Subject:
        ids = dict.fromkeys(r["subject_id"] for r in rows if r["subject"] == subject)
        for chunk in chunked(ids):
            for row in connection.execute(last_decisions(subject, chunk)):
                before[subject, row.subject_id] = _as_before(row)
    return [{**row, **before[row["subject"], row["subject_id"]]} for row in rows]


def append_decisions(
    connection: Connection,
    kind: str,
    target: int | None,
    rows: list[dict[str, Any]],
    author: Author,
    at: str,
    seconds: float | None = None,
) -> Act:
    """Append an act with rows of decisions, and bring the states up to date."""
    act_id = append_act(connection, kind, target, author, at, seconds)
    if rows:
        connection.execute(insert(schema.decision), [{**row, "act_id": act_id} for row in rows])
    for subject in Subject:
        refresh_states(connection, subject, _ids(rows, subject))
    return Act(act_id, kind, len(rows))


def _refresh_painted(connection: Connection, act_id: int) -> None:
    refresh_painted(connection, canvases.canvases_of_act(connection, act_id, CanvasKind.MASK))


def append_act(
    connection: Connection,
    kind: str,
    target: int | None,
    author: Author,
    at: str,
    seconds: float | None = None,
) -> int:
    """Append an act and return its id."""
    values = {"kind": kind, "target_id": target, "at": at, "seconds": seconds}
    values |= {"who": author.who, "program": author.program}
    inserted = connection.execute(insert(schema.act).values(values)).inserted_primary_key
    assert inserted is not None
    return int(inserted[0])


def _ids(rows: Iterable[dict[str, Any]], subject: Subject) -> list[str]:
    return [row["subject_id"] for row in rows if row["subject"] == subject]
