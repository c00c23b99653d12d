"""From the log to pieces of work: which acts belong together, what kind of work they are.

The log's time of a decision includes that of the strokes on the same chip before it; here each
second counts once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.canvases import CanvasKind
from s2label.explore.pieces import Piece, Spell, WorkKind
from s2label.painting.accepting import SUGGESTION_TOOL
from s2label.review.pace import PAUSE_S
from s2label.types import Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from s2label.catalog.work_log import LoggedAct, LoggedStroke
    from s2label.types import Decision

    Standing = dict[tuple[Subject, str], tuple[int, Verdict]]

# Seconds are sums of floats.
_NEARLY = 1e-6


@dataclass
class _Draft:
    """A piece while its acts are gathered, each with the time of its own."""

    parts: list[tuple[LoggedAct, Spell | None]] = field(default_factory=list)

    def add(self, act: LoggedAct, covered: float = 0.0) -> None:
        if act.seconds is None:
            self.parts.append((act, None))
            return
        own = max(0.0, act.seconds - covered)
        self.parts.append((act, Spell(act.at[:10], own, own >= PAUSE_S - _NEARLY)))

    def split(self) -> list[_Draft]:
        """Part the painting from the deciding where none of the strokes stands any more."""
        painted = [part for part in self.parts if part[0].strokes]
        decided = [part for part in self.parts if not part[0].strokes]
        is_kept = any(act.stands for act, _ in painted)
        return (
            [self] if is_kept or not (painted and decided) else [_Draft(painted), _Draft(decided)]
        )

    @property
    def acts(self) -> list[LoggedAct]:
        return [act for act, _ in self.parts]


@dataclass
class _Painting:
    """What somebody painted last, until a decision ends it."""

    draft: _Draft
    is_mask: bool
    ids: set[str]
    seconds: float


def find_pieces(
    acts: Sequence[LoggedAct],
    images_of_masks: Mapping[str, str],
    count_objects: Callable[[Sequence[LoggedStroke]], int],
) -> list[Piece]:
    """Return the pieces of work of a log, in the order in which they were begun.

    Parameters
    ----------
    acts : sequence of LoggedAct
        Oldest first.
    images_of_masks : mapping
        Mask id -> the image to show it with.
    count_objects : callable
        Says how many objects the strokes on a mask drew or changed.
    """
    gathering, standing = _Gathering(), _standing(acts)
    for act in acts:
        gathering.add(act)
    drafts = [part for draft in gathering.drafts for part in draft.split()]
    return [_piece(draft, standing, images_of_masks, count_objects) for draft in drafts]


class _Gathering:
    """Goes through a log, the oldest act first, and puts together what belongs together."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self._canvases: dict[tuple[str, str, str], _Draft] = {}
        self._painting: dict[str, _Painting] = {}

    def add(self, act: LoggedAct) -> None:
        if act.strokes:
            self._paint(act, act.strokes[0])
        else:
            self._decide(act)

    def _paint(self, act: LoggedAct, stroke: LoggedStroke) -> None:
        key = (act.who, stroke.canvas.kind, stroke.canvas.id)
        if key not in self._canvases:
            self._canvases[key] = self._begin()
        draft, before = self._canvases[key], self._painting.get(act.who)
        self._painting[act.who] = _continue(before, draft, stroke, act.seconds or 0.0)
        draft.add(act)

    def _decide(self, act: LoggedAct) -> None:
        before = self._painting.pop(act.who, None)
        if before is None or not _is_about(act, before):
            self._begin().add(act)
            return
        # What was ignored is work of its own beside the decision; a mask that was painted is not.
        draft = before.draft if before.is_mask else self._begin()
        draft.add(act, before.seconds)

    def _begin(self) -> _Draft:
        self.drafts.append(_Draft())
        return self.drafts[-1]


def _is_about(act: LoggedAct, painting: _Painting) -> bool:
    """Tell whether decisions are about what was painted; suspicions are of the chip in view."""
    return any(each.id in painting.ids for each in act.decisions) or all(
        each.subject is Subject.SUSPICION for each in act.decisions
    )


