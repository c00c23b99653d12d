"""A log played again: facts are put into an empty catalog, acts are done anew, one by one.

Nothing of what an act leads to is copied. Each is done by the very code that did it first: what
an undo restores, what settling says of a mask and which version is current come out of the
replay and are compared with what the log says. States follow from all that, as they always do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from s2label.canvases import CanvasKind, CanvasRef, StrokeRecord
from s2label.catalog import canvases, schema, settling, timeline
from s2label.catalog.replayed_versions import ReplayedVersions
from s2label.catalog.rows import CHUNK, stored_nodata
from s2label.errors import DecisionError
from s2label.types import Author, Decision, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

_DECISION = ("subject", "subject_id", "verdict", "reason", "version")
# Parents first: rows may only refer to what is there.
_ORDER = (
    *("import_run", "source", "place", "image", "image_raster", "mask", "mask_version"),
    *("ignore_raster", "ignore_version", "audit", "suspicion"),
)


class Replay:
    """The facts of a log on their way into an empty catalog, and then its acts.

    Parameters
    ----------
    connection : Connection
        In a transaction; the caller commits.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._versions = ReplayedVersions(connection)
        self._stacks = timeline.Stacks()
        self._waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in _ORDER}
        self._last_act = 0

    # -- facts -------------------------------------------------------------------------------

    def put(self, table: str, row: Mapping[str, Any]) -> None:
        """Take a row of imports, sources, places, rasters, ignore rasters or suspicions."""
        rows = self._waiting[table]
        rows.append(dict(row))
        if len(rows) >= CHUNK:
            self.flush()

    def put_image(self, row: Mapping[str, Any]) -> None:
        """Take an image; its version rises to the current one as decisions meet it."""
        self.put("image", dict(row) | {"version": self._versions.first_of_image(row)})

    def put_raster(self, row: Mapping[str, Any]) -> None:
        """Take a band or another raster of an image."""
        self.put("image_raster", dict(row) | {"nodata": stored_nodata(row["nodata"])})

    def put_mask(self, row: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> None:
        """Take a mask with its versions; which is current, comes out of the replay."""
        first = self._versions.first_of_mask(row, versions)
        self.put("mask", dict(row) | {"current_version": first["version"], "settled_act_id": 0})
        self.put("mask_version", first)

    def flush(self) -> None:
        """Write the rows that wait."""
        for name, rows in self._waiting.items():
            if rows:
                self._connection.execute(insert(schema.metadata.tables[name]), rows)
                rows.clear()

    # -- acts --------------------------------------------------------------------------------

    def do(self, act: Mapping[str, Any]) -> None:
        """Do an act again.

        Raises
        ------
        DecisionError
            If it cannot have been done after those before it, or leads to something else.
        """
        self.flush()
        number, kind = act["id"], act["kind"]
        self._make_way(number)
        decided = [tuple(row[name] for name in _DECISION) for row in act["decisions"]]
        try:
            made = self._do(kind, act)
        except DecisionError as error:
            raise DecisionError(f"act {number} cannot be done again ({error})") from error
        if made != number or self._recorded(number) != decided:
            raise DecisionError(
                f"act {number} ({kind}) leads to other decisions than the log says; an act is "
                "missing, or was changed"
            )
        self._stacks.note(number, kind)

    def _make_way(self, number: int) -> None:
        """Let the next act get this number: some were never used, such as of a failed write."""
        if number <= self._last_act:
            raise DecisionError(f"act {number} comes after act {self._last_act}")
        if number > self._last_act + 1:
            table = schema.act
            values = {"id": number - 1, "kind": "", "at": "", "who": "", "program": ""}
            self._connection.execute(insert(table).values(values))
            self._connection.execute(delete(table).where(table.c.id == number - 1))
        self._last_act = number

    def _do(self, kind: str, act: Mapping[str, Any]) -> int | None:
        stamp = (Author(act["who"], act["program"]), act["at"])
        match kind:
            case timeline.DECIDE:
                decisions = self._decisions(act)
                made = timeline.record_decisions(
                    self._connection, decisions, *stamp, act["seconds"]
                )
            case timeline.PAINT:
                return self._paint(act, stamp)
            case timeline.UNDO:
                self._expect(self._stacks.done, act["target_id"], "undo")
                made = timeline.undo(self._connection, self._stacks, *stamp)
            case timeline.REDO:
                self._expect(self._stacks.undone, act["target_id"], "redo")
                made = timeline.redo(self._connection, self._stacks, *stamp)
            case timeline.SETTLE:
                return self._settle(act, stamp)
            case _:
                raise DecisionError(f"no such kind of act: {kind!r}")
        if made is None:
            raise DecisionError("it changes nothing")
        return made.id

    def _decisions(self, act: Mapping[str, Any]) -> list[Decision]:
        decisions = []
        for row in act["decisions"]:
            subject = Subject(row["subject"])
            self._versions.meet(subject, row["subject_id"], row["version"])
            said = (Verdict(row["verdict"]), row["reason"], row["version"])
            decisions.append(Decision(subject, row["subject_id"], *said))
        return decisions

    def _paint(self, act: Mapping[str, Any], stamp: tuple[Author, str]) -> int:
        strokes = [_stroke(row) for row in act["strokes"]]
        if not strokes:
            raise DecisionError("it has no stroke")
        decisions = self._decisions(act)
        made = timeline.record_stroke(
            self._connection, strokes[0], *stamp, act["seconds"], decisions
        )
        for stroke in strokes[1:]:
            canvases.append_stroke(self._connection, made.id, stroke)
        return made.id

    @staticmethod
    def _expect(stack: Sequence[int], target: int | None, kind: str) -> None:
        last = stack[-1] if stack else None
        if last != target:
            raise DecisionError(f"the log says {kind} of act {target}, the last one is {last}")

    def _settle(self, act: Mapping[str, Any], stamp: tuple[Author, str]) -> int:
        if len(act["decisions"]) != 1:
            raise DecisionError("settling is of one mask")
        row = act["decisions"][0]
        ref = CanvasRef(CanvasKind.MASK, row["subject_id"])
        self._versions.bring_for_settling(ref.id, row["version"])
        last = canvases.last_strokes(self._connection, ref.kind, [ref.id]).get(ref.id, 0)
        settling.settle(self._connection, ref, row["version"], last, *stamp)
        return int(act["id"])

    def _recorded(self, number: int) -> list[tuple[Any, ...]]:
        decision = schema.decision
        columns = (decision.c[name] for name in _DECISION)
        query = select(*columns).where(decision.c.act_id == number).order_by(decision.c.id)
        return [tuple(row) for row in self._connection.execute(query)]

    # -- the end -----------------------------------------------------------------------------

    def finish(self) -> None:
        """Bring versions up to what imports made of them after the last act.

        Raises
        ------
        DecisionError
            If another version of a mask is current than the log says.
        """
        self.flush()
        self._versions.finish()


def _stroke(row: Mapping[str, Any]) -> StrokeRecord:
    # The pixels are in the mask files; here it only matters that somebody painted.
    ref = CanvasRef(CanvasKind(row["kind"]), row["canvas_id"])
    return StrokeRecord(ref, row["image_id"], row["tool"], b"")
