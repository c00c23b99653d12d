"""Which acts of the log belong together: what somebody painted, and the decision on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.canvases import CanvasKind
from s2label.explore.kinds import kind_of_decisions
from s2label.explore.own_time import OwnTime, is_break
from s2label.explore.pieces import Spell, WorkKind
from s2label.painting.accepting import SUGGESTION_TOOL
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from s2label.canvases import CanvasRef
    from s2label.catalog.work_log import LoggedAct


@dataclass(eq=False)
class Draft:
    """A piece of work while its acts are gathered, each with its own time.

    Parameters
    ----------
    has_suggestion : bool
        Whether an accepted suggestion stood in the mask before.
    parts : list
        Acts, and the time of each by itself, None where nobody measured it.
    """

    has_suggestion: bool = False
    parts: list[tuple[LoggedAct, Spell | None]] = field(default_factory=list)

    @property
    def acts(self) -> list[LoggedAct]:
        """Its acts, the oldest first."""
        return [act for act, _ in self.parts]

    def split(self) -> list[Draft]:
        """Part the painting from the deciding where none of the strokes stands any more."""
        painted = [part for part in self.parts if part[0].strokes]
        decided = [part for part in self.parts if not part[0].strokes]
        if any(act.stands for act, _ in painted) or not (painted and decided):
            return [self]
        return [Draft(self.has_suggestion, painted), Draft(parts=decided)]


@dataclass(eq=False)
class _Painting:
    """What somebody paints on a canvas on one day, until a decision ends it."""

    who: str
    day: str
    canvas: CanvasRef
    draft: Draft
    is_ended: bool = False

    @property
    def is_mask(self) -> bool:
        return self.canvas.kind is CanvasKind.MASK


def gather(acts: Sequence[LoggedAct]) -> list[Draft]:
    """Return what belongs together, in the order in which it was begun.

    Parameters
    ----------
    acts : sequence of LoggedAct
        Oldest first.
    """
    gathering = _Gathering()
    for act in acts:
        gathering.add(act)
    return [part for draft in gathering.drafts for part in draft.split()]


class _Gathering:
    """Goes through a log, the oldest act first, and puts together what belongs together."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._own_time = OwnTime()
        # By canvas, and by image in view while painting; those that ended are still in some.
        self._paintings: dict[str, list[_Painting]] = defaultdict(list)
        self._suggested: set[CanvasRef] = set()

    def add(self, act: LoggedAct) -> None:
        own = self._own_time.of(act)
        spell = None if own is None else Spell(act.at[:10], own, is_break(own))
        draft = self._painted(act) if act.strokes else self._decided(act)
        draft.parts.append((act, spell))

    def _painted(self, act: LoggedAct) -> Draft:
        stroke = act.strokes[0]
        painting = self._painting(act, stroke.canvas)
        if act.stands and stroke.tool == SUGGESTION_TOOL:
            self._suggested.add(stroke.canvas)
        for id_ in (stroke.canvas.id, stroke.image_id):
            if painting not in self._paintings[id_]:
                self._paintings[id_].append(painting)
        return painting.draft

    def _painting(self, act: LoggedAct, canvas: CanvasRef) -> _Painting:
        """Return what this person paints there on that day, begun now if it was not."""
        day = act.at[:10]
        for each in self._standing([canvas.id]):
            if (each.who, each.day, each.canvas) == (act.who, day, canvas):
                return each
        return _Painting(act.who, day, canvas, self._begin(canvas in self._suggested))

    def _decided(self, act: LoggedAct) -> Draft:
        of_chips = [each.id for each in act.decisions if each.subject is not Subject.SUSPICION]
        ids = [*of_chips, *(id_ for pair in act.suspected for id_ in pair)]
        # What was ignored is work of its own beside the decision; a mask that was painted is not.
        its = [
            each
            for each in self._standing(ids)
            if each.is_mask and (each.who, each.day) == (act.who, act.at[:10])
        ]
        is_one = kind_of_decisions(act.decisions) is not WorkKind.TOGETHER
        self._end(of_chips)
        return its[-1].draft if its and is_one else self._begin()

    def _standing(self, ids: Iterable[str]) -> list[_Painting]:
        found = (each for id_ in ids for each in self._paintings.get(id_, ()))
        return [each for each in found if not each.is_ended]

    def _end(self, ids: Iterable[str]) -> None:
        for id_ in ids:
            for each in self._paintings.pop(id_, ()):
                each.is_ended = True

    def _begin(self, has_suggestion: bool = False) -> Draft:
        self.drafts.append(Draft(has_suggestion))
        return self.drafts[-1]
