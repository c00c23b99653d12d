"""From the log to pieces of work: of what kind each is, and whether anything of it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.explore.gathering import gather
from s2label.explore.kinds import kind_of_decisions, kind_of_strokes
from s2label.explore.pieces import Piece, WorkKind
from s2label.types import Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from s2label.catalog.work_log import LoggedAct, LoggedStroke
    from s2label.explore.gathering import Draft

    Standing = dict[tuple[Subject, str], Verdict]


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
    standing = _standing(acts)
    return [_piece(each, standing, images_of_masks, count_objects) for each in gather(acts)]


def _standing(acts: Sequence[LoggedAct]) -> Standing:
    """Return the verdict that stands of all that was decided on."""
    decisions = (each for act in acts if act.stands for each in act.decisions)
    return {(each.subject, each.id): each.verdict for each in decisions}


def _piece(
    draft: Draft,
    standing: Standing,
    images_of_masks: Mapping[str, str],
    count_objects: Callable[[Sequence[LoggedStroke]], int],
) -> Piece:
    acts = draft.acts
    strokes = [stroke for act in acts if act.stands for stroke in act.strokes]
    kind = _kind(draft, strokes)
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


def _kind(draft: Draft, standing: Sequence[LoggedStroke]) -> WorkKind:
    painted = standing or [stroke for act in draft.acts for stroke in act.strokes]
    if painted:
        return kind_of_strokes(painted, has_suggestion=draft.has_suggestion)
    return kind_of_decisions(draft.acts[-1].decisions)


def _is_kept(strokes: Sequence[LoggedStroke], standing: Standing) -> bool:
    """Tell whether strokes stand, on a mask that nobody has rejected."""
    return any(
        standing.get((Subject.MASK, stroke.canvas.id)) is not Verdict.REJECT for stroke in strokes
    )


def _any_holds(
    acts: Sequence[LoggedAct], strokes: Sequence[LoggedStroke], standing: Standing
) -> bool:
    """Tell whether strokes stand, or what was decided still holds, said again or not."""
    return bool(strokes) or any(
        standing.get((each.subject, each.id)) is each.verdict and each.verdict is not Verdict.OPEN
        for act in acts
        if act.stands
        for each in act.decisions
    )


def _images(acts: Sequence[LoggedAct], images_of_masks: Mapping[str, str]) -> tuple[str, ...]:
    painted = [stroke.image_id for act in acts for stroke in act.strokes]
    decisions = [each for act in acts for each in act.decisions]
    shown = [each.id for each in decisions if each.subject is Subject.IMAGE]
    masks = [images_of_masks[d.id] for d in decisions if d.id in images_of_masks]
    suspected = [image_id for act in acts for _, image_id in act.suspected]
    return tuple(dict.fromkeys(painted + shown or masks or suspected))
