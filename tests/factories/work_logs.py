"""Logs of work made by hand, whose seconds are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.canvases import CanvasKind, CanvasRef
from s2label.catalog.work_log import LoggedAct, LoggedStroke
from s2label.explore.pieces_of_log import find_pieces
from s2label.explore.time_ledger import make_ledger
from s2label.types import Decision, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.explore.pieces import Piece, WorkKind
    from s2label.explore.time_ledger import TimeLedger
    from s2label.types import Verdict

DAY = "2024-05-01"


class Log:
    """Writes acts as the window would; images are ``i0`` .., their masks ``m0`` .."""

    def __init__(self) -> None:
        self.acts: list[LoggedAct] = []
        self.day, self.who = DAY, "ann"

    def decide(
        self,
        number: int,
        verdict: Verdict,
        seconds: float | None,
        *,
        stands: bool = True,
        of: Sequence[Subject] = (Subject.IMAGE, Subject.MASK),
    ) -> None:
        mask, image = f"m{number}", f"i{number}"
        ids = {Subject.IMAGE: image, Subject.MASK: mask, Subject.SUSPICION: f"s{number}"}
        decisions = tuple(Decision(subject, ids[subject], verdict) for subject in of)
        suspected = ((mask, image),) if Subject.SUSPICION in of else ()
        self._add(seconds, stands, decisions=decisions, suspected=suspected)

    def paint(
        self,
        number: int,
        seconds: float,
        tool: str = "brush",
        *,
        stands: bool = True,
        kind: CanvasKind = CanvasKind.MASK,
    ) -> None:
        ref = CanvasRef(kind, f"m{number}" if kind is CanvasKind.MASK else f"r{number}")
        self._add(seconds, stands, strokes=(LoggedStroke(ref, f"i{number}", tool),))

    def _add(self, seconds: float | None, stands: bool, **what: tuple[object, ...]) -> None:
        at = f"{self.day}T08:00:00.000Z"
        number = len(self.acts) + 1
        self.acts.append(LoggedAct(number, at, self.who, seconds, stands, **what))  # type: ignore[arg-type]

    @property
    def pieces(self) -> list[Piece]:
        shown = {f"m{number}": f"i{number}" for number in range(100)}
        return find_pieces(self.acts, shown, len)

    @property
    def ledger(self) -> TimeLedger:
        return make_ledger(self.pieces)


def kinds(log: Log) -> list[tuple[WorkKind, float, bool]]:
    """Return what was done, how long it took, and whether it is a result."""
    return [(piece.kind, piece.seconds, piece.is_result) for piece in log.pieces]
