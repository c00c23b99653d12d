"""What kind of work acts are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.canvases import CanvasKind
from s2label.explore.pieces import WorkKind
from s2label.painting.accepting import SUGGESTION_TOOL
from s2label.types import Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.catalog.work_log import LoggedStroke
    from s2label.types import Decision


def kind_of_strokes(strokes: Sequence[LoggedStroke], *, has_suggestion: bool) -> WorkKind:
    """Return what kind of work strokes on one canvas are.

    Parameters
    ----------
    strokes : sequence of LoggedStroke
        At least one.
    has_suggestion : bool
        Whether an accepted suggestion stood in the mask before.
    """
    if strokes[0].canvas.kind is CanvasKind.IGNORE:
        return WorkKind.IGNORED
    is_suggested = any(stroke.tool == SUGGESTION_TOOL for stroke in strokes)
    return WorkKind.SUGGESTED if is_suggested or has_suggestion else WorkKind.PAINTED


def kind_of_decisions(decisions: Sequence[Decision]) -> WorkKind:
    """Return what kind of work the decisions of one act are."""
    of_chips = [each for each in decisions if each.subject is not Subject.SUSPICION]
    verdicts = {each.subject: each.verdict for each in of_chips}
    if not of_chips:
        return WorkKind.JUDGED
    if len(verdicts) < len(of_chips):
        return WorkKind.TOGETHER
    if Verdict.OPEN in verdicts.values():
        return WorkKind.OTHER
    return _kind_of_verdicts(verdicts.get(Subject.IMAGE), verdicts.get(Subject.MASK))


def _kind_of_verdicts(image: Verdict | None, mask: Verdict | None) -> WorkKind:
    if image is Verdict.REJECT:
        return WorkKind.REJECTED_IMAGE
    if mask is Verdict.REJECT:
        return WorkKind.REJECTED_MASK
    return WorkKind.ACCEPTED_IMAGE if mask is None else WorkKind.ACCEPTED