def _continue(
    before: _Painting | None, draft: _Draft, stroke: LoggedStroke, seconds: float
) -> _Painting:
    ids = {stroke.image_id, stroke.canvas.id}
    is_mask = stroke.canvas.kind is CanvasKind.MASK
    if before is None or stroke.image_id not in before.ids:
        return _Painting(draft, is_mask, ids, seconds)
    host = draft if is_mask else before.draft
    return _Painting(host, is_mask or before.is_mask, before.ids | ids, before.seconds + seconds)


def _standing(acts: Sequence[LoggedAct]) -> Standing:
    """Return the last act that stands, and its verdict, for all that was decided on."""
    found: Standing = {}
    for act in acts:
        if act.stands:
            found.update({(d.subject, d.id): (act.id, d.verdict) for d in act.decisions})
    return found


def _piece(
    draft: _Draft,
    standing: Standing,
    images_of_masks: Mapping[str, str],
    count_objects: Callable[[Sequence[LoggedStroke]], int],
) -> Piece:
    acts = draft.acts
    strokes = [stroke for act in acts if act.stands for stroke in act.strokes]
    kind = _kind(acts, strokes)
    is_mask = kind in (WorkKind.PAINTED, WorkKind.SUGGESTED)
    return Piece(
        kind=kind,
        who=acts[-1].who,
        day=acts[-1].at[:10],
        images=_images(acts, images_of_masks),
        spells=tuple(spell for _, spell in draft.parts if spell is not None),
        is_result=_is_kept(strokes, standing) if is_mask else _any_holds(acts, strokes, standing),
        objects=count_objects(strokes) if is_mask and strokes else 0,
    )


def _kind(acts: Sequence[LoggedAct], standing: Sequence[LoggedStroke]) -> WorkKind:
    painted = standing or [stroke for act in acts for stroke in act.strokes]
    if not painted:
        return _kind_of_decisions(acts[-1].decisions)
    if painted[0].canvas.kind is CanvasKind.IGNORE:
        return WorkKind.IGNORED
    is_suggested = any(stroke.tool == SUGGESTION_TOOL for stroke in painted)
    return WorkKind.SUGGESTED if is_suggested else WorkKind.PAINTED


def _kind_of_decisions(decisions: Sequence[Decision]) -> WorkKind:
    of_chips = [each for each in decisions if each.subject is not Subject.SUSPICION]
    verdicts = {each.subject: each.verdict for each in of_chips}
    if not of_chips:
        return WorkKind.JUDGED
    if len(verdicts) < len(of_chips):
        return WorkKind.TOGETHER
    if Verdict.OPEN in verdicts.values():
        return WorkKind.OTHER
    if verdicts.get(Subject.IMAGE) is Verdict.REJECT:
        return WorkKind.REJECTED_IMAGE
    return WorkKind.REJECTED_MASK if Verdict.REJECT in verdicts.values() else WorkKind.ACCEPTED


def _is_kept(strokes: Sequence[LoggedStroke], standing: Standing) -> bool:
    """Tell whether strokes stand, on a mask that nobody has rejected."""
    nobody = (0, Verdict.OPEN)
    return any(
        standing.get((Subject.MASK, stroke.canvas.id), nobody)[1] is not Verdict.REJECT
        for stroke in strokes
    )


def _any_holds(
    acts: Sequence[LoggedAct], strokes: Sequence[LoggedStroke], standing: Standing
) -> bool:
    """Tell whether strokes stand, or a decision is still the last one and decides anything."""
    return bool(strokes) or any(
        standing.get((each.subject, each.id)) == (act.id, each.verdict)
        and each.verdict is not Verdict.OPEN
        for act in acts
        for each in act.decisions
    )


def _images(acts: Sequence[LoggedAct], images_of_masks: Mapping[str, str]) -> tuple[str, ...]:
    painted = [stroke.image_id for act in acts for stroke in act.strokes]
    decisions = [each for act in acts for each in act.decisions]
    shown = [each.id for each in decisions if each.subject is Subject.IMAGE]
    masks = [images_of_masks[d.id] for d in decisions if d.id in images_of_masks]
    return tuple(dict.fromkeys(painted + shown or masks))
